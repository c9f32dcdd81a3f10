package operator

import (
	"context"
	"slices"
	"strings"
)

// IDs returns the ids of requests that begin with prefix, in order, the first most of them.
// With open only, they are those of open requests.
func (o *Operator) IDs(ctx context.Context, prefix string, open bool, most int) ([]string, error) {
	ids := map[string]bool{}
	for a, err := range o.ledger.ListOpen(ctx) {
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(a.RequestID, prefix) {
			ids[a.RequestID] = true
		}
	}

	if !open {
		for id, err := range requestIDs(ctx, o.audit.Backend(), prefix, "") {
			if err != nil {
				return nil, err
			}
			if ids[id] = true; len(ids) >= most {
				break
			}
		}
	}

	return firstOf(ids, most), nil
}

// HoldIDs returns the ids of the holds in force that begin with prefix, in order.
func (o *Operator) HoldIDs(ctx context.Context, prefix string, most int) ([]string, error) {
	holds, err := o.Holds(ctx, false)
	if err != nil {
		return nil, err
	}

	ids := map[string]bool{}
	for _, h := range holds {
		if strings.HasPrefix(h.ID, prefix) {
			ids[h.ID] = true
		}
	}
	return firstOf(ids, most), nil
}

// firstOf returns the first names of a set, in order.
func firstOf(set map[string]bool, most int) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names[:min(len(names), most)]
}

// DeadSequences returns the sequences of the dead letters of a queue that begin with prefix,
// in order.
func (o *Operator) DeadSequences(ctx context.Context, queue, prefix string, most int) ([]string, error) {
	if err := CheckDeadQueue(queue); err != nil {
		return nil, err
	}

	found := map[string]bool{}
	for d, err := range o.DeadLetters(ctx, queue) {
		if err == nil && strings.HasPrefix(d.Sequence, prefix) {
			found[d.Sequence] = true
		}
		if len(found) >= most {
			break
		}
	}
	return firstOf(found, most), nil
}
