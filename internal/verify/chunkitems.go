package verify

import (
	"slices"

	"azureml-dsr/internal/dsr"
)

// Types that read nothing of the items that their lists name, so that their own parts are
// empty. The second are those of sub-nodes, whose lists are an item's own.
var (
	listsOnly       = []string{"run-metrics", "notifications", "ml-datasets", "ml-data-containers", "ml-indexes", "ml-prompts", "ml-registry-templates"}
	listsOnlyOfItem = []string{"ml-run-artifacts", "ml-run-spans", "ml-data-container-versions", "ml-agent-messages", "ml-agent-vector-store-files"}
)

// chunkItems checks the entries of a task's own part against the items of its chunk.
type chunkItems struct {
	had      map[string]bool // by item: it has an entry
	lengths  []int           // lengths of the items' names, ascending, each once
	subNode  bool            // the chunk is a sub-node's: an entry's name begins with its item's
	nameless bool            // an entry without a name belongs to the only item
	mayLack  bool            // the part may have no entries at all
	entries  bool            // there is an entry
	unknown  bool            // an entry belongs to no item
}

// itemsOf returns the check of a part's entries; nil if the part is not the task's own, or
// its entries don't belong to items.
func (c *receiptCheck) itemsOf(part dsr.PartRef) *chunkItems {
	if c.node == nil || c.page == nil || c.v.attempt.Prefix()+part.Name != c.task.PartBlob(c.target) {
		return nil
	}
	// Entries of a read back are named by the changed blobs, those of an erasure not at all.
	if c.node.Type == dsr.ReadBack || c.node.Type == dsr.EraseExports {
		return nil
	}
	page := c.page.value
	if !hasWork(page) {
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

// add adds an entry by its name. Because names of items may have slashes, an entry may
// belong to several items; it counts for each.
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

	k.unknown = k.unknown || !found
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

// checkItems notes the faults of a part that was read to its end.
func (c *receiptCheck) checkItems(part dsr.PartRef, k *chunkItems) {
	if k == nil {
		return
	}
	name := c.v.attempt.Prefix() + part.Name
	if k.unknown {
		c.v.fault(FaultInconsistent, name, "it has an entry that is of no item of its chunk")
	}
	if k.lacks() {
		c.v.fault(FaultInconsistent, name, "it has no entry of an item of its chunk")
	}
}
