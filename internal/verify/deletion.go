package verify

import (
	"context"
	"fmt"

	"azureml-dsr/internal/dsr"
)

// checkDeletion checks what a request that deletes has recorded besides its receipts: the
// deletion plan and its approval.
func (v *verifier) checkDeletion(ctx context.Context) error {
	m, a := v.manifest, v.attempt
	if m.DeletionPlan == nil {
		return nil
	}

	plan, err := loadVouched[dsr.DeletionPlan](ctx, v, a.DeletionPlan(), m.DeletionPlan.SHA256, "manifest.json")
	if err != nil {
		return err
	}

	if plan != nil {
		if err := v.checkDeletionPlan(ctx, plan.value); err != nil {
			return err
		}
	}

	if m.Approval == nil {
		return nil
	}

	approval, err := loadVouched[dsr.Approval](ctx, v, a.Approval(), m.Approval.SHA256, "manifest.json")
	if approval != nil && approval.value.PlanSHA256 != m.DeletionPlan.SHA256 {
		v.fault(FaultInconsistent, a.Approval(), "it approves another plan")
	}

	return err
}

// checkDeletionPlan checks the plan and, one by one, the parts that it names.
func (v *verifier) checkDeletionPlan(ctx context.Context, plan dsr.DeletionPlan) error {
	name := v.attempt.DeletionPlan()
	if plan.RequestID != v.attempt.RequestID || plan.Attempt != v.attempt.Number {
		v.fault(FaultInconsistent, name, "it is the plan of another attempt")
	}

	v.planned = newPlanned()

	for _, stage := range plan.Stages {
		if len(stage.Items) > 0 && len(stage.Parts) > 0 {
			v.fault(FaultInconsistent, name, "node %d has both items and parts", stage.Node)
		}
		if _, again := v.planned.pages[stage.Node]; again {
			v.fault(FaultInconsistent, name, "it has two stages of node %d", stage.Node)
		}

		if err := v.addStage(ctx, stage); err != nil {
			return err
		}
	}

	v.checkStages(name)

	return nil
}

// addStage adds the things that a stage names, itself or in its parts, and checks the parts.
func (v *verifier) addStage(ctx context.Context, stage dsr.Deletions) error {
	if len(stage.Parts) == 0 {
		v.planned.addItems(stage.Node, stage.Items)
		return nil
	}
	for i, ref := range stage.Parts {
		things, ok, err := v.checkDeletionPart(ctx, stage.Node, i+1, ref)
		if err != nil {
			return err
		}
		v.planned.addPage(planPlace{stage.Node, i + 1}, things, ok)
	}
	return nil
}

// checkDeletionPart checks a part and returns the things that it names. It notes a fault and
// returns false if the part can't be relied on.
func (v *verifier) checkDeletionPart(ctx context.Context, node, page int, ref dsr.PlanPartRef) (things []dsr.Planned, ok bool, err error) {
	nameFits := len(ref.SHA256) == 64 && ref.Name == fmt.Sprintf("%s%s-%06d-%s.json", deletionFolder, dsr.NodeName(node), page, ref.SHA256[:16])
	if !nameFits {
		v.fault(FaultInconsistent, v.attempt.DeletionPlan(), "the name of part %d of node %d does not follow from its place and its SHA-256", page, node)
		return nil, false, nil
	}

	name := v.attempt.Prefix() + ref.Name
	s, err := loadVouched[dsr.PlanPart](ctx, v, name, ref.SHA256, "deletion-plan.json")
	if s == nil || err != nil {
		return nil, false, err
	}

	p := s.value
	own := p.SchemaVersion == dsr.SchemaVersion && p.RequestID == v.attempt.RequestID && p.Attempt == v.attempt.Number
	if !own || p.Node != node || p.Page != page || len(p.Items) != ref.Items {
		v.fault(FaultInconsistent, name, "it is a part of another plan, node or page, or has another number of items")
		return nil, false, nil
	}

	return p.Items, true, nil
}

// checkDeletions notes a fault of a receipt with the deletion of something that the plan
// does not name.
func (c *receiptCheck) checkDeletions() {
	c.checkProofs()
	if len(c.receipt.Deletions) == 0 {
		return
	}
	if c.v.manifest.DeletionPlan == nil {
		c.v.fault(FaultInconsistent, c.name, "it tells of deletions, and the manifest names no deletion plan")
		return
	}
	if c.v.planned == nil { // the plan can't be read, and the fault is noted
		return
	}

	node, _, _ := dsr.SplitNode(c.task.Node) // can't fail: the name of a receipt has a node in it
	for _, d := range c.receipt.Deletions {
		if !c.v.planned.mayName(planPlace{node, c.task.Page}, d.Item) {
			c.v.fault(FaultInconsistent, c.name, "it tells of a deletion that the deletion plan does not name")
			return
		}
	}
}
