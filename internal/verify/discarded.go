package verify

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
)

// newestAsked caches newest passes: those of all of the plan's nodes, and that of the last
// sub-node. Names come in order, so a sub-node is asked for several times in a row and never
// again.
type newestAsked struct {
	nodes map[string]int
	sub   string
	of    int // newest pass of sub
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

// discarded reports whether a page, receipt or part belongs to a pass that was given up, or
// to a sub-node that only such a pass names. In a canceled attempt it may belong to any task,
// because tasks may store records after the closing.
func (s *orphans) discarded(ctx context.Context, t dsr.Task) (bool, error) {
	number, sub, _ := dsr.SplitNode(t.Node) // can't fail: it was checked
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

// artifact reports whether an artifact that no part names is tolerated.
func (s *orphans) artifact(ctx context.Context, n dsr.Node, folder, run string) (bool, error) {
	if s.v.canceled() || s.v.damaged[folder] {
		return true, nil
	}
	return s.discardedRun(ctx, n, run)
}

// discardedSubNodes are the ids of the sub-nodes that receipts of discarded passes of one
// node name, in order.
type discardedSubNodes struct {
	node int
	ids  []uint64
}

// discardedSubNode reports whether a receipt of a discarded pass names a sub-node.
func (s *orphans) discardedSubNode(ctx context.Context, n dsr.Node, sub string) (bool, error) {
	node := dsr.NodeName(n.Number)
	if s.subs.node != n.Number {
		subs := newHandedOver(node, 1)
		if err := s.collectSubNodes(ctx, node, subs); err != nil {
			return false, err
		}
		s.subs = discardedSubNodes{node: n.Number, ids: subs.ids[0]}
	}

	id, ok := subNodeID(node, sub)
	_, found := slices.BinarySearch(s.subs.ids, id)
	return ok && found, nil
}

func (s *orphans) collectSubNodes(ctx context.Context, node string, subs *handedOver) error {
	newest, err := s.newestOf(ctx, node)
	if err != nil {
		return err
	}

	skip := func(name string) bool {
		t, ok := receiptAt(s.v.attempt, name)
		return !ok || t.Pass >= newest
	}
	for l, err := range list[dsr.Receipt](ctx, s.v, s.v.attempt.Receipts()+node+"/", skip) {
		if err != nil {
			return err
		}
		if l.fault == nil {
			subs.add(0, l.record.value.SubNodes)
		}
	}

	subs.sort()

	return nil
}
