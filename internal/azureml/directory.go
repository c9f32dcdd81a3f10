package azureml

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// maxDiscovered bounds what one list of a directory may name, and
// maxDiscoveryPages how many pages it may have.
const (
	maxDiscovered     = 100_000
	maxDiscoveryPages = 10_000
)

// Directory looks up for planning which targets there are.
type Directory struct {
	client   *Client
	maxPages int // maxDiscoveryPages; less in tests
}

// NewDirectory returns a directory that asks through a client.
func NewDirectory(c *Client) *Directory { return &Directory{client: c, maxPages: maxDiscoveryPages} }

// Row returns the id of the row that shows a target at a level: the one that reads its
// document, or else the list that names it.
func (d *Directory) Row(level dsr.Level) string {
	if row := DocumentRow(level); row.ID != "" {
		return row.ID
	}
	return childRows[level]
}

// childRows are the ids of the lists that name what is in a target, by the level of
// what they name.
var childRows = map[dsr.Level]string{
	dsr.Workspace: DiscoverWorkspaces, dsr.Project: DiscoverProjects,
	dsr.MachineLearningExperiment: "W50", dsr.FeatureSet: "W44",
}

// DocumentRow returns the row that reads the own document of a target at a level.
func DocumentRow(level dsr.Level) Operation {
	for _, op := range Catalogue() {
		if op.Level == level && op.Shape == Document {
			return op
		}
	}
	return Operation{}
}

// DocumentCall returns the call that reads the own document of a target. For a target in
// a machine learning workspace, that is an item of the workspace.
func DocumentCall(t dsr.Target) Call {
	if row := DocumentRow(t.Level); row.ID != "" {
		return Call{Operation: row, Target: t}
	}
	for _, op := range Catalogue() {
		if op.Shape == Item && op.Of == childRows[t.Level] {
			return Call{Operation: op, Target: t.Space(), Item: t.Name}
		}
	}
	return Call{}
}

// Exists returns nil if the target answers GET with 200, or else Get's error.
func (d *Directory) Exists(ctx context.Context, t dsr.Target) error {
	answer, err := d.client.Get(ctx, DocumentCall(t))
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// Try returns nil if the first page of a list can be read, or else Get's error. A target
// that lacks the list is no error.
func (d *Directory) Try(ctx context.Context, row string, t dsr.Target) error {
	op, _ := Find(row)
	call := Call{Operation: op, Target: t}
	answer, err := d.client.Get(ctx, call)
	if call.Lacks(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// DeletionURL returns the URL of the DELETE of a row, for an item of a node.
func (d *Directory) DeletionURL(row string, n dsr.Node, item string) (string, error) {
	t, err := n.Place()
	if err != nil {
		return "", err
	}
	call, err := DeletionCall(row, t, item)
	if err != nil {
		return "", err
	}
	return d.client.DeletionURL(call)
}

// Details returns what a machine learning workspace says of itself. Beside an error it
// has what is known without the address of the data plane.
func (d *Directory) Details(ctx context.Context, t dsr.Target) (dsr.WorkspaceDetails, error) {
	return d.client.details(ctx, t)
}

// RegistryPlane returns the base URL of a registry's data plane.
func (d *Directory) RegistryPlane(ctx context.Context, t dsr.Target) (string, error) {
	return d.client.registryPlane(ctx, t)
}

// Children returns the names of the targets at a level that are in a target.
func (d *Directory) Children(ctx context.Context, t dsr.Target, level dsr.Level) ([]string, error) {
	row, _ := Find(childRows[level])
	return d.names(ctx, Call{Operation: row, Target: t})
}

// Within returns the machine learning workspaces or the registries of a resource group,
// or of a subscription where the target names no group.
func (d *Directory) Within(ctx context.Context, t dsr.Target, level dsr.Level) ([]dsr.Target, error) {
	lists := map[dsr.Level][2]string{
		dsr.MachineLearningWorkspace: {DiscoverMachineLearning, DiscoverMachineLearningOfGroup},
		dsr.Registry:                 {DiscoverRegistries, DiscoverRegistriesOfGroup},
	}[level]

	id := lists[0]
	if t.ResourceGroup != "" {
		id = lists[1]
	}

	row, _ := Find(id)
	ids, err := d.names(ctx, Call{Operation: row, Target: t})
	if err != nil {
		return nil, err
	}

	found := make([]dsr.Target, 0, len(ids))
	for _, id := range ids {
		f, err := dsr.ParseTarget(id, "")
		// What a list names must be in its place, since the ids become calls.
		if err != nil || f.Level != level || !dsr.InScope(id, where(t)) {
			return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the list names something that is not in it", row.ID)
		}
		found = append(found, f)
	}

	return found, nil
}

// where returns the ARM id of a resource group or, without one, of a subscription.
func where(t dsr.Target) string {
	if t.ResourceGroup == "" {
		return "/subscriptions/" + t.SubscriptionID
	}
	return t.ID()
}

// names returns all names of a list, read to its end.
func (d *Directory) names(ctx context.Context, call Call) ([]string, error) {
	var names []string
	var walk dsr.Walk
	for range d.maxPages {
		page, err := d.page(ctx, call)
		if call.Lacks(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}

		names = append(names, page.Items...)
		if page.Next == "" {
			return names, nil
		}

		if walk.Returns(page.Next) || len(names) > maxDiscovered {
			break
		}

		call.Cursor = page.Next
	}

	return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the list does not end", call.Operation.ID)
}

func (d *Directory) page(ctx context.Context, call Call) (Listing, error) {
	answer, err := d.client.Get(ctx, call)
	if err != nil {
		return Listing{}, err
	}
	defer answer.Body.Close()
	return ReadListing(answer.Body, call.Operation)
}
