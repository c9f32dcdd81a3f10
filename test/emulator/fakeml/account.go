package fakeml

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
)

// Account says what the fake holds. Every document is a function of Seed and
// its index, so an account of a million runs takes no more memory than an
// empty one, and two servers with equal accounts answer with equal bytes.
type Account struct {
	// Seed chooses ids, people and content.
	Seed uint64
	// SubscriptionID, ResourceGroup and Location say where the account is.
	SubscriptionID, ResourceGroup, Location string
	// Experimentation and ModelManagement name the two accounts. An empty name
	// means that there is no such account: its paths answer 404.
	Experimentation, ModelManagement string
	// Workspaces is the number of workspaces of the experimentation account.
	Workspaces int
	// Projects is the number of projects in each workspace.
	Projects int
	// Runs is the number of runs in each project.
	Runs int
	// Models, Manifests, Services and Images are the numbers of what the model
	// management account holds.
	Models, Manifests, Services, Images int
	// MachineLearningWorkspaces is the number of such workspaces in the resource
	// group, and Computes the number of computes in each. Beyond it, paths answer
	// 404.
	MachineLearningWorkspaces, Computes int
	// Clusters is the number of operationalization clusters in the resource group.
	Clusters int
	// Experiments, Metrics and Assets are the numbers of each in each project.
	Experiments, Metrics, Assets int
	// Jobs is the number of the data subject's notification jobs in each project;
	// nobody else has a list of them.
	Jobs int
	// ArtifactsPerRun is the number of artifacts of each run.
	ArtifactsPerRun int
	// ArtifactSize returns the bytes of one artifact, all indexes from 0. It must
	// be a pure function. Nil means below 4 KiB, some of them empty, by seed.
	ArtifactSize func(ws, project, run, artifact int) int64
	// SubjectObjectID is the directory object id of the data subject. Every third
	// run, from the first, was created by this user, and every third model,
	// manifest, service, image, asset and compute is tagged as this user's; the
	// others are other people's. Empty means a user chosen by the seed.
	SubjectObjectID string
	// ML says what the machine learning workspaces and registries of the second
	// generation hold. The zero value is nothing: the workspaces
	// themselves, and empty lists.
	ML ML
}

// place is where a path leads: the indexes of what it names. A field that the path
// doesn't name is 0. ml is a machine learning workspace, and item whatever else the
// path names by a kind of its own. In the second generation an entry, such as a
// version, is inside an item, a descendant belongs to an entry that is a run (0 is
// that run itself), and a part is inside either.
type place struct {
	ws, project, run, artifact, ml, item int

	registry, entry, descendant, part int
}

// String returns what the first generation's signatures are made of, so it leaves
// out the second's fields when they are 0.
func (p place) String() string {
	first := fmt.Sprintf("{%d %d %d %d %d %d}", p.ws, p.project, p.run, p.artifact, p.ml, p.item)
	if !p.second() {
		return first
	}
	return fmt.Sprintf("%s{%d %d %d %d}", first, p.registry, p.entry, p.descendant, p.part)
}

// second reports whether only the second generation has such a place.
func (p place) second() bool {
	return p.registry != 0 || p.entry != 0 || p.descendant != 0 || p.part != 0
}

// Domains keep the numbers of different uses apart.
const (
	ofWorkspace uint64 = iota + 1
	ofProject
	ofRun
	ofModel
	ofUser
	ofToken
	ofContent
	ofSize
	ofETag
	ofGUID
	ofList
	ofFault
	ofManifest
	ofService
	ofImage
	ofCompute
	ofCluster
	ofExperiment
	ofMetric
	ofAsset
	ofJob
	ofOperation
	ofRequest
	ofML
	ofMLRun
	ofData
)

// number returns the number that the seed gives to these parts.
func (a *Account) number(parts ...uint64) uint64 {
	return mix(a.Seed, parts...)
}

// mix folds parts into a seed with the finaliser of SplitMix64, which spreads
// neighbouring indexes over all 64 bits.
func mix(seed uint64, parts ...uint64) uint64 {
	h := scatter(seed)
	for _, p := range parts {
		h = scatter(h ^ scatter(p))
	}
	return h
}

func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// hashText turns a string into a part for mix.
func hashText(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s)) // never fails: hash.Hash promises it
	return h.Sum64()
}

// parts returns the indexes of a place for mix.
func (p place) parts(domain uint64) []uint64 {
	parts := []uint64{domain, uint64(p.ws), uint64(p.project), uint64(p.run), uint64(p.artifact), uint64(p.ml), uint64(p.item)}
	if p.second() {
		parts = append(parts, uint64(p.registry), uint64(p.entry), uint64(p.descendant), uint64(p.part))
	}
	return parts
}

// guid returns a GUID made from the seed.
func (a *Account) guid(parts ...uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], a.number(append([]uint64{ofGUID}, parts...)...))
	binary.BigEndian.PutUint64(b[8:], a.number(append([]uint64{ofGUID, 1}, parts...)...))
	b[6] = b[6]&0x0f | 0x40 // version 4
	b[8] = b[8]&0x3f | 0x80 // the RFC's variant
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
