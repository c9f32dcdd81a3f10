package erase

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// thing returns what a stage of the deletion plan says of a job's item. Where the stage
// is in parts, that is what the part of the job's page has in the place of its chunk.
func (w *Worker) thing(ctx context.Context, job task.Job, stage dsr.Deletions, item string) (dsr.Planned, error) {
	if len(stage.Parts) == 0 {
		i := slices.IndexFunc(stage.Items, func(p dsr.Planned) bool { return p.Item == item })
		if i < 0 {
			return dsr.Planned{}, notPlanned()
		}
		return stage.Items[i], nil
	}

	page, place := job.Task.Page, job.Task.Chunk
	if page < 1 || page > len(stage.Parts) {
		return dsr.Planned{}, notPlanned()
	}
	items, err := w.ledger.PlanPart(ctx, job.Task.Of(), stage.Parts[page-1])
	if err != nil {
		return dsr.Planned{}, err
	}
	if place >= len(items) || items[place].Item != item {
		return dsr.Planned{}, notPlanned()
	}

	return items[place], nil
}

func notPlanned() error {
	return dsr.Errorf(dsr.NoTask, dsr.ReasonUnknownTask, "the deletion plan does not name the item")
}
