package queue

import (
	"cmp"
	"slices"
)

// bySequence is a heap (container/heap) of active messages, oldest first.
type bySequence []*item

func (h bySequence) Len() int           { return len(h) }
func (h bySequence) Less(i, j int) bool { return h[i].seq < h[j].seq }
func (h bySequence) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = int32(i), int32(j)
}

// Push adds an item at the end.
func (h *bySequence) Push(x any) {
	it := x.(*item)
	it.place = int32(len(*h))
	*h = append(*h, it)
}

// Pop removes the last item.
func (h *bySequence) Pop() any {
	old := *h
	it := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return it
}

// byDue is a heap (container/heap) of messages by when they change by
// themselves; of those due at once, the older is first.
type byDue []*item

func (h byDue) Len() int { return len(h) }
func (h byDue) Less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].seq < h[j].seq
}
func (h byDue) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].event, h[j].event = int32(i), int32(j)
}

// Push adds an item at the end.
func (h *byDue) Push(x any) {
	it := x.(*item)
	it.event = int32(len(*h))
	*h = append(*h, it)
}

// Pop removes the last item.
func (h *byDue) Pop() any {
	old := *h
	it := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return it
}

// ordered holds all messages by sequence number, for browsing. Numbers grow, so
// adding is appending, but for a dead-letter queue. Removing only marks; when
// half are marked they are swept out, so both cost O(1) on average.
type ordered struct {
	items []*item
	gone  int
}

func (o *ordered) find(seq int64) int {
	i, _ := slices.BinarySearchFunc(o.items, seq, func(it *item, seq int64) int { return cmp.Compare(it.seq, seq) })
	return i
}

func (o *ordered) insert(it *item) {
	if n := len(o.items); n == 0 || o.items[n-1].seq < it.seq {
		o.items = append(o.items, it)
		return
	}
	o.items = slices.Insert(o.items, o.find(it.seq), it)
}

func (o *ordered) remove(it *item) {
	it.gone = true
	o.gone++
	if o.gone > 32 && o.gone > len(o.items)/2 {
		o.items = slices.DeleteFunc(o.items, func(it *item) bool { return it.gone })
		o.gone = 0
	}
}

// get returns the message with a sequence number, or nil.
func (o *ordered) get(seq int64) *item {
	for i := o.find(seq); i < len(o.items) && o.items[i].seq == seq; i++ {
		if !o.items[i].gone {
			return o.items[i]
		}
	}
	return nil
}
