package fanout

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// retryPageItems is how many items a page of a retried node names.
const retryPageItems = 1000

const defaultChunkItems = 50

// RetryLedger is what the opening of an attempt after the first needs.
type RetryLedger interface {
	Records
	Manifest(ctx context.Context, a dsr.Attempt) (dsr.Manifest, string, bool, error)
	Deletions(ctx context.Context, a dsr.Attempt, m dsr.Manifest) iter.Seq2[dsr.Deletion, error]
	Retry(ctx context.Context, a dsr.Attempt) (dsr.Retry, bool, error)
	AnyRemoved(ctx context.Context, a dsr.Attempt) (bool, error)
	RecordPage(ctx context.Context, t dsr.Task, p dsr.Page) (dsr.Page, dsr.BlobRef, error)
}

// mayRetry tells whether an attempt after the first may be opened: it was
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

// retryPlan is the plan of an attempt after the first in the making: its nodes
// are just what failed before. What follows from records comes first, so that
// two makers number it alike.
type retryPlan struct {
	ledger     RetryLedger
	order      dsr.Retry
	chunkItems int
	now        time.Time
	plan       dsr.Plan
	// absent are the targets that discovery failed on before.
	absent []string
	// known are the nodes, by type and target, that an earlier plan had.
	known map[string]bool
	// rehearses keeps the pages from being recorded: only the plan is looked at.
	rehearses bool
}

// planRetry makes the plan of an attempt after the first. The pages that name
// its failed items are recorded before it, so that a plan has its pages.
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
		now:        i.Now(),
		plan: dsr.Plan{
			SchemaVersion: dsr.SchemaVersion,
			RequestID:     a.RequestID,
			Attempt:       a.Number,
			Kind:          before.Kind,
			CreatedAt:     i.Now(),
			Nodes:         []dsr.Node{},
			NotCovered:    before.NotCovered,
		},
	}
	if types := typesIn(before); types > fitsSurely {
		rehearsal := *r
		rehearsal.rehearses = true
		if err := i.fill(ctx, &rehearsal, a, p); err != nil || checkSize(rehearsal.plan) != nil {
			return rehearsal.plan, err
		}
	}
	err = i.fill(ctx, r, a, p)
	return r.plan, err
}

// fitsSurely is how many types a plan may name in all its nodes so that the plan of
// its retry is not too large: at worst it has a node for each.
const fitsSurely = 5_000

func typesIn(p dsr.Plan) int {
	types := 0
	for _, n := range p.Nodes {
		types += 1 + len(n.Followers)
	}
	return types
}

// fill adds to a plan what failed in the attempt before.
func (i *Intake) fill(ctx context.Context, r *retryPlan, a dsr.Attempt, p Parsed) error {
	r.known = map[string]bool{}
	if err := r.addFailed(ctx, a.Before(), func(string) bool { return true }); err != nil || len(r.absent) == 0 {
		return err
	}
	found, err := discover(ctx, i.Directory, p.Request, i.Types)
	if err == nil {
		r.addFound(p.Request, found, i.Types)
	}
	return err
}

func nodeKey(typ, target string) string { return strings.ToLower(typ + " " + target) }

// addFailed adds what failed in an attempt, of the nodes that are wanted. What
// it had itself left out is looked for in the one before.
func (r *retryPlan) addFailed(ctx context.Context, a dsr.Attempt, wanted func(key string) bool) error {
	plan, found, err := r.ledger.Plan(ctx, a)
	if err == nil && !found {
		err = fmt.Errorf("attempt %d of request %s has no plan", a.Number, a.RequestID)
	}
	if err != nil {
		return err
	}
	older := map[string]bool{}
	for _, n := range plan.Nodes {
		key := nodeKey(n.Type, n.Target)
		switch {
		case n.Failed == nil:
			for _, typ := range append([]string{n.Type}, n.Followers...) {
				r.known[nodeKey(typ, n.Target)] = true
			}
		case !wanted(key):
		case !r.retries(n.Type):
			r.leaveOut(n, n.Type, *n.Failed)
		case n.Failed.Reason == dsr.ReasonNotRetried:
			older[key] = true
		default:
			r.absent = append(r.absent, n.Target)
		}
	}
	err = failedNodes(ctx, r.ledger, plan, func(n failedNode) error { return r.addNode(ctx, n, wanted) })
	if err != nil || len(older) == 0 {
		return err
	}
	return r.addFailed(ctx, a.Before(), func(key string) bool { return older[key] })
}

// retries tells whether a type is asked for.
func (r *retryPlan) retries(typ string) bool {
	return len(r.order.Only) == 0 || slices.Contains(r.order.Only, typ)
}

// addNode adds what is left of one node. Where its list broke off the types are
// walked again together, as far as they are asked for; else each has its items.
func (r *retryPlan) addNode(ctx context.Context, n failedNode, wanted func(string) bool) error {
	var again []string
	for _, typ := range n.typesInOrder() {
		f := n.types[typ]
		switch {
		case !wanted(nodeKey(typ, n.node.Target)):
		case !r.retries(typ):
			r.leaveOut(n.node, typ, n.firstFailure(typ))
		case n.list || f.all:
			again = append(again, typ)
		default:
			if err := r.addItems(ctx, n, typ, f.items); err != nil {
				return err
			}
		}
	}
	if len(again) > 0 {
		r.add(dsr.Node{Type: again[0], Followers: again[1:], Target: n.node.Target, Location: n.node.Location, API: n.node.API})
	}
	return nil
}

// firstFailure gives a failure to name a type's rest by; where the list broke
// off, the list's own.
func (n failedNode) firstFailure(typ string) dsr.Failure {
	if f := n.types[typ]; f != nil {
		return f.first
	}
	return n.types[n.node.Type].first
}

// add gives a node the next number.
func (r *retryPlan) add(n dsr.Node) dsr.Node {
	n.Number = len(r.plan.Nodes) + 1
	if n.Followers == nil {
		n.Followers = []string{}
	}
	r.plan.Nodes = append(r.plan.Nodes, n)
	return n
}

// leaveOut adds a node that only says that something failed before and is not
// asked for: what is not done is never left unsaid.
func (r *retryPlan) leaveOut(n dsr.Node, typ string, f dsr.Failure) {
	f.Target, f.Item, f.Reason = n.Target, "", dsr.ReasonNotRetried
	f.Error = "it failed in an earlier attempt, and this one was ordered for other types"
	r.add(dsr.Node{Type: typ, Target: n.Target, Location: n.Location, API: n.API, Failed: &f})
}

// addItems adds a node for failed items and records its pages.
func (r *retryPlan) addItems(ctx context.Context, n failedNode, typ string, items []string) error {
	node := r.add(dsr.Node{
		Type: typ, Target: n.node.Target, Location: n.node.Location, API: n.node.API,
		Retries: &dsr.NodeRef{Attempt: n.attempt.Number, Node: n.node.Number},
	})
	if r.rehearses {
		return nil
	}
	return recordPages(ctx, r.ledger, r.plan.FirstTask(node), items, retryPageItems, r.chunkItems, r.now)
}

// recorder records pages.
type recorder interface {
	RecordPage(ctx context.Context, t dsr.Task, p dsr.Page) (dsr.Page, dsr.BlobRef, error)
}

// recordPages records the pages of a node whose items are known beforehand.
func recordPages(ctx context.Context, l recorder, t dsr.Task, items []string, perPage, perChunk int, now time.Time) error {
	for rest := items; ; t.Page++ {
		n := min(perPage, len(rest))
		page := dsr.NewPage(t, rest[:n], nil, perChunk)
		page.RecordedAt, rest = now, rest[n:]
		if len(rest) > 0 {
			page.State = dsr.PageNext
		}
		if _, _, err := l.RecordPage(ctx, t, page); err != nil || len(rest) == 0 {
			return err
		}
	}
}

// addFound adds what is there now of the targets that discovery failed on
// before. What an earlier plan had is left to its receipts.
func (r *retryPlan) addFound(request dsr.Request, found []Found, types []ResourceType) {
	for _, f := range found {
		if !slices.ContainsFunc(r.absent, func(target string) bool { return dsr.InScope(f.Target.ID(), target) }) {
			continue
		}
		for _, n := range nodesOf(request, f, types) {
			names := slices.DeleteFunc(append([]string{n.Type}, n.Followers...), func(typ string) bool {
				return r.known[nodeKey(typ, n.Target)]
			})
			if len(names) > 0 {
				n.Type, n.Followers = names[0], names[1:]
				r.add(n)
			}
		}
	}
}
