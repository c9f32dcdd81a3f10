package dsr

import (
	"slices"
	"time"
)

// Plan is what an attempt will do, fixed once.
type Plan struct {
	SchemaVersion string       `json:"schemaVersion"`
	RequestID     string       `json:"requestId"`
	Attempt       int          `json:"attempt"`
	Kind          string       `json:"kind"`
	CreatedAt     time.Time    `json:"createdAt"`
	Nodes         []Node       `json:"nodes"`
	NotCovered    []NotCovered `json:"notCovered"`
	// SubNodes says how sub-nodes are named: SubNodesByPlace, or "" by a hash, as
	// versions before 1.0 did.
	SubNodes string `json:"subNodes,omitempty"`
}

// SubNodesByPlace names each sub-node by the place of its item, so that sub-nodes
// sort in the order in which receipts name them.
const SubNodesByPlace = "byPlace"

// Node is one resource type in one target, with the types that share its pages.
type Node struct {
	Number    int      `json:"node"` // from 1
	Type      string   `json:"type"`
	Followers []string `json:"followers"`
	Target    string   `json:"target"`             // ARM id
	Location  string   `json:"location,omitempty"` // region of the data plane, if it has one
	API       string   `json:"api,omitempty"`      // base URL of a machine learning workspace's or registry's data plane, pinned here
	AIProject bool     `json:"aiProject,omitempty"`
	Failed    *Failure `json:"failed"` // set: discovery failed for good, the task only says so
	// Retries is set where the pages name items that failed in an earlier
	// attempt: they were recorded with the plan, and no list is read.
	Retries *NodeRef `json:"retries,omitempty"`
	// After names the nodes that a node that deletes waits for.
	After NodeSet `json:"after,omitempty"`
}

// NodeAt makes a node of a type at a target.
func NodeAt(typ string, t Target) Node {
	return Node{
		Type:      typ,
		Followers: []string{},
		Target:    t.ID(),
		Location:  t.Location,
		API:       t.API,
		AIProject: t.AIProject,
	}
}

// Place returns the node's target. The error says that its id is none.
func (n Node) Place() (Target, error) {
	t, err := ParseTarget(n.Target, n.Location)
	t.API, t.AIProject = n.API, n.AIProject
	return t, err
}

// Recorded reports whether the node's pages are recorded by who plans them, and
// never listed.
func (n Node) Recorded() bool {
	return n.Failed == nil && (n.Waits() || n.Retries != nil)
}

// Waits reports whether the node's turn comes when all that is exported or counted
// first has been: it deletes, reads the export back before, or removes copies
// after.
func (n Node) Waits() bool { return waits(n.Type) }

func waits(typ string) bool {
	_, deletes := Deletes(typ)
	return deletes || typ == ReadBack || typ == EraseExports
}

// Deletes reports whether the node's tasks delete.
func (n Node) Deletes() bool {
	_, deletes := Deletes(n.Type)
	return deletes
}

// Reading is the plan without what waits: it comes first, and is all of a dry run.
func (p Plan) Reading() Plan {
	p.Nodes = slices.DeleteFunc(slices.Clone(p.Nodes), Node.Waits)
	return p
}

// ReadsFrom reports whether the plan reads a target that is one of another plan, is
// in it or has it in it.
func (p Plan) ReadsFrom(other Plan) bool {
	for _, n := range p.Nodes {
		for _, o := range other.Nodes {
			if !n.Waits() && !o.Waits() && (InScope(n.Target, o.Target) || InScope(o.Target, n.Target)) {
				return true
			}
		}
	}
	return false
}

// NodeRef names a node of an earlier attempt of the same request.
type NodeRef struct {
	Attempt int `json:"attempt"`
	Node    int `json:"node"`
}

// NotCovered names something that the attempt leaves out, and why.
type NotCovered struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Failure is one thing that could not be done.
type Failure struct {
	Endpoint string `json:"endpoint"`
	Target   string `json:"target"`
	Item     string `json:"item"`
	Reason   string `json:"reason"`
	Error    string `json:"error"`
}

// NewFailure describes an error at an endpoint of a target, in our own words.
func NewFailure(endpoint, target, item string, err error) *Failure {
	return &Failure{
		Endpoint: endpoint,
		Target:   target,
		Item:     item,
		Reason:   ReasonOf(err),
		Error:    err.Error(),
	}
}

// Node returns node n, counted from 1.
func (p Plan) Node(n int) (Node, bool) {
	if n < 1 || n > len(p.Nodes) {
		return Node{}, false
	}
	return p.Nodes[n-1], true
}

// FirstTask returns the task that begins node n.
func (p Plan) FirstTask(n Node) Task {
	return Task{
		SchemaVersion: SchemaVersion,
		RequestID:     p.RequestID,
		Attempt:       p.Attempt,
		Node:          NodeName(n.Number),
		Pass:          1,
		Page:          1,
		Type:          n.Type,
	}
}
