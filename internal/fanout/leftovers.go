package fanout

import (
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// maxFailedItems bounds the failed items of one type of a node that are retried one by
// one. Beyond it the node's list is walked again.
const maxFailedItems = 10_000

// failedNode is what is left to do of one node of an attempt.
type failedNode struct {
	attempt  dsr.Attempt
	node     dsr.Node
	subNodes string // how the plan names sub-nodes
	broken   bool   // the list broke off, so the items that are missing are unknown
	types    map[string]*leftovers
}

// leftovers are what is left to do of one type of a node.
type leftovers struct {
	first dsr.Failure     // for the report, where the type is not retried
	items []string        // in the order of the list
	seen  map[string]bool // of items
	all   bool            // the items are unknown or too many, so all are retried
}

// read adds the failures of a task.
func (n *failedNode) read(task failedTask) {
	t, receipt := task.task, task.receipt
	f := n.of(t.Type, receipt.Failures[0])
	if t.IsSubNode() {
		// A sub-node is a list of its own, so its item is read again with all of that
		// list.
		for _, failure := range receipt.Failures {
			f.add(ownerOf(task, n.subNodes, failure.Item))
		}
		return
	}
	if !task.found || !task.page.State.Works() {
		n.broken = true
		return
	}

	items := task.page.Chunk(t.Chunk)
	if len(receipt.Parts) == 0 { // the task was given up as a whole
		for _, item := range items {
			f.add(item)
		}
		return
	}

	for _, failure := range receipt.Failures {
		f.add(itemOf(items, failure.Item))
	}
}

// walked reports whether all of a type is walked again, whatever else failed of it.
func (n *failedNode) walked(typ string) bool {
	f := n.types[typ]
	return f != nil && (f.all || n.broken)
}

// of returns what is left to do of a type. It begins with a first failure where there is
// nothing yet.
func (n *failedNode) of(typ string, first dsr.Failure) *leftovers {
	f, ok := n.types[typ]
	if !ok {
		f = &leftovers{first: first, seen: map[string]bool{}}
		n.types[typ] = f
	}
	return f
}

// add adds an item. An empty one is unknown, so all are retried.
func (f *leftovers) add(item string) {
	if f.all || f.seen[item] {
		return
	}
	if item == "" || len(f.items) == maxFailedItems {
		f.all, f.items, f.seen = true, nil, nil
		return
	}
	f.seen[item] = true
	f.items = append(f.items, item)
}

// itemOf returns the item of a chunk that a failure is about: the item itself, or the one
// whose own list has the failed entry. It returns "" for neither.
func itemOf(items []string, failed string) string {
	if slices.Contains(items, failed) {
		return failed
	}

	longest := "" // an item's name may begin with another's
	for _, item := range items {
		if strings.HasPrefix(failed, item+"/") && len(item) > len(longest) {
			longest = item
		}
	}

	return longest
}

// ownerOf returns the item whose own list a sub-node is, or "" where it is unknown. A
// name by place is the item's position in the page of the task that handed the list over.
// Behind a name that is a hash, the failure names the item or an entry of its list.
func ownerOf(task failedTask, named, failed string) string {
	t := task.task
	node, id, _ := strings.Cut(t.Node, "~")
	if at, index, ok := dsr.ParseSubNode(id); ok && named == dsr.SubNodesByPlace {
		if items := task.page.Chunk(at.Chunk); index < len(items) {
			return items[index]
		}
		return ""
	}

	for end := len(failed); end > 0; end = strings.LastIndexByte(failed[:end], '/') {
		if dsr.SubNodeName(node, t.Type, failed[:end]) == t.Node {
			return failed[:end]
		}
	}

	return ""
}

// typesInOrder returns the types of a node that have failed, or all of them where its list
// broke off.
func (n failedNode) typesInOrder() []string {
	types := append([]string{n.node.Type}, n.node.Followers...)
	return slices.DeleteFunc(types, func(t string) bool { return !n.broken && n.types[t] == nil })
}
