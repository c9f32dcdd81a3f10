package verify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"azureml-dsr/internal/dsr"
)

// subNodeAt returns the name of an item's sub-node by place. The place is the pass, page and
// chunk of the task that hands the item over, the index of the task's type among those of the
// node, and the index of the item in its chunk.
func subNodeAt(t dsr.Task, typ, item int) string {
	return fmt.Sprintf("%s~%d%06d%05d%x%03x", t.Node, t.Pass, t.Page, t.Chunk, typ, item)
}

// namesSubNode reports whether a task that hands an item over names the item's sub-node in
// this way. The name follows from the item's place or, in older attempts, from a hash.
func namesSubNode(t dsr.Task, types, chunk []string, sub dsr.SubNode) bool {
	if sub.Node == dsr.SubNodeName(t.Node, t.Type, sub.Item) {
		return true
	}
	typ, item := slices.Index(types, t.Type), slices.Index(chunk, sub.Item)
	return typ >= 0 && item >= 0 && sub.Node == subNodeAt(t, typ, item)
}

// handedOver are the sub-nodes that a node's receipts name, by the type of the receipts. Each
// takes eight bytes, because an id is 16 hex digits.
type handedOver struct {
	node string
	ids  [][]uint64 // by index of the type
}

func newHandedOver(node string, types int) *handedOver {
	return &handedOver{node: node, ids: make([][]uint64, types)}
}

// add adds the sub-nodes of a receipt. It leaves out names that are not of this node, because
// nothing can be stored under them.
func (h *handedOver) add(typ int, subs []dsr.SubNode) {
	for _, sub := range subs {
		if id, ok := subNodeID(h.node, sub.Node); ok {
			h.ids[typ] = append(h.ids[typ], id)
		}
	}
}

// sort sorts the ids, which is the order of names, and removes duplicates.
func (h *handedOver) sort() {
	for i, ids := range h.ids {
		slices.Sort(ids)
		h.ids[i] = slices.Compact(ids)
	}
}

// take takes the first sub-node by name, and returns the index of its type; false if none is
// left.
func (h *handedOver) take() (name string, typ int, ok bool) {
	for i, ids := range h.ids {
		if len(ids) > 0 && (!ok || ids[0] < h.ids[typ][0]) {
			typ, ok = i, true
		}
	}
	if !ok {
		return "", 0, false
	}

	id := h.ids[typ][0]
	h.ids[typ] = h.ids[typ][1:]
	return fmt.Sprintf("%s~%016x", h.node, id), typ, true
}

// subNodeID returns the id in the name of a node's sub-node, its 16 hex digits, as a number.
func subNodeID(node, sub string) (uint64, bool) {
	digits, ok := strings.CutPrefix(sub, node+"~")
	if _, _, err := dsr.SplitNode(sub); !ok || err != nil {
		return 0, false
	}
	id, err := strconv.ParseUint(digits, 16, 64)
	return id, err == nil
}
