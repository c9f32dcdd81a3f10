package fanout

import (
	"context"
	"slices"
	"strings"
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

// withoutDeleted leaves out the targets that are not there because an earlier
// attempt has deleted them: what is left is planned again, to be approved again.
func (i *Intake) withoutDeleted(ctx context.Context, a dsr.Attempt, found []Found) ([]Found, error) {
	absent := map[string]bool{} // true: it was deleted
	for _, f := range found {
		if f.Failed != nil && f.Failed.Reason == dsr.ReasonTargetNotFound {
			absent[strings.ToLower(f.Target.ID())] = false
		}
	}

	if len(absent) == 0 {
		return found, nil
	}

	for before := a.Before(); before.Number > 0; before = before.Before() {
		plan, _, err := i.Ledger.Plan(ctx, before)
		if err != nil {
			return nil, err
		}

		for _, n := range plan.Nodes {
			target := strings.ToLower(n.Target)
			if done, asked := absent[target]; !asked || done || !i.deletesContainer(n) {
				continue
			}
			if absent[target], err = i.hasDeleted(ctx, plan.FirstTask(n)); err != nil {
				return nil, err
			}
		}
	}

	return slices.DeleteFunc(found, func(f Found) bool { return f.Failed != nil && absent[strings.ToLower(f.Target.ID())] }), nil
}

// deletesContainer reports whether a node deletes its target as a whole, by its only
// task.
func (i *Intake) deletesContainer(n dsr.Node) bool {
	typ, deletes := dsr.Deletes(n.Type)
	return deletes && slices.ContainsFunc(i.Deletions, func(row dsr.DeletionType) bool { return row.Type == typ && row.Container })
}

// hasDeleted reports whether the receipt of a task proves that what it was to delete
// is gone.
func (i *Intake) hasDeleted(ctx context.Context, t dsr.Task) (bool, error) {
	receipt, _, err := i.Ledger.Receipt(ctx, t)
	return slices.ContainsFunc(receipt.Deletions, func(d dsr.DeletionProof) bool {
		return d.Outcome == dsr.OutcomeDeleted || d.Outcome == dsr.OutcomeAlreadyGone
	}), err
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

// addDeletions adds the nodes that delete, in the order of their dependencies:
// rows are in that order, and what is in a container goes before it.
func addDeletions(p *dsr.Plan, r dsr.Request, found []Found, rows []dsr.DeletionType) {
	placed := deletionsByPlace{}
	for _, row := range rows {
		for _, f := range found {
			if f.Failed != nil || !deletes(r, f.Target, row) {
				continue
			}

			n := dsr.NodeAt(dsr.DeleteType(row.Type), f.Target)
			n.Number, n.After = len(p.Nodes)+1, placed.before(f.Target, row)

			if !confirmed(r, f.Target.Space().ID()) {
				n.Failed = &dsr.Failure{
					Endpoint: row.ID,
					Target:   n.Target,
					Reason:   dsr.ReasonConfirmationMissing,
					Error:    "nothing is deleted: add the target's ARM id to /confirm and send the request under a new id",
				}
			}

			p.Nodes = append(p.Nodes, n)
			placed.add(n, row.Type)
		}
	}
}

// place is where nodes delete: an ARM id in lower case, and a type, "" for any.
type place struct{ id, typ string }

// deletionsByPlace keeps the nodes that delete by each place that they are in.
type deletionsByPlace map[place]dsr.NodeSet

// add enters a node, whose number is higher than that of any before.
func (d deletionsByPlace) add(n dsr.Node, typ string) {
	id := strings.ToLower(strings.Trim(n.Target, "/"))
	for end := len(id); end > 0; end = strings.LastIndexByte(id[:end], '/') {
		for _, at := range []place{{id[:end], ""}, {id[:end], typ}} {
			nodes := d[at]
			nodes.Append(n.Number)
			d[at] = nodes
		}
	}
}

// before returns the nodes that a row's node in a target waits for: those of the
// types that it names in the same place, else all that delete in the target.
func (d deletionsByPlace) before(target dsr.Target, row dsr.DeletionType) dsr.NodeSet {
	if row.After == nil {
		return d.in(target, "")
	}
	sets := make([]dsr.NodeSet, 0, len(row.After))
	for _, typ := range row.After {
		sets = append(sets, d.in(target.Space(), typ))
	}
	return dsr.Union(sets...)
}

func (d deletionsByPlace) in(target dsr.Target, typ string) dsr.NodeSet {
	return slices.Clone(d[place{strings.ToLower(strings.Trim(target.ID(), "/")), typ}])
}
