package verify

import (
	"slices"

	"azureml-dsr/internal/dsr"
)

// Types that read nothing of the items that their lists name: the answers are all
// there is, and the parts are empty. The second are such of sub-nodes, whose lists
// are an item's own.
var (
	listsOnly       = []string{"run-metrics", "notifications", "ml-datasets", "ml-data-containers", "ml-indexes", "ml-prompts", "ml-registry-templates"}
	listsOnlyOfItem = []string{"ml-run-artifacts", "ml-run-spans", "ml-data-container-versions", "ml-agent-messages", "ml-agent-vector-store-files"}
)

// chunkItems holds the entries of a task's own part against the items of its chunk.
type chunkItems struct {
	had      map[string]bool // by item, whether it has an entry
	lengths  []int           // that items have, ascending, each once
	subNode  bool            // items are entries of an item whose name comes first
	nameless bool            // an entry without an item is of the only one
	mayLack  bool            // a part without any entry is right
	entries  bool
	stray    bool // an entry is of none of them
}

// itemsOf returns what a part's entries are held against; nil where the part is not the
// task's own, or where its entries are not of items.
func (c *receiptCheck) itemsOf(part dsr.PartRef) *chunkItems {
	if c.node == nil || c.page == nil || c.v.attempt.Prefix()+part.Name != c.task.PartBlob(c.target) {
		return nil
	}
	// What is read back is named by the blobs that changed, and what is erased not at all.
	if c.node.Type == dsr.ReadBack || c.node.Type == dsr.EraseExports {
		return nil
	}
	page := c.page.value
	if page.State != dsr.PageNext && page.State != dsr.PageLast {
		return nil
	}

	chunk, none := chunkOf(page, c.task.Chunk), listsOnly
	if c.task.IsSubNode() {
		none = listsOnlyOfItem
	}

	k := &chunkItems{
		had:      make(map[string]bool, len(chunk)),
		subNode:  c.task.IsSubNode(),
		nameless: page.Answer == nil && len(chunk) == 1 && !c.node.Deletes(),
		mayLack:  slices.Contains(none, c.task.Type),
	}
	for _, item := range chunk {
		k.had[item] = false
		k.lengths = append(k.lengths, len(item))
	}

	slices.Sort(k.lengths)
	k.lengths = slices.Compact(k.lengths)

	return k
}

// add notes whose the entry of an item is. An item's name may have slashes, so that an
// entry may be of several: it counts for each.
func (k *chunkItems) add(of string) {
	if k == nil {
		return
	}

	k.entries = true
	found := false
	note := func(item string) {
		if _, ok := k.had[item]; ok {
			k.had[item], found = true, true
		}
	}
	for _, n := range k.lengths {
		switch {
		case n > len(of):
		case n == len(of):
			note(of)
		case k.subNode:
			if first := len(of) - n; of[first-1] == '/' {
				note(of[first:])
			}

		case of[n] == '/':
			note(of[:n])
		}
	}

	if of == "" && k.nameless {
		for item := range k.had {
			note(item)
		}
	}

	k.stray = k.stray || !found
}

// lacks reports whether an item has no entry.
func (k *chunkItems) lacks() bool {
	if !k.entries && k.mayLack {
		return false
	}
	for _, had := range k.had {
		if !had {
			return true
		}
	}
	return false
}

// checkItems faults a part, which was read to its end, that is not of its chunk's items.
func (c *receiptCheck) checkItems(part dsr.PartRef, k *chunkItems) {
	if k == nil {
		return
	}
	name := c.v.attempt.Prefix() + part.Name
	if k.stray {
		c.v.fault(FaultInconsistent, name, "it has an entry that is of no item of its chunk")
	}
	if k.lacks() {
		c.v.fault(FaultInconsistent, name, "it has no entry of an item of its chunk")
	}
}
