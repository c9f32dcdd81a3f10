package fanout

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
)

// discoveries bounds the concurrent look-ups of one list of things.
const discoveries = 8

// Directory looks up what exists in Azure ML. Its errors are classified (dsr.ClassOf).
type Directory interface {
	// Exists returns nil when a GET of the target succeeds.
	Exists(ctx context.Context, t dsr.Target) error
	// Children lists the names of a target's children at a level.
	Children(ctx context.Context, t dsr.Target, level dsr.Level) ([]string, error)
	// Within lists the targets at a level in a resource group or, where the target names
	// none, in a subscription.
	Within(ctx context.Context, t dsr.Target, level dsr.Level) ([]dsr.Target, error)
	// Details returns what a machine learning workspace says of itself. Beside an error
	// it has what is known without the address of the data plane.
	Details(ctx context.Context, t dsr.Target) (dsr.WorkspaceDetails, error)
	// Connected returns the accounts of another provider that a machine learning
	// workspace is connected to.
	Connected(ctx context.Context, t dsr.Target) (dsr.Connected, error)
	// RegistryPlane returns the base URL of a registry's data plane.
	RegistryPlane(ctx context.Context, t dsr.Target) (string, error)
	// Row returns the catalogue row that failures of targets at a level are reported
	// under.
	Row(level dsr.Level) string
}

// Found is a target that exists, or one that discovery failed on permanently.
type Found struct {
	Target dsr.Target
	Failed *dsr.Failure
	// NoDataPlane is why the address of the data plane of a machine learning workspace or
	// a registry could not be found. It can be read through ARM only.
	NoDataPlane *dsr.Failure
	// NeverProvisioned reports that a machine learning workspace has no data plane, since
	// its provisioning failed: ARM has all that there is.
	NeverProvisioned bool
	// Elsewhere is what belongs to a machine learning workspace and is not read with it.
	Elsewhere elsewhere
}

// search is what discovery looks for.
type search struct {
	scope  []dsr.Scope
	wanted wantedML
}

// newSearch returns the search for what a request names of some types.
func newSearch(r dsr.Request, types []ResourceType) search {
	return search{scope: r.Scope, wanted: wantedMLOf(r, types)}
}

// discover returns the targets of a search in the order of its scope. A target that the
// scope names must exist. Workspaces and projects that it leaves out are listed. A
// permanent failure is part of what is found, so an error is one that may pass.
func discover(ctx context.Context, dir Directory, s search) ([]Found, error) {
	d := &discovery{dir: dir, seen: map[string]bool{}, wanted: s.wanted}
	for _, s := range s.scope {
		if s.ModelManagementAccount != "" {
			if _, err := d.named(ctx, hosting(s)); err != nil {
				return nil, err
			}
		}

		if s.ExperimentationAccount != "" {
			if err := d.experimentation(ctx, s); err != nil {
				return nil, err
			}
		}
		if err := d.machineLearning(ctx, s); err != nil {
			return nil, err
		}

		if s.OperationalizationClusters { // not looked up: a missing group fails its list
			d.add(Found{Target: group(s)})
		}
	}
	return d.found, nil
}

// discovery collects what discover finds.
type discovery struct {
	dir    Directory
	wanted wantedML
	seen   map[string]bool // by ARM id in lower case
	found  []Found
}

// experimentation adds the experimentation account of a scope entry, with its workspaces
// and their projects.
func (d *discovery) experimentation(ctx context.Context, s dsr.Scope) error {
	account := experimentation(s)
	found, workspaces, err := d.account(ctx, account, s.Workspaces)
	if err != nil {
		return err
	}
	d.add(found...)

	found, err = lookUpAll(ctx, workspaces, func(ctx context.Context, w dsr.WorkspaceScope) ([]Found, error) {
		t := account
		t.Level, t.Workspace = dsr.Workspace, w.Name
		return d.workspace(ctx, t, w.Projects, len(s.Workspaces) > 0)
	})
	d.add(found...)

	return err
}

// account returns an experimentation account, and the workspaces to look up in it: the named
// ones, or all that there are. It lists them beside looking whether the account is there, which
// it nearly always is.
func (d *discovery) account(ctx context.Context, t dsr.Target, named []dsr.WorkspaceScope) (found []Found, workspaces []dsr.WorkspaceScope, err error) {
	var f Found
	var names []string
	var failed []Found
	var notListed error
	g, ctx := errgroup.WithContext(ctx)
	g.Go(dsr.Guard(func() (err error) {
		f, err = d.lookUp(ctx, t)
		return err
	}))
	if len(named) == 0 {
		g.Go(dsr.Guard(func() error {
			names, failed, notListed = d.children(ctx, t, dsr.Workspace)
			return nil // it does not matter unless the account is there
		}))
	}
	if err := g.Wait(); err != nil || f.Failed != nil {
		return []Found{f}, nil, err
	}

	for _, name := range names {
		named = append(named, dsr.WorkspaceScope{Name: name})
	}
	return append([]Found{f}, failed...), named, notListed
}

// workspace returns a workspace of an experimentation account, with its projects: the named
// ones, or all that there are. It looks up a workspace that the request names.
func (d *discovery) workspace(ctx context.Context, t dsr.Target, projects []string, named bool) ([]Found, error) {
	f := Found{Target: t}
	if named {
		var err error
		if f, err = d.lookUp(ctx, t); err != nil || f.Failed != nil {
			return []Found{f}, err
		}
	}

	at := func(name string) dsr.Target {
		project := t
		project.Level, project.Project = dsr.Project, name
		return project
	}
	if len(projects) > 0 {
		found, err := lookUpAll(ctx, projects, func(ctx context.Context, name string) ([]Found, error) {
			p, err := d.lookUp(ctx, at(name))
			return []Found{p}, err
		})
		return append([]Found{f}, found...), err
	}

	names, failed, err := d.children(ctx, t, dsr.Project)
	found := append([]Found{f}, failed...)
	for _, name := range names {
		found = append(found, Found{Target: at(name)})
	}
	return found, err
}

// lookUpAll looks things up concurrently and returns what it finds in their order.
func lookUpAll[T any](ctx context.Context, things []T, look func(context.Context, T) ([]Found, error)) ([]Found, error) {
	found := make([][]Found, len(things))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(discoveries)
	for i, thing := range things {
		g.Go(dsr.Guard(func() (err error) {
			found[i], err = look(ctx, thing)
			return err
		}))
	}
	err := g.Wait()
	return slices.Concat(found...), err
}

// named adds a target that the request names. It returns false when the target does not
// exist, or may not be read.
func (d *discovery) named(ctx context.Context, t dsr.Target) (bool, error) {
	f, err := d.lookUp(ctx, t)
	if err != nil {
		return false, err
	}
	d.add(f)
	return f.Failed == nil, nil
}

// softDeleted is what a workspace that is not there may be besides. No API tells.
const softDeleted = "; it may have been deleted softly, and then still has its data: look at \"Recently deleted\" in the portal, and purge it there, or recover it and send the request again"

// lookUp returns a target as found, or as permanently failed.
func (d *discovery) lookUp(ctx context.Context, t dsr.Target) (Found, error) {
	err := d.dir.Exists(ctx, t)
	if err != nil && dsr.ClassOf(err) != dsr.Permanent {
		return Found{}, err
	}
	if err != nil {
		failed := dsr.NewFailure(d.dir.Row(t.Level), t.ID(), "", err)
		if t.Level == dsr.MachineLearningWorkspace && failed.Reason == dsr.ReasonTargetNotFound {
			failed.Error += softDeleted
		}
		return Found{Target: t, Failed: failed}, nil
	}
	return Found{Target: t}, nil
}

// children lists a target's children at a level. A permanent failure is returned as found:
// the failure of that level.
func (d *discovery) children(ctx context.Context, t dsr.Target, level dsr.Level) (names []string, failed []Found, err error) {
	names, err = d.dir.Children(ctx, t, level)
	if err != nil && dsr.ClassOf(err) == dsr.Permanent {
		return nil, []Found{d.failedBelow(t, level, err)}, nil
	}
	return names, nil, err
}

// failedBelow returns the failure of a target's children at a level, which could not be
// listed.
func (d *discovery) failedBelow(t dsr.Target, level dsr.Level, err error) Found {
	below := t
	below.Level = level
	return Found{Target: below, Failed: dsr.NewFailure(d.dir.Row(level), t.ID(), "", err)}
}

// add adds what is found, unless the same target is there already.
func (d *discovery) add(found ...Found) {
	for _, f := range found {
		key := strings.ToLower(f.Target.ID())
		if !d.seen[key] {
			d.seen[key] = true
			d.found = append(d.found, f)
		}
	}
}
