package upstream

import (
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// unauthorizedPolicy sends a request once more after a 401. The bearer policy has
// dropped its token by then, so the second try gets a fresh one. For a call with an
// audience of its own that is a token of the pipeline's audience.
type unauthorizedPolicy struct{}

func (unauthorizedPolicy) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}

	runtime.Drain(resp)
	if refused := scopeOf(req.Raw().Context()).audienceRefused; refused != nil {
		*refused = true
	}
	if err := req.RewindBody(); err != nil {
		return nil, err
	}

	return req.Next()
}
