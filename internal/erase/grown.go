package erase

import (
	"context"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// grown reports whether a container holds something that was not there when its
// deletion was planned. It walks the lists of what is in the container. A walk that one
// invocation is too short for goes on when the task is sent again.
func (d *deletion) grown(ctx context.Context) (bool, error) {
	rows := listsIn(d.job.Target)
	w := d.resumeWalk(len(rows))
	end := d.opts.Now().Add(d.opts.WalkTime)
	for w.at.List < len(rows) {
		stopped := d.walk(ctx, w, rows[w.at.List], end)
		if dsr.ClassOf(stopped) == dsr.Permanent {
			return false, stopped
		}
		grown, err := d.namesOther(ctx, w, rows[w.at.List].Type)
		if grown || err != nil {
			return grown, err
		}

		if stopped != nil {
			return false, w.interrupted(stopped, d.opts.Now())
		}

		if w.ended {
			w.next()
		}

		if w.at.List < len(rows) && !d.opts.Now().Before(end) {
			return false, w.interrupted(nil, d.opts.Now())
		}
	}

	return false, nil
}

// listsIn returns the lists that show what is in a container. Those of the containers in
// it are not among them, nor those of a data plane that the container does not have.
func listsIn(container dsr.Target) []azureml.Operation {
	var rows []azureml.Operation
	switch container.Level {
	case dsr.ExperimentationAccount:
		row, _ := azureml.Find(azureml.DiscoverWorkspaces)
		rows = append(rows, row)
	case dsr.Workspace:
		row, _ := azureml.Find(azureml.DiscoverProjects)
		rows = append(rows, row)
	}

	for _, e := range azureml.Catalogue() {
		isThere := e.Plane != azureml.MLWorkspace || container.API != ""
		if e.Level == container.Level && e.Shape == azureml.List && e.Key != "" && isThere {
			rows = append(rows, e)
		}
	}

	return rows
}

// walk reads pages of a list until the list ends, the time is over, or w holds as many
// names as it may.
func (d *deletion) walk(ctx context.Context, w *walk, row azureml.Operation, end time.Time) error {
	w.ended = false
	for d.opts.Now().Before(end) && w.names.len() < d.opts.WalkItems {
		page, err := d.listed(ctx, row, w.at.Cursor)
		if err != nil {
			return err
		}

		for _, item := range page.Items {
			w.names.add(item)
		}

		if w.ended = page.Next == ""; w.ended {
			return nil
		}
		if err := w.turn(row.ID, page.Next); err != nil {
			return err
		}
	}
	return nil
}

// listed reads a page of a list. A list that is not there has gone with the container,
// which another delivery has deleted.
func (d *deletion) listed(ctx context.Context, row azureml.Operation, cursor string) (azureml.Listing, error) {
	answer, err := d.upstream.Get(ctx, azureml.Call{Operation: row, Target: d.job.Target, Cursor: cursor})
	if azureml.Gone(err) {
		return azureml.Listing{}, nil
	}
	if err != nil {
		return azureml.Listing{}, err
	}
	page, err := azureml.ReadListing(answer.Body, row)
	_ = answer.Body.Close() // read to the end
	return page, err
}

// namesOther reports whether a walk holds a name that was not read before the deletion
// was planned. The walk holds no names afterwards.
func (d *deletion) namesOther(ctx context.Context, w *walk, typ string) (bool, error) {
	if w.names.len() == 0 {
		return false, nil
	}
	for item, err := range d.ledger.ItemsOf(ctx, d.plan, typ, d.job.Node.Target) {
		if err != nil {
			return false, err
		}
		w.names.strike(item)
	}
	left := w.names.left()
	w.names.clear()
	return left, nil
}
