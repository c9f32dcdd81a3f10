package fanout

import (
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

// deletedBy returns the rows by which a request deletes. A request for the subject's own
// leaves out the types that cannot belong to one person.
func deletedBy(r dsr.Request, rows []dsr.DeletionType) []dsr.DeletionType {
	if r.What != dsr.WhatSubject {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(row dsr.DeletionType) bool { return !row.Personal })
}

// inventoried returns a request that also reads what its deletions take along: all that is
// in a container to be deleted, and the documents that name the owners of things.
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

// inside reports whether things at a level are in a container at another level.
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

// BuildDeletion returns the plan of a request that deletes. Nodes that read come first,
// then nodes that delete, each after those that it depends on. rows must be in the order
// of their dependencies.
func BuildDeletion(r dsr.Request, attempt int, found []Found, types []ResourceType, rows []dsr.DeletionType, now time.Time) dsr.Plan {
	rows = deletedBy(r, rows)
	readable := types
	if r.Kind == dsr.KindDelete {
		readable = deletable(r, types, rows)
	}

	p := Build(inventoried(r, readable, rows), attempt, found, readable, now)
	if r.Kind == dsr.KindExportThenDelete {
		addReadBack(&p)
	}
	addDeletions(&p, r, found, rows)
	if r.EraseExports {
		addEraseExports(&p)
	}

	p.NotCovered = append(p.NotCovered, notDeletable(r, types, rows)...)

	return p
}

// addReadBack adds the node that reads the exported documents back before anything is
// deleted.
func addReadBack(p *dsr.Plan) {
	if len(p.Nodes) > 0 {
		p.Nodes = append(p.Nodes, nodeAtPlaceOf(p.Nodes[0], len(p.Nodes)+1, dsr.ReadBack))
	}
}

// addEraseExports adds the node that removes the documents of earlier exports, after
// everything else is deleted.
func addEraseExports(p *dsr.Plan) {
	if len(p.Nodes) == 0 {
		return
	}

	last := p.Nodes[len(p.Nodes)-1]
	n := nodeAtPlaceOf(last, last.Number+1, dsr.EraseExports)
	for _, before := range p.Nodes {
		if before.Deletes() {
			n.After.Append(before.Number)
		}
	}
	p.Nodes = append(p.Nodes, n)
}

// nodeAtPlaceOf returns a node for work that is about no target. It is at the place of
// another node, because every node has one.
func nodeAtPlaceOf(other dsr.Node, number int, typ string) dsr.Node {
	return dsr.Node{
		Number:    number,
		Type:      typ,
		Followers: []string{},
		Target:    other.Target,
		Location:  other.Location,
		API:       other.API,
		AIProject: other.AIProject,
	}
}

// notDeletable names the wanted types that no row deletes.
func notDeletable(r dsr.Request, types []ResourceType, rows []dsr.DeletionType) []dsr.NotCovered {
	var out []dsr.NotCovered
	covered := deletable(r, types, rows)
	for _, t := range types {
		isCovered := slices.ContainsFunc(covered, func(d ResourceType) bool { return d.Name == t.Name })
		if r.Wants(t.Name) && !isCovered {
			out = append(out, dsr.NotCovered{What: t.Name, Why: "notDeletable"})
		}
	}
	return out
}

// deletable returns the types to be read for a deletion: those that rows delete, one by
// one or with their container. A request for the subject's own reads every type of a
// machine learning workspace, because a person decides on what only mentions the subject.
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
