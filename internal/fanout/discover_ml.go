package fanout

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
)

// everything is the wildcard of a scope: all machine learning workspaces, or all
// registries, of its subscription or resource group.
const everything = dsr.EveryPlace

// wantedML is what a request asks for in machine learning workspaces and registries.
type wantedML struct {
	levels map[dsr.Level]bool
	// dataPlane has the levels of what has a data plane of which something is wanted.
	dataPlane map[dsr.Level]bool
}

func wantedMLOf(r dsr.Request, types []ResourceType) wantedML {
	w := wantedML{levels: map[dsr.Level]bool{}, dataPlane: map[dsr.Level]bool{}}
	for _, t := range types {
		if t.wanted(r) {
			w.levels[t.Level] = true
			if t.DataPlane {
				w.dataPlane[dsr.Target{Level: t.Level}.Space().Level] = true
			}
		}
	}
	return w
}

// machineLearning adds the machine learning workspaces and registries of a scope,
// and what is discovered in them.
func (d *discovery) machineLearning(ctx context.Context, s dsr.Scope) error {
	spaces, err := d.placed(ctx, s, dsr.MachineLearningWorkspace, s.MachineLearningWorkspaces)
	if err != nil {
		return err
	}
	found, err := lookUpAll(ctx, spaces, d.space)
	if err != nil {
		return err
	}

	registries, err := d.placed(ctx, s, dsr.Registry, s.Registries)
	if err != nil {
		return err
	}
	planes, err := lookUpAll(ctx, registries, d.registry)
	if err != nil {
		return err
	}
	d.add(found...)
	d.add(planes...)

	return nil
}

// placed returns what a scope names at a level, or all that there is for the wildcard.
func (d *discovery) placed(ctx context.Context, s dsr.Scope, level dsr.Level, names []string) ([]Found, error) {
	if !slices.Contains(names, everything) {
		return lookUpAll(ctx, names, func(ctx context.Context, name string) ([]Found, error) {
			f, err := d.lookUp(ctx, mlTarget(s, level, name))
			return []Found{f}, err
		})
	}

	targets, err := d.dir.Within(ctx, group(s), level)
	if err != nil && dsr.ClassOf(err) != dsr.Permanent {
		return nil, err
	}
	if err != nil {
		f := Found{Target: group(s), Failed: dsr.NewFailure(d.dir.Row(level), where(s), "", err)}
		f.Target.Level = level
		return []Found{f}, nil
	}

	found := make([]Found, len(targets))
	for i, t := range targets {
		found[i] = Found{Target: t}
	}

	return found, nil
}

// space returns a machine learning workspace with the address of its data plane, its
// experiments and its feature sets, as far as they are wanted.
func (d *discovery) space(ctx context.Context, f Found) ([]Found, error) {
	if f.Failed != nil {
		return []Found{f}, nil
	}

	if d.wanted.dataPlane[f.Target.Level] {
		if err := d.detail(ctx, &f); err != nil {
			return nil, err
		}
	}

	found := []Found{f}
	for _, level := range []dsr.Level{dsr.MachineLearningExperiment, dsr.FeatureSet} {
		if !d.wanted.levels[level] {
			continue
		}
		inner, err := d.within(ctx, f, level)
		if err != nil {
			return nil, err
		}
		found = append(found, inner...)
	}

	return found, nil
}

// detail adds the address of a machine learning workspace's data plane, and what belongs
// to it elsewhere.
func (d *discovery) detail(ctx context.Context, f *Found) error {
	details, err := d.dir.Details(ctx, f.Target)
	if err != nil && dsr.ClassOf(err) != dsr.Permanent {
		return err
	}
	if err != nil {
		f.NoDataPlane = dsr.NewFailure(d.dir.Row(f.Target.Level), f.Target.ID(), "", err)
	}
	f.Target.API, f.Target.AIProject = details.API, details.AIProject
	f.NeverProvisioned = details.NeverProvisioned
	f.Elsewhere.hub, f.Elsewhere.projects = details.Hub, details.Projects

	f.Elsewhere.connected, err = d.dir.Connected(ctx, f.Target)
	if err != nil && dsr.ClassOf(err) != dsr.Permanent {
		return err
	}
	f.Elsewhere.unknown = err != nil

	return nil
}

// registry returns a registry with the address of its data plane, as far as that is
// wanted.
func (d *discovery) registry(ctx context.Context, f Found) ([]Found, error) {
	if f.Failed != nil || !d.wanted.dataPlane[dsr.Registry] {
		return []Found{f}, nil
	}

	api, err := d.dir.RegistryPlane(ctx, f.Target)
	if err != nil && dsr.ClassOf(err) != dsr.Permanent {
		return nil, err
	}
	if err != nil {
		f.NoDataPlane = dsr.NewFailure(d.dir.Row(f.Target.Level), f.Target.ID(), "", err)
	}
	f.Target.API = api

	return []Found{f}, nil
}

// within returns the children of a machine learning workspace at a level.
func (d *discovery) within(ctx context.Context, f Found, level dsr.Level) ([]Found, error) {
	t := f.Target
	if level == dsr.MachineLearningExperiment && f.NeverProvisioned {
		return nil, nil
	}
	if level == dsr.MachineLearningExperiment && f.NoDataPlane != nil {
		t.Level = level
		return []Found{{Target: t, Failed: f.NoDataPlane}}, nil
	}

	names, err := d.dir.Children(ctx, t, level)
	if err != nil && dsr.ClassOf(err) != dsr.Permanent {
		return nil, err
	}
	if err != nil {
		return []Found{d.failedBelow(t, level, err)}, nil
	}

	found := make([]Found, len(names))
	for i, name := range names {
		found[i] = Found{Target: t}
		found[i].Target.Level, found[i].Target.Name = level, name
	}

	return found, nil
}
