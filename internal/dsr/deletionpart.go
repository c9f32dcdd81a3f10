package dsr

import "fmt"

// PlanPart is deletion-plan/{node}-{page}-{hash}.json: the things of one page of a
// stage.
type PlanPart struct {
	SchemaVersion string    `json:"schemaVersion"`
	RequestID     string    `json:"requestId"`
	Attempt       int       `json:"attempt"`
	Node          int       `json:"node"`
	Page          int       `json:"page"` // from 1
	Items         []Planned `json:"items"`
}

// PlanPartRef names a part of a deletion plan and vouches for its bytes.
type PlanPartRef struct {
	Name   string `json:"name"` // relative to the attempt
	SHA256 string `json:"sha256"`
	Items  int    `json:"items"`
}

// PlanParts is the prefix of the parts of the attempt's deletion plan.
func (a Attempt) PlanParts() string { return a.Prefix() + "deletion-plan/" }

// PlanPart names a part by its place and its content's SHA-256 in hex, so that two
// concurrent checks that plan differently never write the same name.
func (a Attempt) PlanPart(node, page int, sum string) string {
	return fmt.Sprintf("%s%s-%06d-%s.json", a.PlanParts(), NodeName(node), page, sum[:16])
}

// Things returns how many things the stage deletes.
func (d Deletions) Things() int {
	n := len(d.Items)
	for _, p := range d.Parts {
		n += p.Items
	}
	return n
}

// Stage returns what a node of the plan deletes.
func (p DeletionPlan) Stage(node int) (Deletions, bool) {
	for _, d := range p.Stages {
		if d.Node == node {
			return d, true
		}
	}
	return Deletions{}, false
}
