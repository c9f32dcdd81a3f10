package upstream

import (
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// maybeSentPolicy notes a try that was sent and may have been carried out although
// nothing says so: its answer was lost, or was a failure. A try that was answered 401
// or 429 was turned away, and is not noted.
type maybeSentPolicy struct{}

func (maybeSentPolicy) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if noted := scopeOf(req.Raw().Context()).MaybeSent; noted != nil && (err != nil || failedLate(resp.StatusCode)) {
		*noted = true
	}
	return resp, err
}

// failedLate reports whether an upstream that answers so may have begun the work.
func failedLate(status int) bool {
	return status == http.StatusRequestTimeout || status >= http.StatusInternalServerError
}
