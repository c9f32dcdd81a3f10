package azureml

import "context"

// callScope is what the policies know of a call. It travels in the context, so
// that a pager's and a poller's own requests have it too.
type callScope struct {
	origin       string // the only origin that may be called
	subscription string // whose quota the call spends
	operation    string // the row whose operation is asked after; empty for other calls
	dataPlane    bool   // whether the data plane's own audience is asked for first
	// otherAudience is set once the data plane has refused a token of its own
	// audience: the rest of the call uses ARM's.
	otherAudience *bool
	doubt         *bool // set by a try that may have been carried out unseen; nil: nobody asks
}

type scopeKey struct{}

func withScope(ctx context.Context, s callScope) context.Context {
	return context.WithValue(ctx, scopeKey{}, s)
}

func scopeOf(ctx context.Context) callScope {
	s, _ := ctx.Value(scopeKey{}).(callScope)
	return s
}
