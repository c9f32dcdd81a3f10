package upstream

import (
	"net/http"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// bearerPolicy sets the token of the call's audience. An origin that refuses that one
// and accepts the pipeline's own gets the pipeline's own from then on.
type bearerPolicy struct {
	opts     Options
	own      policy.Policy
	others   sync.Map // policy.Policy by audience
	takesOwn sync.Map // the origins that get the pipeline's own
}

func newBearerPolicy(opts Options) *bearerPolicy {
	p := &bearerPolicy{opts: opts}
	p.own = p.tokenOf(opts.Audience)
	return p
}

func (p *bearerPolicy) Do(req *policy.Request) (*http.Response, error) {
	s := scopeOf(req.Raw().Context())
	if s.Audience == "" || s.Audience == p.opts.Audience {
		return p.own.Do(req)
	}

	_, takesOwn := p.takesOwn.Load(s.Origin)
	if !takesOwn && !*s.audienceRefused {
		return p.other(s.Audience).Do(req)
	}

	resp, err := p.own.Do(req)
	if err == nil && resp.StatusCode < http.StatusInternalServerError && resp.StatusCode != http.StatusUnauthorized {
		p.takesOwn.Store(s.Origin, true)
	}

	return resp, err
}

// other returns the policy of an audience that only some calls have.
func (p *bearerPolicy) other(audience string) policy.Policy {
	if known, ok := p.others.Load(audience); ok {
		return known.(policy.Policy)
	}
	kept, _ := p.others.LoadOrStore(audience, p.tokenOf(audience))
	return kept.(policy.Policy)
}

func (p *bearerPolicy) tokenOf(audience string) policy.Policy {
	return runtime.NewBearerTokenPolicy(credential{p.opts.Credential}, []string{audience}, &policy.BearerTokenOptions{
		// Plain http has passed the origin policy: loopback only.
		InsecureAllowCredentialWithHTTP: p.opts.PlainHTTP,
	})
}
