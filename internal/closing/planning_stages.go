package closing

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

const (
	// maxPlanPart is how many bytes of things a part has at most.
	maxPlanPart = 1 << 20
	// maxInline is how many bytes of things stand in the plan itself: stages that do
	// not fit are in parts, however short.
	maxInline = 2 << 20
)

// phases are the passes over the receipts, in their order.
func (p *planning) phases() []phase {
	subject := p.request.What == dsr.WhatSubject
	containers := slices.ContainsFunc(p.progress.Stages, func(d dsr.Deletions) bool { return d.Container })
	joined := func(typ string) bool {
		return slices.ContainsFunc(p.progress.Stages, func(d dsr.Deletions) bool {
			return p.deletionRow(d.Type).JoinedType == typ
		})
	}

	planned := func(typ string) bool {
		return slices.ContainsFunc(p.progress.Stages, func(d dsr.Deletions) bool {
			return cmp.Or(p.deletionRow(d.Type).ItemsOf, d.Type) == typ
		})
	}

	all := func(string) bool { return true }
	return []phase{
		{needed: true, reads: memo(joined), entry: p.ownerOf},
		{needed: true, reads: memo(planned), counts: containers, entry: p.addThing},
		{needed: subject, reads: all, entry: p.mention},
	}
}

// memo remembers the answers of a function that is asked of few things many times.
func memo(f func(string) bool) func(string) bool {
	known := map[string]bool{}
	return func(s string) bool {
		answer, found := known[s]
		if !found {
			answer = f(s)
			known[s] = answer
		}
		return answer
	}
}

// index finds, of the stages, what each is read from and how much of it no part has.
func (p *planning) index() {
	p.sources = map[string][]int{}
	p.sizes = make([]int, len(p.progress.Stages))
	for i, d := range p.progress.Stages {
		key := dsr.NodeKey(cmp.Or(p.deletionRow(d.Type).ItemsOf, d.Type), d.Target)
		p.sources[key] = append(p.sources[key], i)
		for _, item := range d.Items {
			p.sizes[i] += sizeOf(item)
		}
		p.inline += p.sizes[i]
	}
}

func sizeOf(item dsr.Planned) int {
	size := len(item.Item) + len(item.URL) + len(item.CreatedAt) + 48
	for _, id := range item.Under {
		size += len(id) + 16
	}
	return size
}

// thing names what several rows have a document of: by its id in its workspace. A
// version is named by its container and itself, between which planes write
// different signs.
func thing(target, item string) string {
	return strings.ToLower(dsr.SpaceOf(target)) + " " + strings.Replace(item, "/", ":", 1)
}

func ownOf(e dsr.Entry) dsr.Ownership {
	if e.Inventory == nil {
		return dsr.OwnerUnknown
	}
	return e.Inventory.Owner
}

// ownerOf keeps whose a thing is, where other rows join what its document says.
func (p *planning) ownerOf(_ context.Context, n dsr.Node, _ string, e dsr.Entry) error {
	if slices.ContainsFunc(p.Deletions, func(row dsr.DeletionType) bool { return row.Joins == e.Endpoint }) {
		p.owners.add(e.Endpoint+" "+thing(n.Target, e.Item), ownOf(e))
	}
	return nil
}

// addThing adds a document to the stages that delete what it is of, each thing once.
// Whether one is planned is asked of the node's own table, whose keys have the place
// and the type: a name may mean another thing elsewhere. Stages of one source that are
// told by the same row whose a thing is share a key.
func (p *planning) addThing(ctx context.Context, n dsr.Node, typ string, e dsr.Entry) error {
	read := p.deletionRow(typ)
	if read.ID == "" || e.Endpoint != read.Reads || e.Inventory == nil {
		return nil
	}

	if n.Number != p.progress.SeenOf {
		p.seen.reset()
		p.progress.Seen, p.progress.SeenOf = nil, n.Number
	}

	source := dsr.NodeKey(typ, n.Target)
	before, planned := map[string]bool{}, map[string]bool{}
	for _, i := range p.sources[source] {
		key := source + " " + p.deletionRow(p.progress.Stages[i].Type).Joins + " " + e.Item
		if _, asked := before[key]; !asked {
			_, before[key] = p.seen.find(key)
		}

		if before[key] {
			continue // the list has named it twice
		}
		added, err := p.addTo(ctx, i, e)
		if err != nil {
			return err
		}

		planned[key] = planned[key] || added
	}

	for key, added := range planned {
		if added {
			p.seen.add(key, dsr.OwnerUnknown)
		}
	}

	return nil
}

// addTo adds a thing to a stage; false when the stage leaves it alone. Of things that
// may be one person's own, only the subject's are deleted where no more is asked for;
// else those of others are counted.
func (p *planning) addTo(ctx context.Context, i int, e dsr.Entry) (added bool, err error) {
	d := &p.progress.Stages[i]
	row := p.deletionRow(d.Type)
	own := ownOf(e)
	if joined, told := p.joined(row, d.Target, e.Item); told {
		own = joined
	}
	if p.request.What == dsr.WhatSubject && own != dsr.OwnerSubject {
		return false, nil
	}

	node, _ := p.plan.Node(d.Node)
	item := dsr.Planned{Item: e.Item, CreatedAt: e.Inventory.CreatedAt, Under: e.Inventory.Under}

	if row.ItemsOf != "" {
		item.CreatedAt = "" // another document's
	}

	if item.URL, err = p.DeletionURL(row.ID, node, item.Item); err != nil {
		return false, err
	}

	switch {
	case row.Personal && own == dsr.OwnerSubject:
		d.Matching++
	case row.Personal:
		d.Others++
	}

	if p.request.What == dsr.WhatSubject {
		p.things.add(d.Type+" "+thing(d.Target, item.Item), own)
	}

	if size := sizeOf(item); len(d.Items) == deletionPageItems || (len(d.Items) > 0 && p.sizes[i]+size > maxPlanPart) {
		if err := p.cutPart(ctx, i); err != nil {
			return false, err
		}
	}

	d.Items = append(d.Items, item)
	p.sizes[i] += sizeOf(item)
	p.inline += sizeOf(item)

	return true, nil
}

// joined returns whose a thing is where another row has a document of it that says
// it by id.
func (p *planning) joined(row dsr.DeletionType, target, item string) (dsr.Ownership, bool) {
	if row.Joins == "" {
		return dsr.OwnerUnknown, false
	}
	return p.owners.find(row.Joins + " " + thing(target, item))
}

// cutPart records the things of a stage that no part has as its next part.
func (p *planning) cutPart(ctx context.Context, i int) error {
	d := &p.progress.Stages[i]
	ref, err := p.Ledger.RecordPlanPart(ctx, dsr.PlanPart{
		RequestID: p.plan.RequestID,
		Attempt:   p.plan.Attempt,
		Node:      d.Node,
		Page:      len(d.Parts) + 1,
		Items:     d.Items,
	})
	if err != nil {
		return err
	}

	d.Parts, d.Items = append(d.Parts, ref), nil
	p.inline -= p.sizes[i]
	p.sizes[i] = 0

	return nil
}

// closeStages ends the stages whose things a node has named.
func (p *planning) closeStages(ctx context.Context, node int) error {
	n, found := p.plan.Node(node)
	if !found {
		return nil
	}
	for _, typ := range append([]string{n.Type}, n.Followers...) {
		for _, i := range p.sources[dsr.NodeKey(typ, n.Target)] {
			if err := p.cutRest(ctx, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// cutLeftovers ends the stages that a call had to leave between two nodes.
func (p *planning) cutLeftovers(ctx context.Context) error {
	for i := range p.progress.Stages {
		if err := p.cutRest(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// cutRest makes what is left of a long stage its last part, and a part of a short
// one if the plan is full.
func (p *planning) cutRest(ctx context.Context, i int) error {
	d := p.progress.Stages[i]
	if len(d.Items) == 0 || (len(d.Parts) == 0 && p.inline <= maxInline) {
		return nil
	}
	return p.cutPart(ctx, i)
}
