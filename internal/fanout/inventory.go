package fanout

import (
	"context"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// inventory is what was read before anything is deleted.
type inventory struct {
	items  map[string][]counted     // by type and target
	joined map[string]dsr.Ownership // by row and thing, of the rows that others join
	naming []naming                 // documents that name the subject, or may be the subject's
	nodes  []countedNode
}

// naming is a document that names the subject, and the things that it goes with.
type naming struct {
	dsr.Mention
	goesWith []string // by type and thing
	// joins is where another row's document tells more surely whose it is, "" where
	// none does; byName says that only the owner's name speaks for the subject.
	joins  string
	byName bool
}

// counted is a thing that was read, and whose it is by its own document.
type counted struct {
	dsr.Planned
	owner dsr.Ownership
}

type countedNode struct {
	target            string
	counted, matching int64
}

// within counts the documents in a container: those that name the subject, and
// the others.
func (i *inventory) within(container string) (matching, others int64) {
	for _, n := range i.nodes {
		if dsr.InScope(n.target, container) {
			matching, others = matching+n.matching, others+n.counted-n.matching
		}
	}
	return matching, others
}

// owner tells whose a thing is. Where another row has a document of the same thing
// that says it by id, that document's word counts.
func (i *inventory) owner(row DeletionType, target string, c counted) dsr.Ownership {
	if row.Joins == "" {
		return c.owner
	}
	if own, found := i.joined[row.Joins+" "+thing(target, c.Item)]; found {
		return own
	}
	return c.owner
}

// thing names what several rows have a document of: by its id in its workspace. A
// version is named by its container and itself, between which planes write
// different signs.
func thing(target, item string) string {
	return strings.ToLower(dsr.SpaceOf(target)) + " " + strings.Replace(item, "/", ":", 1)
}

// readInventory reads the receipts of what was read first, and the entries of their
// parts as far as they are needed.
func (c *Closer) readInventory(ctx context.Context, reading dsr.Plan, what string) (*inventory, error) {
	a := dsr.Attempt{RequestID: reading.RequestID, Number: reading.Attempt}
	out := &inventory{items: map[string][]counted{}, joined: map[string]dsr.Ownership{}, nodes: make([]countedNode, len(reading.Nodes))}
	for r, err := range c.Ledger.Receipts(ctx, a, implied(ctx, c.Ledger, reading)) {
		if err != nil {
			return out, err
		}
		number, _, err := dsr.SplitNode(r.Task.Node)
		if err != nil {
			return out, err
		}
		n := reading.Nodes[number-1]
		node := &out.nodes[number-1]
		node.target = n.Target
		node.counted, node.matching = node.counted+r.Receipt.Counted, node.matching+r.Receipt.Matching
		if what != dsr.WhatSubject && !c.plansBy(r.Task.Type) {
			continue
		}
		for _, part := range r.Receipt.Parts {
			for e, err := range c.Ledger.Entries(ctx, a, part) {
				if err != nil {
					return out, err
				}
				if e.Inventory != nil || e.SubjectMatches > 0 && c.ListOnly(e.Endpoint) {
					c.count(out, n.Target, r.Task.Type, e, what)
				}
			}
		}
	}
	return out, nil
}

// plansBy tells whether the documents of a type say what is deleted, or whose it is.
func (c *Closer) plansBy(typ string) bool {
	return slices.ContainsFunc(c.Deletions, func(row DeletionType) bool { return row.Type == typ || row.JoinedType == typ })
}

// count adds one document to the inventory.
func (c *Closer) count(i *inventory, target, typ string, e dsr.Entry, what string) {
	var own dsr.Ownership
	if e.Inventory != nil {
		own = e.Inventory.Owner
	}
	row := c.deletionRow(typ)
	if row.ID != "" && e.Endpoint == row.Reads && e.Inventory != nil {
		key := nodeKey(typ, target)
		i.items[key] = append(i.items[key], counted{dsr.Planned{Item: e.Item, CreatedAt: e.Inventory.CreatedAt}, own})
	}
	m := naming{Mention: dsr.Mention{Endpoint: e.Endpoint, Target: target, Item: e.Item, URL: e.URL}, goesWith: []string{typ + " " + thing(target, e.Item)}}
	// The first generation's document of what the second has one of, too.
	m.goesWith = append(m.goesWith, "ml-"+typ+" "+thing(target, e.Item))
	level := levelOf(target)
	first, _, _ := strings.Cut(e.Item, "/")
	for _, row := range c.Deletions {
		if row.Joins == e.Endpoint {
			i.joined[row.Joins+" "+thing(target, e.Item)] = own
			m.goesWith = append(m.goesWith, row.Type+" "+thing(target, e.Item))
		}
		if row.Level == level && level == dsr.MachineLearningExperiment && row.ItemsOf == "" {
			m.goesWith = append(m.goesWith, row.Type+" "+thing(target, first)) // what a run has goes with it
		}
	}
	if what == dsr.WhatSubject && (e.SubjectMatches > 0 || own != dsr.OwnerUnknown) {
		if own == dsr.OwnerPossible {
			m.Owner = own
		}
		if row.Joins != "" && e.Endpoint == row.Reads {
			m.joins = row.Joins + " " + thing(target, e.Item)
		}
		m.byName = e.SubjectMatches == 0
		i.naming = append(i.naming, m)
	}
}

func levelOf(target string) dsr.Level {
	t, err := dsr.ParseTarget(target, "")
	if err != nil {
		return dsr.LevelNone
	}
	return t.Level
}
