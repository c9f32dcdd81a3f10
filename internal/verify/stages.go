package verify

import (
	"fmt"
	"slices"

	"azureml-dsr/internal/dsr"
)

// stagePage is the number of things on a page of a stage without parts.
const stagePage = 1000

// planned is what a deletion plan names, by page of the nodes that delete.
type planned struct {
	things *nameSet
	pages  map[int]int       // number of pages, by node
	counts map[planPlace]int // number of distinct things
	// unread are the parts that can't be relied on, so that their things are not known.
	unread map[planPlace]bool
}

// planPlace is a place where a plan names things.
type planPlace struct{ node, page int }

func newPlanned() *planned {
	return &planned{
		things: newNameSet(),
		pages:  map[int]int{},
		counts: map[planPlace]int{},
		unread: map[planPlace]bool{},
	}
}

func (p planPlace) thing(item string) string { return fmt.Sprintf("%d/%d/%s", p.node, p.page, item) }

// addItems adds the things of a stage without parts. A stage without things has one page
// without items.
func (p *planned) addItems(node int, things []dsr.Planned) {
	for page := 1; len(things) > 0 || page == 1; page++ {
		n := min(stagePage, len(things))
		p.addPage(planPlace{node, page}, things[:n], true)
		things = things[n:]
	}
}

// addPage adds the things of a page. known is false if they can't be relied on.
func (p *planned) addPage(at planPlace, things []dsr.Planned, known bool) {
	p.pages[at.node] = max(p.pages[at.node], at.page)
	p.unread[at] = !known

	distinct := make(map[string]bool, len(things))
	for _, t := range things {
		distinct[t.Item] = true
		p.things.add(at.thing(t.Item))
	}
	p.counts[at] = len(distinct)
}

// mayName reports whether the plan may name an item for a page of a node. It may if that is
// not known.
func (p *planned) mayName(at planPlace, item string) bool {
	return p.unread[at] || p.things.has(at.thing(item))
}

// mayBe reports whether the items of a page may be those that the plan names for it, each
// once. They may if that is not known.
func (p *planned) mayBe(at planPlace, items []string) bool {
	if p.unread[at] {
		return true
	}
	distinct := make(map[string]bool, len(items))
	for _, item := range items {
		distinct[item] = true
		if !p.mayName(at, item) {
			return false
		}
	}
	return len(distinct) == len(items) && len(items) == p.counts[at]
}

// checkStages checks the stages against the nodes of the plan. Each node that deletes
// has one stage, and there are no others. A dry run has stages without nodes.
func (v *verifier) checkStages(name string) {
	if v.plan == nil || v.request == nil || v.request.DryRun {
		return
	}

	for _, n := range v.plan.Nodes {
		if _, has := v.planned.pages[n.Number]; n.Deletes() && n.Failed == nil && !has {
			v.fault(FaultInconsistent, name, "it has no stage of node %d", n.Number)
		}
	}

	for node := range v.planned.pages {
		if n, ok := v.plan.Node(node); !ok || !n.Deletes() {
			v.fault(FaultInconsistent, name, "it has a stage of node %d, which does not delete", node)
		}
	}
}

// checkStagePage checks a page of a node that deletes against the page of the deletion
// plan. A page that failed has no items to check.
func (v *verifier) checkStagePage(p dsr.Page, at dsr.Task) {
	number, _, _ := dsr.SplitNode(at.Node) // can't fail: the name of a page record has a node in it
	n, _ := v.plan.Node(number)
	if !n.Deletes() || !hasWork(p) {
		return
	}
	if v.manifest.DeletionPlan == nil {
		v.fault(FaultInconsistent, at.PageBlob(), "its node deletes, and the manifest names no deletion plan")
		return
	}
	if v.planned == nil { // the plan can't be read, and the fault is noted
		return
	}

	pages := v.planned.pages[number]
	if (p.Number == pages) != (p.State == dsr.PageLast) || p.Number > pages {
		v.fault(FaultInconsistent, at.PageBlob(), "the deletion plan has %d pages of its node", pages)
	}
	if p.Number <= pages && !v.planned.mayBe(planPlace{number, p.Number}, p.Items) {
		v.fault(FaultInconsistent, at.PageBlob(), "its items are not those that the deletion plan names for it")
	}
}

// checkProofs checks that a task that deletes, and has a part, has the proof of what became of
// each thing of its chunk.
func (c *receiptCheck) checkProofs() {
	if c.node == nil || !c.node.Deletes() || c.page == nil || len(c.receipt.Parts) == 0 {
		return
	}
	for _, item := range chunkOf(c.page.value, c.task.Chunk) {
		if !slices.ContainsFunc(c.receipt.Deletions, func(d dsr.DeletionProof) bool { return d.Item == item }) {
			c.v.fault(FaultInconsistent, c.name, "it does not tell what became of a thing of its chunk")
			return
		}
	}
}
