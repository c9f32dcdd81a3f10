package fanout

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
)

// storedPlan is the recorded plan of an attempt.
type storedPlan struct {
	dsr.Plan
	// maybeSent means that another delivery has recorded the plan, and may have sent its
	// tasks.
	maybeSent bool
}

// plan returns the stored plan. If there is none, it makes one and records it.
func (i *Intake) plan(ctx context.Context, a dsr.Attempt, p Parsed) (storedPlan, error) {
	earlier, found, err := i.Ledger.Plan(ctx, a)
	if err != nil {
		return storedPlan{}, err
	}
	if found {
		return storedPlan{Plan: earlier, maybeSent: true}, nil
	}

	made, err := i.newPlan(ctx, a, p)
	if err != nil {
		return storedPlan{}, err
	}
	made, err = i.fit(made)
	if err != nil {
		return storedPlan{}, err
	}
	stored, err := i.Ledger.RecordPlan(ctx, made)
	if err != nil {
		return storedPlan{}, err
	}

	byAnother := !stored.CreatedAt.Equal(made.CreatedAt)

	return storedPlan{Plan: stored, maybeSent: byAnother}, i.Ledger.RemovePlanning(ctx, a)
}

// newPlan plans an attempt. The retry of an export plans what failed before. Every other
// attempt plans what discovery finds.
func (i *Intake) newPlan(ctx context.Context, a dsr.Attempt, p Parsed) (dsr.Plan, error) {
	if a.Number > 1 && p.Kind == dsr.KindExport {
		return i.planRetry(ctx, a, p)
	}

	found, err := i.find(ctx, a, i.searchOf(p.Request))
	if err != nil {
		return dsr.Plan{}, err
	}
	if p.Kind == dsr.KindExport {
		return Build(p.Request, a.Number, found, i.Types, i.Now()), nil
	}

	return BuildDeletion(p.Request, a.Number, found, i.Types, i.Deletions, i.Now()), nil
}

// searchOf returns the search for what a request reads. A request that deletes also reads
// what its deletions take along.
func (i *Intake) searchOf(r dsr.Request) search {
	if r.Kind != dsr.KindExport {
		r = inventoried(r, i.Types, deletedBy(r, i.Deletions))
	}
	return newSearch(r, i.Types)
}

// find returns the targets of an attempt, without those that an earlier attempt has
// deleted.
func (i *Intake) find(ctx context.Context, a dsr.Attempt, s search) ([]Found, error) {
	found, err := discover(ctx, i.Directory, s)
	if err != nil || a.Number == 1 {
		return found, err
	}
	return i.withoutDeleted(ctx, a, found)
}

// firstMessages returns the messages of the plan's first tasks, by queue. It leaves out
// nodes that wait for others: the reconciler sends those when their turn comes.
func (p storedPlan) firstMessages() (map[string][]dsr.Message, error) {
	messages := map[string][]dsr.Message{}
	for _, n := range p.Nodes {
		if n.Waits() && n.Failed == nil {
			continue
		}

		first := p.FirstTask(n)
		m, err := p.message(first)
		if err != nil {
			return nil, err
		}

		queue := dsr.QueueOf(first)
		messages[queue] = append(messages[queue], m)
	}
	return messages, nil
}

// message returns the message of a task, marked as one that was maybe sent before.
func (p storedPlan) message(t dsr.Task) (dsr.Message, error) {
	if p.maybeSent {
		return t.MessageAgain()
	}
	return t.Message(time.Time{})
}
