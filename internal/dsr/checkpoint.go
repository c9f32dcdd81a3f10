package dsr

import "time"

// MaxNodeMarks bounds the marks of a checkpoint. A node that has none is looked at
// from its first page on.
const MaxNodeMarks = 2000

// Checkpoint is how far surveys have found an attempt complete. It saves work and
// proves nothing: who finds none starts from nothing.
type Checkpoint struct {
	// Since is when the first of these surveys began, which started from nothing.
	Since time.Time `json:"since,omitzero"`
	// Nodes are the nodes that are passed in part.
	Nodes []NodeMark `json:"nodes,omitempty"`
	// Ended are the nodes that are complete, Failed those of them with a failure in
	// the pass that counts.
	Ended  NodeSet `json:"ended,omitempty"`
	Failed NodeSet `json:"failed,omitempty"`
	// Receipts counts those that were passed.
	Receipts int64 `json:"receipts"`
	// Looked names the receipt of the task at which the last look for lost tasks
	// ended.
	Looked string `json:"looked,omitempty"`
	// Parts are the manifest parts that are written, each of ReceiptsPerPart.
	Parts []ManifestPartRef `json:"parts,omitempty"`
	// Settled is how far the tasks of a deletion that was canceled are settled.
	Settled Settled `json:"settled,omitzero"`
}

// Settled says of a deletion that was canceled that no task up to one may delete any
// more, except those at work.
type Settled struct {
	// Behind names the receipt of the last of these tasks, below the attempt's receipts/.
	Behind string `json:"behind,omitempty"`
	// AtWork names the receipts, which are not there yet, of those that may delete.
	AtWork []string `json:"atWork,omitempty"`
}

// IsZero reports whether nothing is settled.
func (s Settled) IsZero() bool { return s.Behind == "" && len(s.AtWork) == 0 }

// MaxAtWork bounds the tasks that are settled but for their receipts.
const MaxAtWork = 1000

// IsZero reports whether nothing is kept.
func (c Checkpoint) IsZero() bool {
	return c.Since.IsZero() && len(c.Nodes) == 0 && len(c.Ended) == 0 && len(c.Failed) == 0 && c.Receipts == 0 && c.Looked == "" && len(c.Parts) == 0 && c.Settled.IsZero()
}

// NodeMark says of a node that its pages up to one are complete: their tasks have
// receipts, and so have those of the sub-nodes that these name.
type NodeMark struct {
	Node  int       `json:"node"`
	Pass  int       `json:"generation"`
	Page  int       `json:"page"`
	Since time.Time `json:"since"` // when that page was recorded
	// Failed says that a receipt of these pages has a failure.
	Failed bool `json:"failed,omitempty"`
	// Within is how far the page behind that one is complete, where its sub-nodes are
	// long.
	Within *PageProgress `json:"within,omitempty"`
}

// PageProgress says of a page that its tasks before one are complete, with their
// sub-nodes, and so is that one but for sub-nodes from one on.
type PageProgress struct {
	Receipt  string `json:"receipt"` // name of that task's receipt
	Receipts int64  `json:"receipts"`
	Failed   bool   `json:"failed,omitempty"` // a receipt of these has a failure
	// SubNode is how far the first of the other sub-nodes is complete; nil where none
	// of them is begun.
	SubNode *SubNodeMark `json:"subNode,omitempty"`
}

// SubNodeMark says of a sub-node that its pages up to one are complete.
type SubNodeMark struct {
	ID       string    `json:"id"`
	Pass     int       `json:"generation"`
	Page     int       `json:"page"`
	Since    time.Time `json:"since"`
	Receipts int64     `json:"receipts"` // of these pages
	Failed   bool      `json:"failed,omitempty"`
}
