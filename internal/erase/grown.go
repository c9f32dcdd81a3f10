package erase

import (
	"context"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// maxPages bounds the lists that are walked before a container is deleted.
const maxPages = 100_000

// grown tells whether a container holds something that was not there when its
// deletion was planned.
func (d *deletion) grown(ctx context.Context) (bool, error) {
	for _, row := range listsIn(d.job.Target.Level) {
		known, err := d.ledger.Known(ctx, d.plan, row.Type, d.job.Node.Target)
		if err != nil {
			return false, err
		}
		if grown, err := d.namesOther(ctx, row, known); grown || err != nil {
			return grown, err
		}
	}
	return false, nil
}

// listsIn gives the lists of what is in a container, that are its own.
func listsIn(level dsr.Level) []azureml.Endpoint {
	var rows []azureml.Endpoint
	switch level {
	case dsr.ExperimentationAccount:
		row, _ := azureml.Find(azureml.DiscoverWorkspaces)
		rows = append(rows, row)
	case dsr.Workspace:
		row, _ := azureml.Find(azureml.DiscoverProjects)
		rows = append(rows, row)
	}
	for _, e := range azureml.Catalogue() {
		if e.Level == level && e.Shape == azureml.List && e.Key != "" {
			rows = append(rows, e)
		}
	}
	return rows
}

// namesOther walks a list until it names what is not known.
func (d *deletion) namesOther(ctx context.Context, row azureml.Endpoint, known func(string) bool) (bool, error) {
	call := azureml.Call{Endpoint: row, Target: d.job.Target}
	for range maxPages {
		answer, err := d.upstream.Get(ctx, call)
		if gone(err) {
			return false, nil // it went with the container: another delivery was quicker
		}
		if err != nil {
			return false, err
		}
		page, err := azureml.ReadListing(answer.Body, row)
		_ = answer.Body.Close() // read to the end
		if err != nil {
			return false, err
		}
		for _, item := range page.Items {
			if !known(item) {
				return true, nil
			}
		}
		if page.Next == "" || page.Next == call.Cursor {
			return false, nil
		}
		call.Cursor = page.Next
	}
	return false, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the list does not end", row.ID)
}
