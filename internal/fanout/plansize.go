package fanout

import (
	"context"
	"encoding/json"
	"fmt"

	"azureml-dsr/internal/dsr"
)

// maxPlan bounds a plan's record, in bytes: it is read whole, by every process that
// works on it.
const maxPlan = 32 << 20

// checkSize refuses a plan that could not be carried out.
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

// refused is the plan of an attempt whose own would be too large: a single node that
// says so. The request is recorded by then, so the attempt has to be closed; one
// without a plan would be sent back to intake again and again.
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
		Failed:    dsr.NewFailure(i.Directory.Row(place.Level), n.Target, "", why),
	}}

	return p, nil
}

// recordPlan records a plan or, where that would be too large, what says so.
func (i *Intake) recordPlan(ctx context.Context, p dsr.Plan) (dsr.Plan, error) {
	why := checkSize(p)
	if dsr.ClassOf(why) == dsr.Permanent {
		p, why = i.refused(p, why)
	}
	if why != nil {
		return dsr.Plan{}, why
	}
	return i.Ledger.RecordPlan(ctx, p)
}
