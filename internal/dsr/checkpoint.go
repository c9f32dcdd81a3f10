package dsr

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

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
	// Ended are the nodes that are complete, Failed those with a failure.
	Ended  NodeSet `json:"ended,omitzero"`
	Failed NodeSet `json:"failed,omitzero"`
	// Receipts counts those that were passed.
	Receipts int64 `json:"receipts"`
	// Looked names the receipt of the task at which the last look for lost tasks
	// ended.
	Looked string `json:"looked,omitempty"`
	// Parts are the manifest parts that are written, each of ReceiptsPerPart.
	Parts []ManifestPartRef `json:"parts,omitempty"`
}

// IsZero reports whether nothing is kept.
func (c Checkpoint) IsZero() bool {
	return c.Since.IsZero() && len(c.Nodes) == 0 && c.Ended.IsZero() && c.Failed.IsZero() && c.Receipts == 0 && c.Looked == "" && len(c.Parts) == 0
}

// NodeMark says of a node that its pages up to one are complete: their tasks have
// receipts, and so have those of the sub-nodes that these name.
type NodeMark struct {
	Node       int       `json:"node"`
	Generation int       `json:"generation"`
	Page       int       `json:"page"`
	Since      time.Time `json:"since"` // when that page was recorded
}

// NodeSet is a set of node numbers, as a bitmap in base64.
type NodeSet struct{ bits []byte }

// Has reports whether a node is in the set.
func (s NodeSet) Has(node int) bool {
	return node > 0 && node/8 < len(s.bits) && s.bits[node/8]&(1<<(node%8)) != 0
}

// Add puts a node into the set.
func (s *NodeSet) Add(node int) {
	if node < 1 || node > MaxNode {
		return
	}
	for node/8 >= len(s.bits) {
		s.bits = append(s.bits, 0)
	}
	s.bits[node/8] |= 1 << (node % 8)
}

// IsZero reports whether the set is empty.
func (s NodeSet) IsZero() bool { return len(s.bits) == 0 }

// Clone gives a copy that can be added to.
func (s NodeSet) Clone() NodeSet { return NodeSet{bits: append([]byte(nil), s.bits...)} }

// MarshalJSON implements json.Marshaler.
func (s NodeSet) MarshalJSON() ([]byte, error) {
	return json.Marshal(base64.StdEncoding.EncodeToString(s.bits))
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *NodeSet) UnmarshalJSON(text []byte) error {
	var encoded string
	if err := json.Unmarshal(text, &encoded); err != nil {
		return fmt.Errorf("a set of nodes: %w", err)
	}
	bits, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(bits) > MaxNode/8+1 {
		return fmt.Errorf("a set of nodes is base64 of up to %d bytes", MaxNode/8+1)
	}
	s.bits = bits
	return nil
}
