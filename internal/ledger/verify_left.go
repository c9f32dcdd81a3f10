package ledger

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// leftBehind is what the failed tasks and abandoned generations of one node may
// have left.
type leftBehind struct {
	node int
	subs map[string]bool // sub-nodes that only abandoned receipts name
	runs map[string]bool // runs, as segments of names, whose artifacts nobody may name
}

// abandoned tells whether a page, receipt or part is of a generation that was
// given up, or of a sub-node that only such a one names. After a canceled
// attempt was closed any task may have left its records.
func (s *strays) abandoned(ctx context.Context, t dsr.Task) (bool, error) {
	number, sub, _ := dsr.SplitNode(t.Node) // it was checked
	n, ok := s.v.plan.Node(number)
	if !ok || s.v.canceled() {
		return ok, nil
	}
	newest, err := s.newestOf(ctx, t.Node)
	if err != nil || t.Generation < newest {
		return err == nil, err
	}
	if sub == "" {
		return false, nil
	}
	err = s.collect(ctx, n)
	return s.left.subs[t.Node], err
}

// artifact judges bytes that no part names.
func (s *strays) artifact(ctx context.Context, n dsr.Node, folder, run string) (bool, error) {
	if s.v.canceled() || s.v.lost[folder] {
		return true, nil
	}
	err := s.collect(ctx, n)
	return s.left.runs[run], err
}

// newestOf gives the newest generation of a node or sub-node.
func (s *strays) newestOf(ctx context.Context, node string) (int, error) {
	if newest, ok := s.newest[node]; ok {
		return newest, nil
	}
	newest := 1
	for l, err := range list[dsr.Page](ctx, s.v, s.v.attempt.Pages()+node+"/", s.notPage) {
		if err != nil {
			return 0, err
		}
		if l.fault == nil && l.record.value.State == dsr.PageContinues {
			newest = max(newest, l.record.value.Generation+1)
		}
	}
	s.newest[node] = newest
	return newest, nil
}

func (s *strays) notPage(name string) bool {
	_, ok := pageAt(s.v.attempt, name)
	return !ok
}

func (s *strays) notReceipt(name string) bool {
	_, ok := receiptAt(s.v.attempt, name)
	return !ok
}

// collect reads a node's records for what they left behind.
func (s *strays) collect(ctx context.Context, n dsr.Node) error {
	if s.left.node == n.Number {
		return nil
	}
	s.left = leftBehind{node: n.Number, subs: map[string]bool{}, runs: map[string]bool{}}
	node := dsr.NodeName(n.Number)
	newest, err := s.newestOf(ctx, node)
	if err != nil {
		return err
	}
	for l, err := range list[dsr.Page](ctx, s.v, s.v.attempt.Pages()+node+"/", s.notPage) {
		if err != nil {
			return err
		}
		if l.fault == nil && l.record.value.Generation < newest {
			s.left.add(l.record.value.Items...)
		}
	}
	items := map[string]string{} // of sub-nodes
	counted := map[string]bool{} // sub-nodes that receipts name which count
	for l, err := range list[dsr.Receipt](ctx, s.v, s.v.attempt.Receipts()+node+"/", s.notReceipt) {
		if err == nil {
			err = s.collectReceipt(ctx, l)
		}
		if err != nil {
			return err
		}
		if l.fault != nil {
			continue
		}
		for _, sub := range l.record.value.SubNodes {
			items[sub.Node] = sub.Item
			counted[sub.Node] = counted[sub.Node] || l.record.value.Generation >= newest
			s.left.subs[sub.Node] = !counted[sub.Node]
		}
	}
	return s.collectSubNodes(ctx, node, items)
}

// collectReceipt adds the runs of a task that failed.
func (s *strays) collectReceipt(ctx context.Context, l listed[dsr.Receipt]) error {
	t, _ := receiptAt(s.v.attempt, l.name)
	if t.Type != artifactType || (l.fault == nil && l.record.value.Outcome == dsr.Succeeded) {
		return nil
	}
	page, fault, err := fetch[dsr.Page](ctx, s.v, t.PageBlob())
	if err == nil && fault == nil && wellCut(page.value) && t.Chunk < page.value.Chunks {
		s.left.add(page.value.Chunk(t.Chunk)...)
	}
	return err
}

// collectSubNodes adds the runs whose own lists were given up in part.
func (s *strays) collectSubNodes(ctx context.Context, node string, items map[string]string) error {
	for l, err := range list[dsr.Receipt](ctx, s.v, s.v.attempt.Receipts()+node+"~", s.notReceipt) {
		if err != nil {
			return err
		}
		t, _ := receiptAt(s.v.attempt, l.name)
		newest, err := s.newestOf(ctx, t.Node)
		if err != nil {
			return err
		}
		if newest > t.Generation || l.fault != nil || l.record.value.Outcome != dsr.Succeeded {
			s.left.add(items[t.Node])
		}
	}
	return nil
}

func (l *leftBehind) add(items ...string) {
	for _, item := range items {
		l.runs[dsr.EncodeSegment(item)] = true
	}
}
