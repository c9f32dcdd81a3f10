package verify

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
)

// newestAsked keeps the newest passes that were asked for: those of the plan's
// nodes, and of sub-nodes the last one's. Names come in order, so it is asked for
// again at once or never.
type newestAsked struct {
	nodes map[string]int
	sub   string
	of    int // the sub-node
}

// newestOf returns the newest pass of a node or sub-node.
func (s *orphans) newestOf(ctx context.Context, node string) (int, error) {
	n := &s.newest
	if n.sub == node {
		return n.of, nil
	}
	if newest, ok := n.nodes[node]; ok {
		return newest, nil
	}

	newest, err := s.v.newestOf(ctx, node)
	switch {
	case err != nil:
		return 0, err
	case planNode(node) != node:
		n.sub, n.of = node, newest
	case n.nodes == nil:
		n.nodes = map[string]int{node: newest}
	default:
		n.nodes[node] = newest
	}

	return newest, nil
}

// discarded reports whether a page, receipt or part is of a pass that was
// given up, or of a sub-node that only such a one names. After a canceled attempt
// was closed any task may have left its records.
func (s *orphans) discarded(ctx context.Context, t dsr.Task) (bool, error) {
	number, sub, _ := dsr.SplitNode(t.Node) // it was checked
	n, ok := s.v.plan.Node(number)
	if !ok || s.v.canceled() {
		return ok, nil
	}

	newest, err := s.newestOf(ctx, t.Node)
	if err != nil || t.Pass < newest {
		return err == nil, err
	}
	if sub == "" || s.v.named.has(countedSubNode(s.v.attempt, t.Node)) {
		return false, nil
	}

	return s.discardedSubNode(ctx, n, t.Node)
}

// artifact judges bytes that no part names.
func (s *orphans) artifact(ctx context.Context, n dsr.Node, folder, run string) (bool, error) {
	if s.v.canceled() || s.v.lost[folder] {
		return true, nil
	}
	return s.discardedRun(ctx, n, run)
}

// discardedSubNodes are the sub-nodes that receipts of discarded passes of one node
// name, in order.
type discardedSubNodes struct {
	node int
	ids  []uint64
}

// discardedSubNode reports whether a receipt of a discarded pass names a sub-node.
func (s *orphans) discardedSubNode(ctx context.Context, n dsr.Node, sub string) (bool, error) {
	node := dsr.NodeName(n.Number)
	if s.subs.node != n.Number {
		left := newHandedOver(node, 1)
		if err := s.collectSubNodes(ctx, node, left); err != nil {
			return false, err
		}
		s.subs = discardedSubNodes{node: n.Number, ids: left.ids[0]}
	}

	id, ok := subNodeID(node, sub)
	_, found := slices.BinarySearch(s.subs.ids, id)
	return ok && found, nil
}

func (s *orphans) collectSubNodes(ctx context.Context, node string, left *handedOver) error {
	newest, err := s.newestOf(ctx, node)
	if err != nil {
		return err
	}

	notLeft := func(name string) bool {
		t, ok := receiptAt(s.v.attempt, name)
		return !ok || t.Pass >= newest
	}
	for l, err := range list[dsr.Receipt](ctx, s.v, s.v.attempt.Receipts()+node+"/", notLeft) {
		if err != nil {
			return err
		}
		if l.fault == nil {
			left.add(0, l.record.value.SubNodes)
		}
	}

	left.sort()

	return nil
}
