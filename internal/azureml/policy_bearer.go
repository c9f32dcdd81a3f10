package azureml

import (
	"net/http"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// bearerPolicy sets the token of the audience that the plane takes: a workspace's
// data plane has one of its own. Where that was refused and ARM's was taken, ARM's
// is used from then on.
type bearerPolicy struct {
	arm, dataPlane policy.Policy
	takesARM       *sync.Map // origins
}

func newBearerPolicy(opts Options) bearerPolicy {
	bearer := func(scope string) policy.Policy {
		return runtime.NewBearerTokenPolicy(credential{opts.Credential}, []string{scope}, &policy.BearerTokenOptions{
			// Plain http has passed the checks of settings and origin: loopback only.
			InsecureAllowCredentialWithHTTP: opts.Endpoints.anyPlain(),
		})
	}
	return bearerPolicy{arm: bearer(opts.Cloud.Scope()), dataPlane: bearer(opts.Cloud.DataPlaneScope()), takesARM: &sync.Map{}}
}

func (p bearerPolicy) Do(req *policy.Request) (*http.Response, error) {
	s := scopeOf(req.Raw().Context())
	if !s.dataPlane {
		return p.arm.Do(req)
	}
	if _, known := p.takesARM.Load(s.origin); !known && !*s.otherAudience {
		return p.dataPlane.Do(req)
	}
	resp, err := p.arm.Do(req)
	if err == nil && resp.StatusCode < http.StatusInternalServerError && resp.StatusCode != http.StatusUnauthorized {
		p.takesARM.Store(s.origin, true)
	}
	return resp, err
}
