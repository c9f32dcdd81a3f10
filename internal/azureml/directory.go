package azureml

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// maxDiscovered bounds what one list of a directory may name.
const maxDiscovered = 100_000

// Directory looks up what there is: it answers what planning asks.
type Directory struct {
	client *Client
}

// NewDirectory makes a directory that asks through a client.
func NewDirectory(c *Client) *Directory { return &Directory{client: c} }

// Row names the row that reads a target's own document.
func (d *Directory) Row(level dsr.Level) string { return DocumentRow(level).ID }

// DocumentRow gives the row that reads the own document of a target at a level.
func DocumentRow(level dsr.Level) Endpoint {
	for _, e := range Catalogue() {
		if e.Level == level && e.Shape == Document {
			return e
		}
	}
	return Endpoint{}
}

// Exists answers nil when the target answers GET 200.
func (d *Directory) Exists(ctx context.Context, t dsr.Target) error {
	answer, err := d.client.Get(ctx, Call{Endpoint: DocumentRow(t.Level), Target: t})
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// Children lists the names of an account's workspaces, or of a workspace's
// projects.
func (d *Directory) Children(ctx context.Context, t dsr.Target) ([]string, error) {
	row, _ := Find(DiscoverWorkspaces)
	if t.Level == dsr.Workspace {
		row, _ = Find(DiscoverProjects)
	}
	var names []string
	cursor := ""
	for {
		page, err := d.page(ctx, Call{Endpoint: row, Target: t, Cursor: cursor})
		if err != nil {
			return nil, err
		}
		names = append(names, page.Items...)
		if page.Next == "" {
			return names, nil
		}
		if page.Next == cursor || len(names) > maxDiscovered {
			return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the list does not end", row.ID)
		}
		cursor = page.Next
	}
}

func (d *Directory) page(ctx context.Context, call Call) (Listing, error) {
	answer, err := d.client.Get(ctx, call)
	if err != nil {
		return Listing{}, err
	}
	defer answer.Body.Close()
	return ReadListing(answer.Body, call.Endpoint)
}
