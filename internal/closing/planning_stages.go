package closing

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// phases returns the phases in their order.
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

// memo caches the answers of f.
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

// index computes from the stages what each is read from, and how much of it is in no
// part yet.
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

// thing returns one key for a thing that several rows have a document of: its workspace
// and its id. The control plane writes a version as name/version and the data plane as
// name:version.
func thing(target, item string) string {
	return strings.ToLower(dsr.SpaceOf(target)) + " " + strings.Replace(item, "/", ":", 1)
}

func ownOf(e dsr.Entry) dsr.Ownership {
	if e.Inventory == nil {
		return dsr.OwnerUnknown
	}
	return e.Inventory.Owner
}

// ownerOf notes who owns a thing, where other rows join this row's documents.
func (p *planning) ownerOf(_ context.Context, n dsr.Node, _ string, e dsr.Entry) error {
	if slices.ContainsFunc(p.Deletions, func(row dsr.DeletionType) bool { return row.Joins == e.Endpoint }) {
		p.owners.add(e.Endpoint+" "+thing(n.Target, e.Item), ownOf(e))
	}
	return nil
}

// addThing adds a document's thing to the stages that delete it, each thing once. The
// node's own table knows what is planned already. Its keys have the place and the type,
// because the same name may mean another thing elsewhere. Stages of one source that join
// the same row share a key.
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
			continue // the list names it a second time
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

// addTo adds a thing to a stage. added is false when the stage does not delete it: a
// request for the subject's own leaves alone what is not surely the subject's. Other
// requests delete that too; where things may be one person's own, the stage counts those
// of others.
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
		item.CreatedAt = "" // it is the time of another document
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

// joined returns who owns a thing by the document of the row that this row joins, which
// names the owner by id. It returns false where there is none.
func (p *planning) joined(row dsr.DeletionType, target, item string) (dsr.Ownership, bool) {
	if row.Joins == "" {
		return dsr.OwnerUnknown, false
	}
	return p.owners.find(row.Joins + " " + thing(target, item))
}
