package archive

import (
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"azureml-dsr/internal/meter"
)

// meterPolicy counts each try by what Azure bills it as: a write, a page of a listing,
// or a read. A DELETE costs nothing.
// (https://azure.microsoft.com/pricing/details/storage/blobs/)
type meterPolicy struct{}

func (meterPolicy) Do(req *policy.Request) (*http.Response, error) {
	raw := req.Raw()
	m := meter.From(raw.Context())
	switch raw.Method {
	case http.MethodPut, http.MethodPost:
		m.StorageWrite(raw.ContentLength)
	case http.MethodGet, http.MethodHead:
		if raw.URL.Query().Get("comp") == "list" {
			m.StorageList()
		} else {
			m.StorageRead()
		}
	}
	return req.Next()
}
