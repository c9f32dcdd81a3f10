package dsr

import (
	"fmt"
	"strconv"
	"strings"
)

// PlanningPrefix is the root, in the index container, of what is kept of deletion plans
// that are being made.
const PlanningPrefix = "_planning/"

// Planning is how far a deletion plan is made. It saves work and is no evidence: without
// it planning begins again.
type Planning struct {
	SchemaVersion string `json:"schemaVersion"`
	RequestID     string `json:"requestId"`
	Attempt       int    `json:"attempt"`
	// Seed is the key of the hashes in Owners, Things and Seen, so that nobody can choose
	// a name whose hash is another's.
	Seed  []byte `json:"seed"`
	Phase int    `json:"phase"`
	After string `json:"after"` // the last receipt that the phase has read
	// Owners and Things name the blobs of the hashes of whose things are, and of what is
	// planned.
	Owners []string `json:"owners"`
	Things []string `json:"things"`
	// Seen names the blobs of the hashes of what is planned of the current node, SeenOf:
	// a list may name a thing twice.
	Seen   []string `json:"seen"`
	SeenOf int      `json:"seenOf"`
	// Counts are the documents that were read, by node.
	Counts map[int]ReadCounts `json:"counts"`
	// Stages are what is planned so far; their Items are those that no part has yet.
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

// Planning names the blob of the attempt's Planning.
func (a Attempt) Planning() string { return a.planningFolder() + "progress.json" }

// PlanningKeys names a blob of hashes by its content's SHA-256 in hex.
func (a Attempt) PlanningKeys(sum string) string { return a.planningFolder() + "keys-" + sum }

// PlanningBlobs is the prefix of all that is kept while the attempt's deletion plan is
// made.
func (a Attempt) PlanningBlobs() string { return a.planningFolder() }

// ParsePlanning reads the attempt from the name of a blob below PlanningBlobs.
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
