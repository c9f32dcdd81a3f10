package upstream

import (
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"azureml-dsr/internal/meter"
)

// meterPolicy counts each try that is sent.
type meterPolicy struct{}

func (meterPolicy) Do(req *policy.Request) (*http.Response, error) {
	meter.From(req.Raw().Context()).UpstreamCall()
	return req.Next()
}
