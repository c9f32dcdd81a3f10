package azureml

import (
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// unauthorizedPolicy sends a request once more after a 401. The bearer policy
// has dropped its token on seeing one, so the second try asks for a fresh one; on
// a workspace's data plane it asks for one of ARM's audience, which that takes too.
type unauthorizedPolicy struct{}

func (unauthorizedPolicy) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	runtime.Drain(resp)
	if other := scopeOf(req.Raw().Context()).otherAudience; other != nil {
		*other = true
	}
	if err := req.RewindBody(); err != nil {
		return nil, err
	}
	return req.Next()
}
