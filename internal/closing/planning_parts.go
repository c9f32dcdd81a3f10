package closing

import (
	"context"

	"azureml-dsr/internal/dsr"
)

const (
	// maxPlanPart bounds a part, in bytes.
	maxPlanPart = 1 << 20
	// maxInline bounds the things that the plan itself lists, in bytes. A stage that does
	// not fit goes into parts, however short it is.
	maxInline = 2 << 20
)

// sizeOf estimates what a thing adds to the plan, in bytes.
func sizeOf(item dsr.Planned) int {
	size := len(item.Item) + len(item.URL) + len(item.CreatedAt) + 48
	for _, id := range item.Under {
		size += len(id) + 16
	}

	return size
}

// cutPart records the items of a stage that are in no part yet as its next part.
func (p *planning) cutPart(ctx context.Context, i int) error {
	d := &p.progress.Stages[i]
	ref, err := p.Ledger.RecordPlanPart(ctx, dsr.PlanPart{
		RequestID: p.plan.RequestID,
		Attempt:   p.plan.Attempt,
		Node:      d.Node,
		Page:      len(d.Parts) + 1,
		Items:     d.Items,
	})
	if err != nil {
		return err
	}

	d.Parts, d.Items = append(d.Parts, ref), nil
	p.inline -= p.sizes[i]
	p.sizes[i] = 0

	return nil
}

// closeStages cuts the last part of the stages that are read from a node.
func (p *planning) closeStages(ctx context.Context, node int) error {
	n, found := p.plan.Node(node)
	if !found {
		return nil
	}
	for _, typ := range append([]string{n.Type}, n.Followers...) {
		for _, i := range p.sources[dsr.NodeKey(typ, n.Target)] {
			if err := p.cutRest(ctx, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// cutLeftovers cuts the last part of the stages that a call left between two nodes.
func (p *planning) cutLeftovers(ctx context.Context) error {
	for i := range p.progress.Stages {
		if err := p.cutRest(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// cutRest cuts the last part of a stage that has parts. A stage without parts stays
// inline, unless the plan is full.
func (p *planning) cutRest(ctx context.Context, i int) error {
	d := p.progress.Stages[i]
	staysInline := len(d.Parts) == 0 && p.inline <= maxInline
	if len(d.Items) == 0 || staysInline {
		return nil
	}
	return p.cutPart(ctx, i)
}
