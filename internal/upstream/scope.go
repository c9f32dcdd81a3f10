package upstream

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Scope is what the pipeline must know of a call. It travels in the request's
// context, so that a pager's and a poller's own requests have it too.
type Scope struct {
	// Label names the call in errors.
	Label string
	// Origin is the only origin that may be called with a token, as OriginOf
	// spells it. Calls without a token have none.
	Origin string
	// Quota names whose quota the call spends at its host; case doesn't count.
	Quota string
	// Audience is the scope of the token that is tried first. Where that is
	// refused, the pipeline's own takes its place. Empty is the pipeline's own.
	Audience string
	// Poll marks the requests of azcore's poller.
	Poll bool
	// MaybeSent is set to true when a try may have been carried out although no
	// answer says so. It is nil where nobody asks.
	MaybeSent *bool

	// audienceRefused is set once the call's own audience was refused: the rest of
	// the call uses the pipeline's.
	audienceRefused *bool
}

type scopeKey struct{}

// WithScope returns a context whose requests belong to one call.
func WithScope(ctx context.Context, s Scope) context.Context {
	s.audienceRefused = new(bool)
	return context.WithValue(ctx, scopeKey{}, s)
}

func scopeOf(ctx context.Context) Scope {
	s, _ := ctx.Value(scopeKey{}).(Scope)
	return s
}

// quota is what a request spends, and the host where it does.
type quota struct{ host, owner string }

func quotaOf(req *policy.Request) quota {
	return quota{
		host:  req.Raw().URL.Host,
		owner: strings.ToLower(scopeOf(req.Raw().Context()).Quota),
	}
}
