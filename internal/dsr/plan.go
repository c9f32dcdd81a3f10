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
	// What is WhatSubject for an export of only what is the subject's or names them.
	What string `json:"what,omitempty"`
	// SubNodes is how sub-nodes are named: SubNodesByPlace, or "" for the hashes of
	// versions before 1.0.
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
	Failed    *Failure `json:"failed"` // discovery failed for good, and the node's only task says so
	// Retries is the node of an earlier attempt whose failed items the pages name. Such
	// pages are recorded with the plan, and no list is read.
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

// Place returns the node's target. It fails where the node's id is that of no target.
func (n Node) Place() (Target, error) {
	t, err := ParseTarget(n.Target, n.Location)
	t.API, t.AIProject = n.API, n.AIProject
	return t, err
}

// Recorded reports whether the node's pages are recorded when they are planned, so that
// no task lists them.
func (n Node) Recorded() bool {
	return n.Failed == nil && (n.Waits() || n.Retries != nil)
}

// Waits reports whether the node's turn comes only after everything has been exported or
// counted: it reads the export back, deletes, or removes the copies of earlier exports.
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

// Reading returns the plan without the nodes that wait. It is all that a dry run does.
func (p Plan) Reading() Plan {
	p.Nodes = slices.DeleteFunc(slices.Clone(p.Nodes), Node.Waits)
	return p
}

// ReadsFrom reports whether a target that the plan reads is, contains or is in one that
// another plan reads.
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

// NewFailure describes an error at an endpoint of a target, with a text of ours.
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
