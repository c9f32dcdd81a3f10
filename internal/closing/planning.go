package closing

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
)

const (
	// planningTime is how long one check works on a deletion plan. The next check continues.
	planningTime = 4 * time.Minute
	// planningSaves is the interval at which the progress is saved.
	planningSaves = 30 * time.Second
)

// planning makes a deletion plan from the receipts of what was read. It goes through the
// receipts once in each phase: who owns the things, which are deleted, which only mention
// the subject. Two concurrent checks record parts under different names, and the plan that
// is recorded first names the parts of its own check.
type planning struct {
	*Reconciler
	plan    dsr.Plan
	request dsr.RequestRecord
	holds   []dsr.Hold

	progress dsr.Planning
	sources  map[string][]int // the stages, by type and target of what they are read from
	sizes    []int            // bytes of the items that are in no part yet, by stage
	inline   int              // their sum
	owners   keyTable
	things   keyTable
	seen     keyTable // what is planned of the node that is being read

	until, saved time.Time
}

// phase is what planning does in one walk through the receipts.
type phase struct {
	needed bool
	// reads reports whether the phase needs the documents of a type. counts makes it
	// count the documents of all types by their receipts.
	reads  func(typ string) bool
	counts bool
	entry  func(ctx context.Context, n dsr.Node, typ string, e dsr.Entry) error
}

// planDeletions continues the deletion plan from the saved progress and returns it when
// it is complete. false means that a later call continues.
func (c *Reconciler) planDeletions(ctx context.Context, plan dsr.Plan, request dsr.RequestRecord) (dsr.DeletionPlan, bool, error) {
	p := &planning{
		Reconciler: c,
		plan:       plan,
		request:    request,
		until:      c.Now().Add(planningTime),
		saved:      c.Now(),
	}
	if err := p.begin(ctx); err != nil {
		return dsr.DeletionPlan{}, false, err
	}

	phases := p.phases()
	for p.progress.Phase < len(phases) {
		current := phases[p.progress.Phase]
		if current.needed {
			if done, err := p.walk(ctx, current); !done || err != nil {
				return dsr.DeletionPlan{}, false, err
			}
		}
		p.progress.Phase++
		p.progress.After = ""
	}

	return p.finish(ctx)
}

func (p *planning) attempt() dsr.Attempt {
	return dsr.Attempt{RequestID: p.plan.RequestID, Number: p.plan.Attempt}
}

// begin loads the progress of an earlier call, or starts from nothing.
func (p *planning) begin(ctx context.Context) error {
	holds, err := p.Ledger.Holds(ctx)
	if err != nil {
		return err
	}

	p.holds = slices.Concat(holds, p.request.Holds())
	found := false
	if p.progress, found, err = p.Ledger.Planning(ctx, p.attempt()); err != nil {
		return err
	}
	if !found {
		p.progress = p.fresh()
	}

	for _, t := range p.tables() {
		t.table.seed = p.progress.Seed
		if err := p.load(ctx, t.table, *t.names); err != nil {
			return err
		}
	}

	p.index()

	return nil
}

// keptTable is a table, and the names in the progress of its stored parts.
type keptTable struct {
	table *keyTable
	names *[]string
}

func (p *planning) tables() []keptTable {
	return []keptTable{
		{&p.owners, &p.progress.Owners},
		{&p.things, &p.progress.Things},
		{&p.seen, &p.progress.Seen},
	}
}

// fresh returns the progress of a plan that has not begun: its stages are empty.
func (p *planning) fresh() dsr.Planning {
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // it never fails
	out := dsr.Planning{
		RequestID: p.plan.RequestID,
		Attempt:   p.plan.Attempt,
		Seed:      seed,
		Counts:    map[int]dsr.ReadCounts{},
	}
	for _, n := range p.plan.Nodes {
		if !n.Deletes() || n.Failed != nil {
			continue
		}

		typ, _ := dsr.Deletes(n.Type)
		row := p.deletionRow(typ)
		out.Stages = append(out.Stages, dsr.Deletions{
			Node:      n.Number,
			Endpoint:  row.ID,
			Type:      typ,
			Target:    n.Target,
			After:     n.After,
			Container: row.Container,
		})
	}

	return out
}

// load reads a table's stored parts. When one is missing it removes the progress, so that
// the next call starts from nothing.
func (p *planning) load(ctx context.Context, table *keyTable, names []string) error {
	for _, name := range names {
		keys, err := p.Ledger.PlanningKeys(ctx, p.attempt(), name)
		if err == nil {
			err = table.load(keys)
		}
		if err != nil {
			return errors.Join(err, p.Ledger.RemovePlanning(ctx, p.attempt()))
		}
	}
	return nil
}

// walk takes the receipts of what was read, from where an earlier call stopped. done is
// false when the time is over.
func (p *planning) walk(ctx context.Context, ph phase) (done bool, err error) {
	node := 0
	for batch, err := range p.batches(ctx, ph) {
		if errors.Is(err, errNotThere) {
			err = errors.Join(err, p.Ledger.RemovePlanning(ctx, p.attempt()))
		}
		if err != nil {
			return false, err
		}

		for _, r := range batch {
			if r.node.Number != node {
				if err := p.closeStages(ctx, node); err != nil {
					return false, err
				}
				node = r.node.Number
			}
			if err := p.take(ctx, ph, r); err != nil {
				return false, err
			}
		}

		now := p.Now()
		if over := !now.Before(p.until); over || now.Sub(p.saved) >= planningSaves {
			if err := p.save(ctx); err != nil || over {
				return false, err
			}
		}
	}
	return true, p.closeStages(ctx, node)
}

// take adds one receipt and its documents.
func (p *planning) take(ctx context.Context, ph phase, r readTask) error {
	if ph.counts && r.receipt.Counted > 0 {
		counts := p.progress.Counts[r.node.Number]
		counts.Counted += r.receipt.Counted
		counts.Matching += r.receipt.Matching
		p.progress.Counts[r.node.Number] = counts
	}

	for _, e := range r.entries {
		if err := ph.entry(ctx, r.node, r.typ, e); err != nil {
			return err
		}
	}

	p.progress.After = r.blob
	return nil
}

// save stores the progress: first the parts of the tables, then the record that names
// them.
func (p *planning) save(ctx context.Context) error {
	for _, t := range p.tables() {
		if len(t.table.pending) == 0 {
			continue
		}
		name, err := p.Ledger.SavePlanningKeys(ctx, p.attempt(), t.table.unsaved())
		if err != nil {
			return err
		}
		*t.names = append(*t.names, name)
	}
	p.saved = p.Now()
	return p.Ledger.SavePlanning(ctx, p.progress)
}

// finish returns the plan, and false when the time is over.
func (p *planning) finish(ctx context.Context) (dsr.DeletionPlan, bool, error) {
	done, err := p.noteHeld(ctx)
	if err == nil && !done {
		err = p.save(ctx) // no receipt is walked again
	}
	if err != nil || !done {
		return dsr.DeletionPlan{}, false, err
	}
	if err := p.cutLeftovers(ctx); err != nil {
		return dsr.DeletionPlan{}, false, err
	}

	for i := range p.progress.Stages {
		d := &p.progress.Stages[i]
		if d.Container {
			d.Matching, d.Others = p.within(d.Target)
		}
		if d.Parts == nil && d.Items == nil {
			d.Items = []dsr.Planned{}
		}
	}

	out := dsr.DeletionPlan{
		RequestID:       p.plan.RequestID,
		Attempt:         p.plan.Attempt,
		CreatedAt:       p.Now().UTC(),
		Stages:          slices.Concat([]dsr.Deletions{}, p.progress.Stages),
		Held:            slices.Concat([]dsr.Held{}, p.progress.Held),
		HeldOmitted:     p.progress.HeldOmitted,
		Mentions:        p.progress.Mentions,
		MentionsOmitted: p.progress.MentionsOmitted,
		DryRun:          p.request.DryRun,
	}

	if out.Locks, err = p.locksOn(ctx, out); err != nil && dsr.ClassOf(err) != dsr.Permanent {
		return dsr.DeletionPlan{}, false, err
	}
	out.Locks = out.Locks[:min(len(out.Locks), maxLocksNamed)]

	if p.request.Subject != nil {
		out.ObjectID = p.request.Subject.ObjectID
	}

	return out, true, nil
}

// within counts the documents in a container that name the subject, and the others.
func (p *planning) within(container string) (matching, others int64) {
	for number, c := range p.progress.Counts {
		if n, _ := p.plan.Node(number); dsr.InScope(n.Target, container) {
			matching, others = matching+c.Matching, others+c.Counted-c.Matching
		}
	}
	return matching, others
}
