package fanout

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
)

// discoveries is how many look-ups run at once.
const discoveries = 8

// Directory looks up what there is in Azure ML. Errors carry their class.
type Directory interface {
	// Exists answers nil when the target answers GET 200.
	Exists(ctx context.Context, t dsr.Target) error
	// Children lists the names of what at a level is in a target.
	Children(ctx context.Context, t dsr.Target, level dsr.Level) ([]string, error)
	// Within lists what at a level is in a resource group or, where the target names
	// none, in a subscription.
	Within(ctx context.Context, t dsr.Target, level dsr.Level) ([]dsr.Target, error)
	// DataPlane returns the base URL of a machine learning workspace's data plane.
	DataPlane(ctx context.Context, t dsr.Target) (string, error)
	// Row names the catalogue row that tells of targets at a level, for reports.
	Row(level dsr.Level) string
}

// Found is a target that is there, or one that discovery failed on for good.
type Found struct {
	Target dsr.Target
	Failed *dsr.Failure
	// NoDataPlane is why the address of a machine learning workspace's data plane
	// could not be found: only ARM can be asked of it.
	NoDataPlane *dsr.Failure
}

// search is what discovery looks for.
type search struct {
	scope  []dsr.Scope
	wanted wanted
}

// newSearch returns the search for what a request names of some types.
func newSearch(r dsr.Request, types []ResourceType) search {
	return search{scope: r.Scope, wanted: wantedOf(r, types)}
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

		if s.OperationalizationClusters { // whether the group is there is for the list to say
			d.add(Found{Target: group(s)})
		}
	}
	return d.found, nil
}

type discovery struct {
	dir    Directory
	wanted wanted
	seen   map[string]bool
	found  []Found
}

func (d *discovery) experimentation(ctx context.Context, s dsr.Scope) error {
	account := experimentation(s)
	if ok, err := d.named(ctx, account); !ok || err != nil {
		return err
	}

	named := s.Workspaces
	if len(named) == 0 {
		names, err := d.children(ctx, account, dsr.Workspace)
		if err != nil {
			return err
		}
		for _, name := range names {
			named = append(named, dsr.WorkspaceScope{Name: name})
		}
	}

	for _, w := range named {
		t := account
		t.Level, t.Workspace = dsr.Workspace, w.Name

		if len(s.Workspaces) == 0 {
			d.add(Found{Target: t})
		} else if ok, err := d.named(ctx, t); err != nil {
			return err
		} else if !ok {
			continue
		}
		if err := d.projects(ctx, t, w.Projects); err != nil {
			return err
		}
	}

	return nil
}

// projects adds a workspace's projects, named ones at once.
func (d *discovery) projects(ctx context.Context, workspace dsr.Target, named []string) error {
	at := func(name string) dsr.Target {
		t := workspace
		t.Level, t.Project = dsr.Project, name
		return t
	}
	if len(named) == 0 {
		names, err := d.children(ctx, workspace, dsr.Project)
		for _, name := range names {
			d.add(Found{Target: at(name)})
		}
		return err
	}

	found, err := atOnce(ctx, named, func(ctx context.Context, name string) ([]Found, error) {
		f, err := d.lookUp(ctx, at(name))
		return []Found{f}, err
	})
	for _, f := range found {
		d.add(f)
	}

	return err
}

// atOnce looks several things up at once and gives what was found in their order.
func atOnce[T any](ctx context.Context, things []T, look func(context.Context, T) ([]Found, error)) ([]Found, error) {
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

// named adds a target that the request names; false when it isn't there.
func (d *discovery) named(ctx context.Context, t dsr.Target) (bool, error) {
	f, err := d.lookUp(ctx, t)
	if err != nil {
		return false, err
	}
	d.add(f)
	return f.Failed == nil, nil
}

func (d *discovery) lookUp(ctx context.Context, t dsr.Target) (Found, error) {
	err := d.dir.Exists(ctx, t)
	if err != nil && dsr.ClassOf(err) != dsr.Permanent {
		return Found{}, err
	}
	if err != nil {
		return Found{Target: t, Failed: dsr.NewFailure(d.dir.Row(t.Level), t.ID(), "", err)}, nil
	}
	return Found{Target: t}, nil
}

// children lists what at a level a target holds; a refusal for good becomes a
// failed find below it.
func (d *discovery) children(ctx context.Context, t dsr.Target, level dsr.Level) ([]string, error) {
	names, err := d.dir.Children(ctx, t, level)
	if err != nil && dsr.ClassOf(err) != dsr.Permanent {
		return nil, err
	}
	if err != nil {
		d.found = append(d.found, d.failedBelow(t, level, err))
		return nil, nil
	}
	return names, nil
}

// failedBelow is the find of what at a level is in a target and could not be
// listed.
func (d *discovery) failedBelow(t dsr.Target, level dsr.Level, err error) Found {
	below := t
	below.Level = level
	return Found{Target: below, Failed: dsr.NewFailure(d.dir.Row(level), t.ID(), "", err)}
}

// add keeps the first of finds that name the same target.
func (d *discovery) add(f Found) {
	if key := strings.ToLower(f.Target.ID()); !d.seen[key] {
		d.seen[key] = true
		d.found = append(d.found, f)
	}
}
