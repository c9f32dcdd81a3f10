package verify

import (
	"context"
	"encoding/json"
	"slices"

	"azureml-dsr/internal/dsr"
)

// planRecord is the part of plan.json that is verified. It leaves out after, which only says
// in which order nodes are worked on, and lists nodes one by one or as ranges.
type planRecord struct {
	dsr.Plan
	Nodes []planNodeRecord `json:"nodes"`
}

type planNodeRecord struct {
	dsr.Node
	After json.RawMessage `json:"after"`
}

func (r planRecord) plan() dsr.Plan {
	p := r.Plan
	p.Nodes = make([]dsr.Node, len(r.Nodes))
	for i, n := range r.Nodes {
		p.Nodes[i] = n.Node
	}
	return p
}

// checkPlan checks the plan against the manifest.
func (v *verifier) checkPlan(ctx context.Context) error {
	name := v.attempt.Plan()
	s, err := loadVouched[planRecord](ctx, v, name, v.manifest.Plan.SHA256, "manifest.json")
	if s == nil || err != nil {
		return err
	}

	p := s.value.plan()
	if bad := badNode(p); bad > 0 {
		v.fault(FaultMalformed, name, "node %d has another number or a target that is no target", bad)
		return nil
	}
	if p.SchemaVersion != dsr.SchemaVersion || p.RequestID != v.attempt.RequestID || p.Attempt != v.attempt.Number {
		v.fault(FaultInconsistent, name, "it is the plan of another attempt or version")
		return nil
	}

	if p.Kind != v.manifest.Kind || !slices.Equal(p.NotCovered, v.manifest.NotCovered) {
		v.fault(FaultInconsistent, v.attempt.Manifest(), "kind or notCovered is not the plan's")
	}

	v.checkWhat(p)

	if v.request != nil && v.request.DryRun { // it ends with the deletion plan
		p.Nodes = slices.DeleteFunc(p.Nodes, dsr.Node.Waits)
	}

	v.plan = &p

	return nil
}

// badNode returns the first node that can't be walked, 0 for none.
func badNode(p dsr.Plan) int {
	for i, n := range p.Nodes {
		if _, err := n.Place(); err != nil || n.Number != i+1 {
			return i + 1
		}
	}
	return 0
}
