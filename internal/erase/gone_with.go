package erase

import (
	"context"
	"slices"
	"strings"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// softDeleteRemedy is what a person can do about what the service may still keep.
const softDeleteRemedy = "look at \"Recently deleted\" in the portal, and purge the workspace there, or recover it and `dsr retry`"

// keptAWhile reports whether the service keeps what a call reads after its deletion,
// unless that says otherwise.
func keptAWhile(read azureml.Call) bool {
	_, ok := purging(read)
	return ok
}

// purging returns the row that deletes for good what a call reads.
func purging(read azureml.Call) (azureml.DeleteOperation, bool) {
	rows := azureml.DeleteOperations()
	i := slices.IndexFunc(rows, func(row azureml.DeleteOperation) bool { return row.Purges && row.Reads == read.Operation.ID })
	if i < 0 {
		return azureml.DeleteOperation{}, false
	}
	return rows[i], true
}

// goneWith returns nil once a container that was deleted meanwhile, and that the thing was
// in, is purged. Only a plan that deletes the container purges it, under the conditions of
// the container's own task, which finds the record of the DELETE. Otherwise the service may
// still keep the thing, and it is not called erased.
func (d *deletion) goneWith(ctx context.Context, container dsr.Target) error {
	c, planned, err := d.planFor(ctx, container)
	if err != nil {
		return err
	}
	if !planned {
		return d.keptWith("which this request does not delete")
	}

	if err := c.takeOver(ctx); err != nil || c.sent == answered {
		return err
	}
	verdict, reason, err := c.verdict(ctx)
	if err != nil {
		return err
	}
	if verdict != dsr.Go {
		return d.keptWith("which may not be purged: " + reason)
	}

	return d.purgeAround(ctx, c)
}

// purgeAround purges the container of the thing.
func (d *deletion) purgeAround(ctx context.Context, c *deletion) error {
	err := c.purge(ctx)
	if dsr.ReasonOf(err) == dsr.ReasonSoftDeleted {
		// Another task may have purged it a moment ago, and not have recorded that yet.
		if err := sleep(ctx, d.opts.ConfirmTime); err != nil {
			return err
		}
		if err := c.takeOver(ctx); err != nil || c.sent == answered {
			return err
		}
		return d.keptWith("and the purge found nothing")
	}
	if dsr.ClassOf(err) == dsr.Permanent {
		return d.keptWith("which could not be purged: " + err.Error())
	}
	return err
}

func (d *deletion) keptWith(why string) error {
	return d.refused(dsr.ReasonSoftDeleted, "it went with its workspace, %s; whether the service still keeps it can't be seen: %s", why, softDeleteRemedy)
}

// planFor returns the deletion of a container that the plan deletes; false where it
// doesn't.
func (d *deletion) planFor(ctx context.Context, container dsr.Target) (*deletion, bool, error) {
	row, _ := purging(azureml.DocumentCall(container))
	i := slices.IndexFunc(d.plan.Nodes, func(n dsr.Node) bool {
		return n.Failed == nil && n.Type == dsr.DeleteType(row.Type) && strings.EqualFold(n.Target, container.ID())
	})
	if i < 0 {
		return nil, false, nil
	}

	n := d.plan.Nodes[i]
	place, err := n.Place()
	if err != nil {
		return nil, false, err
	}
	job := task.Job{
		Task:   d.plan.FirstTask(n),
		Node:   n,
		Target: place,
		Kind:   d.job.Kind,
	}

	deletions, _, _, err := d.ledger.DeletionPlan(ctx, job.Task.Of())
	if err != nil {
		return nil, false, err
	}
	stage, _ := deletions.Stage(n.Number)
	if len(stage.Items) != 1 {
		return nil, false, nil // its document was not read
	}

	c, err := d.Worker.planned(ctx, job, stage.Items[0].Item)
	return c, err == nil, err
}
