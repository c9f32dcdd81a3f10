package fanout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// retryPageItems bounds the items on a page of a retried node.
const retryPageItems = 1000

// retryPlan makes the plan of an attempt after the first. Its nodes are what failed
// before. Nodes that follow from records come before those that discovery finds, so that
// two deliveries number them alike.
type retryPlan struct {
	ledger     *ledger.Ledger
	order      dsr.Retry
	chunkItems int
	now        func() time.Time
	until      time.Time
	created    time.Time
	progress   dsr.RetryProgress
	// known are the nodes of earlier plans, by type and target.
	known map[string]bool
	// coarse means that the plan before has more types than a plan can have nodes. What
	// failed of a node's types is then walked again together, in one node.
	coarse bool
}

// addFailed adds what failed in the attempt before a. What that attempt has itself left
// out is looked up in the one before it, and so on.
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

		leftOut := r.addPlan(plan, wanted)
		if at.Number == r.progress.Reads {
			if err := r.addNodes(ctx, plan, wanted); err != nil {
				return err
			}
		}

		if len(leftOut) == 0 {
			return nil
		}

		if at.Number == r.progress.Reads {
			r.progress.Reads, r.progress.Begun, r.progress.Node = at.Number-1, false, 0
		}

		wanted = func(key string) bool { return leftOut[key] }
	}
}

// addPlan notes the nodes of an earlier plan and adds those that failed in the plan
// itself. It returns the keys of nodes that the plan left out, because a still earlier
// attempt has to be looked at for them.
func (r *retryPlan) addPlan(plan dsr.Plan, wanted func(key string) bool) (leftOut map[string]bool) {
	adds := plan.Attempt == r.progress.Reads && !r.progress.Begun // else they are added already
	leftOut = map[string]bool{}
	for _, n := range plan.Nodes {
		key := dsr.NodeKey(n.Type, n.Target)
		switch {
		case n.Failed == nil:
			for _, typ := range append([]string{n.Type}, n.Followers...) {
				r.known[dsr.NodeKey(typ, n.Target)] = true
			}

		case !wanted(key):
		case r.retries(n.Type) && n.Failed.Reason == dsr.ReasonNotRetried:
			leftOut[key] = true
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

	return leftOut
}

// addNodes adds what failed by the receipts of an attempt, from the node on where an
// earlier delivery has stopped. When time runs out it saves the progress and returns an
// error of class Unfinished.
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

// retries reports whether the retry was ordered for a type.
func (r *retryPlan) retries(typ string) bool {
	return len(r.order.Only) == 0 || slices.Contains(r.order.Only, typ)
}

// addNode adds what is left to do of one node. Types of which all is walked again share a
// node. Every other type has a node of its own, with its failed items.
func (r *retryPlan) addNode(ctx context.Context, n failedNode, wanted func(string) bool) error {
	var again []string
	for _, typ := range n.typesInOrder() {
		f := n.types[typ]
		switch {
		case !wanted(dsr.NodeKey(typ, n.node.Target)):
		case !r.retries(typ):
			r.leaveOut(n.node, typ, n.firstFailure(typ))
		case n.broken || f.all || r.coarse:
			again = append(again, typ)
		default:
			if err := r.addItems(ctx, n, typ, f.items); err != nil {
				return err
			}
		}
	}

	if len(again) > 0 {
		r.add(dsr.Node{
			Type:      again[0],
			Followers: again[1:],
			Target:    n.node.Target,
			Location:  n.node.Location,
			API:       n.node.API,
			AIProject: n.node.AIProject,
		})
	}

	return nil
}

// firstFailure returns the failure that a type is reported by. Where the type has none of
// its own, it is that of the list that broke off.
func (n failedNode) firstFailure(typ string) dsr.Failure {
	if f := n.types[typ]; f != nil {
		return f.first
	}
	return n.types[n.node.Type].first
}

// add numbers a node, adds it and returns it.
func (r *retryPlan) add(n dsr.Node) dsr.Node {
	n.Number = len(r.progress.Nodes) + 1
	if n.Followers == nil {
		n.Followers = []string{}
	}
	r.progress.Nodes = append(r.progress.Nodes, n)
	return n
}

// leaveOut adds a failed node for what failed before and was not ordered, so that the
// manifest names it as not done.
func (r *retryPlan) leaveOut(n dsr.Node, typ string, f dsr.Failure) {
	f.Target, f.Item, f.Reason = n.Target, "", dsr.ReasonNotRetried
	f.Error = "it failed in an earlier attempt, and this one was ordered for other types"
	r.add(dsr.Node{
		Type:      typ,
		Target:    n.Target,
		Location:  n.Location,
		API:       n.API,
		AIProject: n.AIProject,
		Failed:    &f,
	})
}

// addItems adds a node for the failed items of a type, and records its pages.
func (r *retryPlan) addItems(ctx context.Context, n failedNode, typ string, items []string) error {
	node := r.add(dsr.Node{
		Type:      typ,
		Target:    n.node.Target,
		Location:  n.node.Location,
		API:       n.node.API,
		AIProject: n.node.AIProject,
		Retries:   &dsr.NodeRef{Attempt: n.attempt.Number, Node: n.node.Number},
	})
	first := dsr.Plan{RequestID: r.progress.RequestID, Attempt: r.progress.Attempt}.FirstTask(node)
	return ledger.RecordPages(ctx, r.ledger, first, items, retryPageItems, r.chunkItems, r.created)
}

// addFound adds what is found now of the targets that discovery failed on before. It
// leaves out nodes of earlier plans, whose receipts report what failed.
func (r *retryPlan) addFound(request dsr.Request, found []Found, types []ResourceType) {
	for _, f := range found {
		if !slices.ContainsFunc(r.progress.Absent, func(target string) bool { return dsr.InScope(f.Target.ID(), target) }) {
			continue
		}

		for _, n := range nodesOf(request, f, types) {
			names := slices.DeleteFunc(append([]string{n.Type}, n.Followers...), func(typ string) bool {
				return r.known[dsr.NodeKey(typ, n.Target)]
			})
			if len(names) > 0 {
				n.Type, n.Followers = names[0], names[1:]
				r.add(n)
			}
		}
	}
}
