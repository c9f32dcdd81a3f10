package verify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"azureml-dsr/internal/dsr"
)

// subNodeAt names the sub-node of an item by its place: pass, page and chunk
// of the task that hands it over, the place of the task's type among those of the
// node, and the item's in its chunk.
func subNodeAt(t dsr.Task, typ, item int) string {
	return fmt.Sprintf("%s~%d%06d%05d%x%03x", t.Node, t.Pass, t.Page, t.Chunk, typ, item)
}

// namesSubNode reports whether a task that hands an item over names the item's
// sub-node so: by its place or, as older attempts do, by a hash.
func namesSubNode(t dsr.Task, types, chunk []string, sub dsr.SubNode) bool {
	if sub.Node == dsr.SubNodeName(t.Node, t.Type, sub.Item) {
		return true
	}
	typ, item := slices.Index(types, t.Type), slices.Index(chunk, sub.Item)
	return typ >= 0 && item >= 0 && sub.Node == subNodeAt(t, typ, item)
}

// handedOver are the sub-nodes that a node's receipts name, by the type of the
// receipts: eight bytes each, for an id is 16 hex digits. Ids that are places come
// in order.
type handedOver struct {
	node string
	ids  [][]uint64 // by place of the type
}

func newHandedOver(node string, types int) *handedOver {
	return &handedOver{node: node, ids: make([][]uint64, types)}
}

// add adds the sub-nodes of a receipt. A name that is none of this node's is left
// out: nothing can be stored there.
func (h *handedOver) add(typ int, subs []dsr.SubNode) {
	for _, sub := range subs {
		if id, ok := subNodeID(h.node, sub.Node); ok {
			h.ids[typ] = append(h.ids[typ], id)
		}
	}
}

// sort brings the ids into the order of names, each once.
func (h *handedOver) sort() {
	for i, ids := range h.ids {
		slices.Sort(ids)
		h.ids[i] = slices.Compact(ids)
	}
}

// take takes the first sub-node by name and the place of its type; false when
// there is none left.
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

// subNodeID returns the 16 digits of the name of a node's sub-node as a number.
func subNodeID(node, sub string) (uint64, bool) {
	digits, ok := strings.CutPrefix(sub, node+"~")
	if _, _, err := dsr.SplitNode(sub); !ok || err != nil {
		return 0, false
	}
	id, err := strconv.ParseUint(digits, 16, 64)
	return id, err == nil
}
