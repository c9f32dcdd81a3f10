package fakeml

import (
	"fmt"
	"strings"
)

// kind is what a variable of a path counts: how many there are, which field of a
// place holds an index, the name of one, and where the index is in that name. exists
// reports which indexes below count there are; nil is all.
type kind struct {
	count  int
	put    func(at *place, i int)
	name   func(place) string
	index  func(name string) string
	exists func(place) bool
	// anyCase marks names of resources, which Azure compares without case.
	anyCase bool
}

// kind returns what a variable counts; false for one that counts nothing.
func (a *Account) kind(variable string) (kind, bool) {
	item := func(at *place, i int) { at.item = i }
	named := func(count int, prefix string, domain uint64) (kind, bool) {
		return kind{
			count: count,
			put:   item,
			index: middle,
			name: func(at place) string {
				return fmt.Sprintf("%s-%06d-%08x", prefix, at.item, uint32(a.number(at.parts(domain)...)))
			},
		}, true
	}
	switch variable {
	case "workspace":
		return kind{
			count:   a.Workspaces,
			put:     func(at *place, i int) { at.ws = i },
			index:   tail,
			anyCase: true,
			name:    func(at place) string { return a.WorkspaceName(at.ws) },
		}, true
	case "project":
		return kind{
			count:   a.Projects,
			put:     func(at *place, i int) { at.project = i },
			index:   tail,
			anyCase: true,
			name:    func(at place) string { return a.ProjectName(at.project) },
		}, true
	case "machineLearning":
		return kind{
			count:   a.MachineLearningWorkspaces,
			put:     func(at *place, i int) { at.ml = i },
			index:   tail,
			anyCase: true,
			name:    func(at place) string { return a.MachineLearningName(at.ml) },
		}, true
	case "run":
		return kind{
			count: a.Runs,
			put:   func(at *place, i int) { at.run = i },
			index: middle,
			name:  func(at place) string { return a.RunID(at.ws, at.project, at.run) },
		}, true
	case "artifact":
		return kind{
			count: a.ArtifactsPerRun,
			put:   func(at *place, i int) { at.artifact = i },
			index: beforeBin,
			name:  func(at place) string { return a.ArtifactPath(at.artifact) },
		}, true
	case "model":
		return kind{
			count: a.Models,
			put:   item,
			index: middle,
			name:  func(at place) string { return a.ModelID(at.item) },
		}, true
	case "manifest":
		return named(a.Manifests, "manifest", ofManifest)
	case "service":
		return named(a.Services, "service", ofService)
	case "image":
		return named(a.Images, "image", ofImage)
	case "compute":
		return named(a.Computes, "compute", ofCompute)
	case "cluster":
		return named(a.Clusters, "cluster", ofCluster)
	case "experiment":
		return kind{
			count: a.Experiments,
			put:   item,
			name:  a.experimentID,
			index: tail,
		}, true
	case "asset":
		return named(a.Assets, "trained model é/+", ofAsset)
	}

	return a.mlKind(variable)
}

// nameOf is the name of what a variable of a path leads to.
func (a *Account) nameOf(variable string, at place) string {
	k, _ := a.kind(variable)
	return k.name(at)
}

// has reports whether a name is the name of what is at a place.
func (k *kind) has(at place, name string) bool {
	if k.exists != nil && !k.exists(at) {
		return false
	}
	is := k.name(at)
	return name == is || (k.anyCase && strings.EqualFold(name, is))
}

// ModelID returns the id of a model, counted from 0. Five of every twenty need
// escaping in a path: they hold a blank, a percent sign, what looks like an
// escape, a plus sign, or letters outside ASCII.
func (a *Account) ModelID(model int) string {
	prefix := "model-"
	switch model % 20 {
	case 3:
		prefix = "model of sales "
	case 7:
		prefix = "100% model-"
	case 11:
		prefix = "model%20%2F-"
	case 13:
		prefix = "model+plus-"
	case 17:
		prefix = "modèle-模型-"
	}
	return fmt.Sprintf("%s%06d-%08x", prefix, model, uint32(a.number(ofModel, uint64(model))))
}

// experimentID is a GUID whose last twelve digits are the experiment's number.
func (a *Account) experimentID(at place) string {
	project := a.guid(ofExperiment, uint64(at.ws), uint64(at.project))
	return fmt.Sprintf("%s-%012d", project[:strings.LastIndexByte(project, '-')], at.item)
}
