package fanout

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// retryPageItems is how many items a page of a retried node names.
const retryPageItems = 1000

const defaultChunkItems = 50

// mayRetry reports whether an attempt after the first may be opened: it was
// ordered, the one before is closed, and its documents are still there.
func (i *Intake) mayRetry(ctx context.Context, a dsr.Attempt) error {
	_, ordered, err := i.Ledger.Retry(ctx, a)
	if err != nil {
		return err
	}
	if !ordered {
		return invalid("application property %s: nobody has ordered attempt %d; `dsr retry` does", dsr.PropAttempt, a.Number)
	}
	closed, err := i.Ledger.Closed(ctx, a.Before())
	if err != nil {
		return err
	}
	if !closed {
		return invalid("application property %s: attempt %d is not closed yet", dsr.PropAttempt, a.Number-1)
	}

	removed, err := i.Ledger.AnyRemoved(ctx, a.Before())
	if err != nil {
		return err
	}
	if removed {
		return invalid("application property %s: documents of this request were removed when their retention was over; send it under a new id", dsr.PropAttempt)
	}

	return nil
}

// retryTime is how long one try works on the plan of an attempt after the first; the
// next goes on.
const retryTime = 4 * time.Minute

// retryPlan is the plan of an attempt after the first in the making: its nodes
// are just what failed before. What follows from records comes first, so that
// two makers number it alike.
type retryPlan struct {
	ledger     *ledger.Ledger
	order      dsr.Retry
	chunkItems int
	now        func() time.Time
	until      time.Time
	created    time.Time
	progress   dsr.RetryProgress
	// known are the nodes, by type and target, that an earlier plan had.
	known map[string]bool
	// coarse says that the plan before has more types than a plan has room for nodes:
	// what failed of a node's types is walked again together, in one node.
	coarse bool
}

// planRetry makes the plan of an attempt after the first, or goes on with it. The
// pages that name its failed items are recorded before it, so that a plan has its
// pages.
func (i *Intake) planRetry(ctx context.Context, a dsr.Attempt, p Parsed) (dsr.Plan, error) {
	order, _, err := i.Ledger.Retry(ctx, a)
	if err != nil {
		return dsr.Plan{}, err
	}
	before, _, err := i.Ledger.Plan(ctx, a.Before())
	if err != nil {
		return dsr.Plan{}, err
	}

	r := &retryPlan{
		ledger:     i.Ledger,
		order:      order,
		chunkItems: cmp.Or(i.ChunkItems, defaultChunkItems),
		now:        i.Now,
		created:    i.Now(),
		known:      map[string]bool{},
	}

	r.until = r.created.Add(retryTime)
	r.coarse = typesIn(before) > dsr.MaxNode
	if err := r.addFailed(ctx, a); err != nil {
		return dsr.Plan{}, err
	}

	if len(r.progress.Absent) > 0 {
		found, err := discover(ctx, i.Directory, newSearch(p.Request, i.Types))
		if err != nil {
			return dsr.Plan{}, err
		}
		r.addFound(p.Request, found, i.Types)
	}

	return dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     a.RequestID,
		Attempt:       a.Number,
		Kind:          before.Kind,
		CreatedAt:     r.created,
		Nodes:         slices.Concat([]dsr.Node{}, r.progress.Nodes),
		NotCovered:    before.NotCovered,
		SubNodes:      dsr.SubNodesByPlace,
	}, nil
}

// typesIn counts the types of a plan's nodes: a retry has at most a node for each.
func typesIn(p dsr.Plan) int {
	types := 0
	for _, n := range p.Nodes {
		types += 1 + len(n.Followers)
	}
	return types
}

// addFailed adds what failed in the attempt before one. What that had itself left
// out is looked for in the one before it, and so on.
func (r *retryPlan) addFailed(ctx context.Context, a dsr.Attempt) error {
	progress, found, err := r.ledger.RetryProgress(ctx, a)
	if err != nil {
		return err
	}

	if !found {
		progress = dsr.RetryProgress{RequestID: a.RequestID, Attempt: a.Number, Reads: a.Number - 1}
	}

	r.progress = progress

	wanted := func(string) bool { return true }
	for at := a.Before(); ; at = at.Before() {
		plan, found, err := r.ledger.Plan(ctx, at)
		if err == nil && !found {
			err = fmt.Errorf("attempt %d of request %s has no plan", at.Number, at.RequestID)
		}
		if err != nil {
			return err
		}

		older := r.addPlan(plan, wanted)

		if at.Number == r.progress.Reads {
			if err := r.addNodes(ctx, plan, wanted); err != nil {
				return err
			}
		}

		if len(older) == 0 {
			return nil
		}

		if at.Number == r.progress.Reads {
			r.progress.Reads, r.progress.Begun, r.progress.Node = at.Number-1, false, 0
		}

		wanted = func(key string) bool { return older[key] }
	}
}

// addPlan notes what an earlier plan had, adds what it says itself that failed, and
// returns what it had left out.
func (r *retryPlan) addPlan(plan dsr.Plan, wanted func(key string) bool) (older map[string]bool) {
	adds := plan.Attempt == r.progress.Reads && !r.progress.Begun
	older = map[string]bool{}
	for _, n := range plan.Nodes {
		key := dsr.NodeKey(n.Type, n.Target)
		switch {
		case n.Failed == nil:
			for _, typ := range append([]string{n.Type}, n.Followers...) {
				r.known[dsr.NodeKey(typ, n.Target)] = true
			}

		case !wanted(key):
		case r.retries(n.Type) && n.Failed.Reason == dsr.ReasonNotRetried:
			older[key] = true
		case !adds:
		case !r.retries(n.Type):
			r.leaveOut(n, n.Type, *n.Failed)
		default:
			r.progress.Absent = append(r.progress.Absent, n.Target)
		}
	}

	if adds {
		r.progress.Begun = true
	}

	return older
}

// addNodes adds what the receipts of an attempt say that failed, from the node on
// where an earlier try has stopped.
func (r *retryPlan) addNodes(ctx context.Context, plan dsr.Plan, wanted func(key string) bool) error {
	return failedNodes(ctx, r.ledger, plan, r.progress.Node, func(n failedNode) error {
		if err := r.addNode(ctx, n, wanted); err != nil {
			return err
		}

		r.progress.Node = n.node.Number
		if r.now().Before(r.until) {
			return nil
		}

		if err := r.ledger.SaveRetryProgress(ctx, r.progress); err != nil {
			return err
		}

		return dsr.Errorf(dsr.Unfinished, dsr.ReasonTransient, "what failed before is longer than one invocation can read")
	})
}
