package fanout

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// retries reports whether a type is asked for.
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
		case !wanted(dsr.NodeKey(typ, n.node.Target)):
		case !r.retries(typ):
			r.leaveOut(n.node, typ, n.firstFailure(typ))
		case n.list || f.all || r.coarse:
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
		})
	}

	return nil
}

// firstFailure returns a failure to name a type's rest by; where the list broke
// off, the list's own.
func (n failedNode) firstFailure(typ string) dsr.Failure {
	if f := n.types[typ]; f != nil {
		return f.first
	}
	return n.types[n.node.Type].first
}

// add returns a node the next number.
func (r *retryPlan) add(n dsr.Node) dsr.Node {
	n.Number = len(r.progress.Nodes) + 1
	if n.Followers == nil {
		n.Followers = []string{}
	}
	r.progress.Nodes = append(r.progress.Nodes, n)
	return n
}

// leaveOut adds a node that only says that something failed before and is not
// asked for: what is not done is never left unsaid.
func (r *retryPlan) leaveOut(n dsr.Node, typ string, f dsr.Failure) {
	f.Target, f.Item, f.Reason = n.Target, "", dsr.ReasonNotRetried
	f.Error = "it failed in an earlier attempt, and this one was ordered for other types"
	r.add(dsr.Node{
		Type:     typ,
		Target:   n.Target,
		Location: n.Location,
		API:      n.API,
		Failed:   &f,
	})
}

// addItems adds a node for failed items and records its pages.
func (r *retryPlan) addItems(ctx context.Context, n failedNode, typ string, items []string) error {
	node := r.add(dsr.Node{
		Type:     typ,
		Target:   n.node.Target,
		Location: n.node.Location,
		API:      n.node.API,
		Retries:  &dsr.NodeRef{Attempt: n.attempt.Number, Node: n.node.Number},
	})
	first := dsr.Plan{RequestID: r.progress.RequestID, Attempt: r.progress.Attempt}.FirstTask(node)
	return ledger.RecordPages(ctx, r.ledger, first, items, retryPageItems, r.chunkItems, r.created)
}

// addFound adds what is there now of the targets that discovery failed on
// before. What an earlier plan had is left to its receipts.
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
