package fanout

import (
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// deletedBy returns the rows by which a request deletes: one for the subject's own
// leaves alone what cannot be one person's.
func deletedBy(r dsr.Request, rows []dsr.DeletionType) []dsr.DeletionType {
	if r.What != dsr.WhatSubject {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(row dsr.DeletionType) bool { return !row.Personal })
}

// inventoried returns the request whose reading shows what deletions would take
// along: all that is in a container that is to be deleted, and what tells whose a
// thing is.
func inventoried(r dsr.Request, types []ResourceType, rows []dsr.DeletionType) dsr.Request {
	if len(r.ResourceTypes) == 0 {
		return r
	}

	wanted := slices.Clone(r.ResourceTypes)
	for _, row := range rows {
		if !r.Wants(row.Type) {
			continue
		}

		for _, t := range types {
			shows := (row.Container && inside(t.Level, row.Level)) || t.Name == row.JoinedType || t.Name == row.ItemsOf
			if shows && !slices.Contains(wanted, t.Name) {
				wanted = append(wanted, t.Name)
			}
		}
	}

	r.ResourceTypes = wanted

	return r
}

// inside reports whether what lives at a level is in a container of another.
func inside(level, container dsr.Level) bool {
	switch container {
	case dsr.ExperimentationAccount, dsr.Workspace:
		return level >= container && level <= dsr.Project
	case dsr.MachineLearningWorkspace:
		return level == container || level == dsr.MachineLearningExperiment || level == dsr.FeatureSet
	default:
		return level == container
	}
}

// BuildDeletion makes the plan of a request that deletes: first what is read,
// then what is deleted, each node after those that it depends on. rows are in the
// order of their dependencies.
func BuildDeletion(r dsr.Request, attempt int, found []Found, types []ResourceType, rows []dsr.DeletionType, now time.Time) dsr.Plan {
	rows = deletedBy(r, rows)
	readable := types
	if r.Kind == dsr.KindDelete {
		readable = deletable(r, types, rows)
	}

	p := Build(inventoried(r, readable, rows), attempt, found, readable, now)
	if r.Kind == dsr.KindExportThenDelete && len(p.Nodes) > 0 {
		n := p.Nodes[0]
		p.Nodes = append(p.Nodes, dsr.Node{
			Number:    len(p.Nodes) + 1,
			Type:      dsr.ReadBack,
			Followers: []string{},
			Target:    n.Target,
			Location:  n.Location,
			API:       n.API,
		})
	}

	addDeletions(&p, r, found, rows)

	if r.EraseExports && len(p.Nodes) > 0 {
		last := p.Nodes[len(p.Nodes)-1]
		n := dsr.Node{
			Number:    last.Number + 1,
			Type:      dsr.EraseExports,
			Followers: []string{},
			Target:    last.Target,
			Location:  last.Location,
			API:       last.API,
		}
		for before := range last.Number {
			if p.Nodes[before].Deletes() {
				n.After.Append(before + 1)
			}
		}
		p.Nodes = append(p.Nodes, n)
	}

	for _, t := range types {
		if r.Wants(t.Name) && !slices.ContainsFunc(deletable(r, types, rows), func(d ResourceType) bool { return d.Name == t.Name }) {
			p.NotCovered = append(p.NotCovered, dsr.NotCovered{What: t.Name, Why: "notDeletable"})
		}
	}

	return p
}

// deletable returns the types that rows delete, one by one or with a container. Where
// only the subject's own is deleted all else is read too: what mentions the subject
// is for a person to decide on.
func deletable(r dsr.Request, types []ResourceType, rows []dsr.DeletionType) []ResourceType {
	return slices.DeleteFunc(slices.Clone(types), func(t ResourceType) bool {
		if r.What == dsr.WhatSubject {
			return !inside(t.Level, dsr.MachineLearningWorkspace)
		}
		return !slices.ContainsFunc(rows, func(row dsr.DeletionType) bool {
			return row.Type == t.Name || (row.Container && inside(t.Level, row.Level))
		})
	})
}
