package erase

import (
	"context"
	"io"
	"slices"
	"strings"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

const (
	// runRow reads a run, whose document names what it hangs below.
	runRow = "W53"
	// maxDepth is how many runs may hang below one another.
	maxDepth = 16
)

// heldBelow reports whether a hold is on a run that hangs below the thing, which the
// deletion of the thing would take along. Azure ML is asked what each run on hold hangs
// below: the plan has only what was read.
func (d *deletion) heldBelow(ctx context.Context, holds []dsr.Hold) (bool, error) {
	if d.row.Reads != runRow && d.row.Joins != runRow {
		return false, nil
	}
	for _, h := range holds {
		id := runOf(h)
		if id == "" || strings.EqualFold(id, d.proof.Item) {
			continue
		}
		if below, err := d.hangsBelow(ctx, id); below || err != nil {
			return below, err
		}
	}
	return false, nil
}

// runOf returns the id of the run or job that a hold may be on; "" for none.
func runOf(h dsr.Hold) string {
	if !h.OnScope() {
		return h.On
	}
	segments := strings.Split(strings.Trim(h.On, "/"), "/")
	i := slices.IndexFunc(segments, func(s string) bool { return strings.EqualFold(s, "runs") || strings.EqualFold(s, "jobs") })
	if i < 0 || i+1 == len(segments) {
		return ""
	}
	return segments[i+1]
}

// hangsBelow reports whether a run hangs below the thing, however deep.
func (d *deletion) hangsBelow(ctx context.Context, id string) (bool, error) {
	for range maxDepth {
		under, err := d.under(ctx, id)
		if err != nil || len(under) == 0 {
			return false, err
		}
		if slices.ContainsFunc(under, func(u string) bool { return strings.EqualFold(u, d.proof.Item) }) {
			return true, nil
		}
		id = under[0]
	}
	return false, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: runs hang below one another without end", d.row.ID)
}

// under returns what a run of the thing's workspace hangs below. What is no run there hangs
// below nothing.
func (d *deletion) under(ctx context.Context, id string) ([]string, error) {
	row, _ := azureml.Find(runRow)
	space := d.job.Target.Space()
	if space.API == "" {
		return nil, nil
	}

	answer, err := d.upstream.Get(ctx, azureml.Call{Operation: row, Target: space, Item: id})
	if azureml.Gone(err) || dsr.ReasonOf(err) == dsr.ReasonRefused {
		return nil, nil // no run there has the id
	}
	if err != nil {
		return nil, err
	}

	doc, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument))
	if closed := answer.Body.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = row.AsAsked(doc)
	}
	return azureml.Under(doc), err
}
