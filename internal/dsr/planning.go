package dsr

import (
	"fmt"
	"strconv"
	"strings"
)

// PlanningPrefix is the root, in the index, of what is known of plans in the making.
const PlanningPrefix = "_planning/"

// Planning is how far the making of a deletion plan has come. It is an index that
// saves work: who finds none begins again, and the plan vouches for itself.
type Planning struct {
	SchemaVersion string `json:"schemaVersion"`
	RequestID     string `json:"requestId"`
	Attempt       int    `json:"attempt"`
	// Seed is the key of the hashes in Owners, Things and Seen, so that nobody can make
	// a name that passes for another.
	Seed  []byte `json:"seed"`
	Phase int    `json:"phase"`
	After string `json:"after"` // the receipt that the phase has passed last
	// Owners and Things name the blobs that tell whose things are, and what is
	// planned.
	Owners []string `json:"owners"`
	Things []string `json:"things"`
	// Seen names the blobs that tell what is planned of the node at which planning
	// stands, SeenOf: a list may name a thing twice.
	Seen   []string `json:"seen"`
	SeenOf int      `json:"seenOf"`
	// Counts are the documents that were read, by node.
	Counts map[int]ReadCounts `json:"counts"`
	// Stages are what is planned by now; Items have what no part has yet.
	Stages          []Deletions `json:"stages"`
	Held            []Held      `json:"held"`
	HeldOmitted     int         `json:"heldOmitted"`
	Mentions        []Mention   `json:"mentions"`
	MentionsOmitted int         `json:"mentionsOmitted"`
}

// ReadCounts are the documents of a node that were read, and those of them that
// name the subject.
type ReadCounts struct {
	Counted  int64 `json:"counted"`
	Matching int64 `json:"matching"`
}

// Planning names the record of how far the attempt's deletion plan is made.
func (a Attempt) Planning() string { return a.planningFolder() + "progress.json" }

// PlanningKeys names a blob of hashes by its content's SHA-256 in hex.
func (a Attempt) PlanningKeys(sum string) string { return a.planningFolder() + "keys-" + sum }

// PlanningBlobs is the prefix of all that is kept while the attempt is planned.
func (a Attempt) PlanningBlobs() string { return a.planningFolder() }

// ParsePlanning reads the attempt from the name of a blob that is kept while it is
// planned.
func ParsePlanning(name string) (Attempt, error) {
	rest, ok := strings.CutPrefix(name, PlanningPrefix)
	attempt, _, found := strings.Cut(rest, "/")
	a, err := ParseOpen(OpenPrefix + attempt)
	if !ok || !found || err != nil {
		return Attempt{}, fmt.Errorf("%q is not the name of an attempt that is planned", name)
	}
	return a, nil
}

func (a Attempt) planningFolder() string {
	return PlanningPrefix + a.RequestID + "~" + strconv.Itoa(a.Number) + "/"
}
