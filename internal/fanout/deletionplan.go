package fanout

import (
	"cmp"
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
)

// planDeletions makes the list of what is to be deleted, in order, from what was
// read.
func (c *Closer) planDeletions(ctx context.Context, plan dsr.Plan, request dsr.RequestRecord) (dsr.DeletionPlan, error) {
	inventory, err := c.readInventory(ctx, plan.Reading(), request.What)
	if err != nil {
		return dsr.DeletionPlan{}, err
	}
	holds, err := c.Ledger.Holds(ctx)
	if err != nil {
		return dsr.DeletionPlan{}, err
	}
	holds = append(holds, request.Holds()...)
	out := dsr.DeletionPlan{
		RequestID: plan.RequestID, Attempt: plan.Attempt, CreatedAt: c.Now().UTC(), DryRun: request.DryRun,
		Stages: []dsr.Deletions{}, Held: []dsr.Held{},
	}
	if request.Subject != nil {
		out.ObjectID = request.Subject.ObjectID
	}
	for _, n := range plan.Nodes {
		if !n.Deletes() || n.Failed != nil {
			continue
		}
		d, err := c.stage(request.What, n, inventory)
		if err != nil {
			return dsr.DeletionPlan{}, err
		}
		held, err := c.held(ctx, plan, holds, d)
		if err != nil {
			return dsr.DeletionPlan{}, err
		}
		out.Stages, out.Held = append(out.Stages, d), append(out.Held, held...)
	}
	if request.What == dsr.WhatSubject {
		inventory.mention(&out)
	}
	return out, nil
}

// stage gives what one node deletes. Of things that may be one person's own, only
// the subject's where no more is asked for; else those of others are counted.
func (c *Closer) stage(what string, n dsr.Node, inventory *inventory) (dsr.Deletions, error) {
	typ, _ := dsr.Deletes(n.Type)
	row := c.deletionRow(typ)
	d := dsr.Deletions{Node: n.Number, Endpoint: row.ID, Type: typ, Target: n.Target, After: n.After, Container: row.Container}
	if row.Container {
		d.Matching, d.Others = inventory.within(n.Target)
	}
	for _, item := range inventory.items[nodeKey(cmp.Or(row.ItemsOf, typ), n.Target)] {
		own := inventory.owner(row, n.Target, item) == dsr.OwnerSubject
		if what == dsr.WhatSubject && !own {
			continue
		}
		if row.Personal && own {
			d.Matching++
		} else if row.Personal {
			d.Others++
		}
		if row.ItemsOf != "" {
			item.CreatedAt = "" // another document's
		}
		var err error
		if item.URL, err = c.DeletionURL(row.ID, n, item.Item); err != nil {
			return d, err
		}
		d.Items = append(d.Items, item.Planned)
	}
	return d, nil
}

// held gives what holds keep of a node.
func (c *Closer) held(ctx context.Context, plan dsr.Plan, holds []dsr.Hold, d dsr.Deletions) ([]dsr.Held, error) {
	var out []dsr.Held
	for _, item := range d.Items {
		id := item.Item
		if d.Container {
			id = ""
		}
		h, kept, err := dsr.KeepsItem(holds, c.Now(), d.Target, id, c.deletionRow(d.Type).Inner, func(target string, ids []string) (map[string][]string, error) {
			return c.Ledger.Places(ctx, plan, target, ids)
		})
		if err != nil {
			return nil, err
		}
		if kept {
			out = append(out, dsr.Held{Endpoint: d.Endpoint, Target: d.Target, Item: id, Hold: h.ID, Reason: h.Reason})
		}
	}
	return out, nil
}

// mention adds what a person decides on: documents that name the subject, or may
// be the subject's, and do not go with what is deleted.
func (i *inventory) mention(plan *dsr.DeletionPlan) {
	planned := map[string]bool{}
	for _, d := range plan.Stages {
		for _, item := range d.Items {
			planned[d.Type+" "+thing(d.Target, item.Item)] = true
		}
	}
	for _, m := range i.naming {
		if own, told := i.joined[m.joins]; told && own != dsr.OwnerSubject {
			if m.Owner = own; m.byName && own == dsr.OwnerUnknown {
				continue // it is a namesake's
			}
		}
		switch {
		case slices.ContainsFunc(m.goesWith, func(key string) bool { return planned[key] }):
		case len(plan.Mentions) == dsr.MaxMentions:
			plan.MentionsOmitted++
		default:
			plan.Mentions = append(plan.Mentions, m.Mention)
		}
	}
}
