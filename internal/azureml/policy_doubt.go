package azureml

import (
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// doubtPolicy notes a try that left us and may have been carried out although
// nothing says so: its answer was lost, or was a failure. A 401 and a 429 were
// turned away before.
type doubtPolicy struct{}

func (doubtPolicy) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if err != nil || resp.StatusCode == http.StatusRequestTimeout || resp.StatusCode >= http.StatusInternalServerError {
		if doubt := scopeOf(req.Raw().Context()).doubt; doubt != nil {
			*doubt = true
		}
	}
	return resp, err
}
