package dsr

import "time"

// MaxNodeMarks bounds the marks of a checkpoint. A node without a mark is surveyed from
// its first page on.
const MaxNodeMarks = 2000

// Checkpoint is how far surveys have found an attempt complete. It saves work and proves
// nothing: without one a survey starts at the beginning.
type Checkpoint struct {
	// Since is when the first of these surveys began, which started at the beginning.
	Since time.Time `json:"since,omitzero"`
	// Nodes are the nodes of which some pages are complete.
	Nodes []NodeMark `json:"nodes,omitempty"`
	// Ended are the nodes that are complete, Failed those of them with a failure in
	// the pass that counts.
	Ended  NodeSet `json:"ended,omitempty"`
	Failed NodeSet `json:"failed,omitempty"`
	// Receipts counts the receipts of complete pages.
	Receipts int64 `json:"receipts"`
	// Looked names the receipt of the task at which the last search for lost tasks
	// ended.
	Looked string `json:"looked,omitempty"`
	// Parts are the manifest parts that are written, each of ReceiptsPerPart.
	Parts []ManifestPartRef `json:"parts,omitempty"`
	// Settled is how far the tasks of a canceled deletion are concluded.
	Settled Settled `json:"settled,omitzero"`
}

// Settled is how far the tasks of a canceled deletion are concluded: none of them may
// delete any more, except those at work.
type Settled struct {
	// Behind names the receipt of the last of these tasks, below the attempt's receipts/.
	Behind string `json:"behind,omitempty"`
	// AtWork names the receipts, still missing, of the tasks that may delete.
	AtWork []string `json:"atWork,omitempty"`
}

// IsZero reports whether no task is concluded.
func (s Settled) IsZero() bool { return s.Behind == "" && len(s.AtWork) == 0 }

// MaxAtWork bounds the tasks of Settled.AtWork.
const MaxAtWork = 1000

// IsZero reports whether nothing is kept.
func (c Checkpoint) IsZero() bool {
	passed := len(c.Nodes) + len(c.Ended) + len(c.Failed) + len(c.Parts)
	return c.Since.IsZero() && passed == 0 && c.Receipts == 0 && c.Looked == "" && c.Settled.IsZero()
}

// NodeMark is the last page of a node up to which all are complete: their tasks have
// receipts, and so have the tasks of the sub-nodes that these receipts name.
type NodeMark struct {
	Node  int       `json:"node"`
	Pass  int       `json:"generation"`
	Page  int       `json:"page"`
	Since time.Time `json:"since"` // when that page was recorded
	// Failed reports whether a receipt of these pages has a failure.
	Failed bool `json:"failed,omitempty"`
	// Within is how far the page after that one is complete, where its sub-nodes are
	// long; nil for not at all.
	Within *PageProgress `json:"within,omitempty"`
}

// PageProgress is how far a page is complete: up to a task, without that task's
// sub-nodes from SubNode on.
type PageProgress struct {
	Receipt  string `json:"receipt"`          // the name of that task's receipt
	Receipts int64  `json:"receipts"`         // of what is complete
	Failed   bool   `json:"failed,omitempty"` // one of these receipts has a failure
	// SubNode is how far the first incomplete sub-node of that task is complete; nil
	// where none of its pages is.
	SubNode *SubNodeMark `json:"subNode,omitempty"`
}

// SubNodeMark is the last page of a sub-node up to which all are complete.
type SubNodeMark struct {
	ID       string    `json:"id"`
	Pass     int       `json:"generation"`
	Page     int       `json:"page"`
	Since    time.Time `json:"since"`
	Receipts int64     `json:"receipts"` // of these pages
	Failed   bool      `json:"failed,omitempty"`
}
