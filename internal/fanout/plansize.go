package fanout

import (
	"encoding/json"
	"fmt"

	"azureml-dsr/internal/dsr"
)

// maxPlan bounds a plan's record, in bytes: every process that works on the plan holds all
// of it.
const maxPlan = 32 << 20

// fit returns a plan as it is or, where it is too large to be recorded, the refusal in its
// place.
func (i *Intake) fit(p dsr.Plan) (dsr.Plan, error) {
	err := checkSize(p)
	if dsr.ClassOf(err) == dsr.Permanent {
		return i.refused(p, err)
	}
	return p, err
}

// checkSize refuses a plan that has too many nodes or too large a record.
func checkSize(p dsr.Plan) error {
	if n := len(p.Nodes); n > dsr.MaxNode {
		return tooLarge("%d resource types in all targets, more than %d", n, dsr.MaxNode)
	}

	size := 0
	for _, n := range p.Nodes {
		body, err := json.Marshal(n)
		if err != nil {
			return fmt.Errorf("encoding node %d of a plan: %w", n.Number, err)
		}
		if size += len(body) + len(","); size > maxPlan {
			return tooLarge("a plan of more than %d MiB", maxPlan>>20)
		}
	}

	return nil
}

func tooLarge(format string, args ...any) *dsr.Error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest,
		"/scope: it is too large for one request (%s); send several, each with a part of the scope, under new ids", fmt.Sprintf(format, args...))
}

// refused returns the plan of an attempt whose own plan is too large: a single failed
// node. The request is recorded by then, so the attempt has to be closed, and one without
// a plan is re-enqueued again and again.
func (i *Intake) refused(p dsr.Plan, why error) (dsr.Plan, error) {
	n := p.Nodes[0]
	place, err := n.Place()
	if err != nil {
		return dsr.Plan{}, err
	}

	p.Nodes = []dsr.Node{{
		Number:    1,
		Type:      n.Type,
		Followers: []string{},
		Target:    n.Target,
		Location:  n.Location,
		API:       n.API,
		AIProject: n.AIProject,
		Failed:    dsr.NewFailure(i.Directory.Row(place.Level), n.Target, "", why),
	}}

	return p, nil
}
