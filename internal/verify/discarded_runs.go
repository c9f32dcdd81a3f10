package verify

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// discardedRuns are the runs of one node that may have artifacts that nothing names. They are
// the runs of discarded passes and of tasks that failed, and those whose own lists have a
// failed task or a pass that was given up. runs has them as segments of blob names.
type discardedRuns struct {
	node int
	runs *nameSet
}

func (l *discardedRuns) add(items ...string) {
	for _, item := range items {
		l.runs.add(dsr.EncodeSegment(item))
	}
}

// discardedRun reports whether a run may have artifacts that nothing names.
func (s *orphans) discardedRun(ctx context.Context, n dsr.Node, run string) (bool, error) {
	if s.runs.node != n.Number {
		s.runs = discardedRuns{node: n.Number, runs: newNameSet()}
		if err := s.collectRuns(ctx, dsr.NodeName(n.Number)); err != nil {
			return false, err
		}
	}
	return s.runs.runs.has(run), nil
}

func (s *orphans) collectRuns(ctx context.Context, node string) error {
	newest, err := s.newestOf(ctx, node)
	if err != nil {
		return err
	}
	if err := s.discardedPages(ctx, node, newest); err != nil {
		return err
	}

	broken, err := s.brokenSubNodes(ctx, node)
	if err != nil {
		return err
	}

	return s.brokenTasks(ctx, node, broken)
}

// discardedPages adds the items of the pages of discarded passes.
func (s *orphans) discardedPages(ctx context.Context, node string, newest int) error {
	skip := func(name string) bool {
		at, ok := pageAt(s.v.attempt, name)
		return !ok || at.Pass >= newest
	}
	for l, err := range list[dsr.Page](ctx, s.v, s.v.attempt.Pages()+node+"/", skip) {
		if err != nil {
			return err
		}
		if l.fault == nil {
			s.runs.add(l.record.value.Items...)
		}
	}
	return nil
}

// brokenSubNodes returns the sub-nodes of artifacts that have a task that failed, or a pass
// that was given up.
func (s *orphans) brokenSubNodes(ctx context.Context, node string) (*nameSet, error) {
	broken := newNameSet()
	for l, err := range list[dsr.Receipt](ctx, s.v, s.v.attempt.Receipts()+node+"~", s.notOfArtifacts) {
		if err != nil {
			return nil, err
		}

		t, _ := receiptAt(s.v.attempt, l.name)
		newest, err := s.newestOf(ctx, t.Node)
		if err != nil {
			return nil, err
		}

		if newest > t.Pass || l.fault != nil || l.record.value.Outcome != dsr.Succeeded {
			broken.add(t.Node)
		}
	}
	return broken, nil
}

// brokenTasks adds the runs of the node's own tasks that failed, and those whose
// sub-nodes are broken.
func (s *orphans) brokenTasks(ctx context.Context, node string, broken *nameSet) error {
	for l, err := range list[dsr.Receipt](ctx, s.v, s.v.attempt.Receipts()+node+"/", s.notOfArtifacts) {
		if err != nil {
			return err
		}

		t, _ := receiptAt(s.v.attempt, l.name)

		if l.fault == nil {
			for _, sub := range l.record.value.SubNodes {
				if broken.has(sub.Node) {
					s.runs.add(sub.Item)
				}
			}
		}

		if l.fault != nil || l.record.value.Outcome != dsr.Succeeded {
			if err := s.addChunk(ctx, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// addChunk adds the items of a task.
func (s *orphans) addChunk(ctx context.Context, t dsr.Task) error {
	page, err := s.v.readPage(ctx, t)
	if err == nil && page != nil && t.Chunk < page.Chunks {
		s.runs.add(chunkOf(*page, t.Chunk)...)
	}
	return err
}

// notOfArtifacts reports whether a name is not that of a receipt of artifacts.
func (s *orphans) notOfArtifacts(name string) bool {
	t, ok := receiptAt(s.v.attempt, name)
	return !ok || t.Type != artifactType
}
