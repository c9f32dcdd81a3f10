package azureml

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// operationPolicy stands between azcore's poller and the pipeline. The poller
// reads bodies whole, takes absolute links only, and mixes the pipeline's errors
// with its own: so it gets a bounded body, a Location resolved against what was
// asked, and errors that have their class already.
type operationPolicy struct{}

func (operationPolicy) Do(req *policy.Request) (*http.Response, error) {
	ctx := req.Raw().Context()
	id := scopeOf(ctx).operation
	if id == "" {
		return req.Next()
	}
	req.Raw().Header.Set("Accept", "application/json")
	runtime.SkipBodyDownload(req)
	resp, err := req.Next()
	if err != nil {
		return nil, failedCall(ctx, id, err)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	_ = resp.Body.Close()
	if err != nil {
		return nil, failedCall(ctx, id, err)
	}
	if !json.Valid(text) {
		text = nil // cut off or no JSON: where the status says enough, the poller must not trip over it
	}
	resp.Body = io.NopCloser(bytes.NewReader(text))
	if link, err := url.Parse(resp.Header.Get("Location")); err == nil && link.String() != "" {
		next := req.Raw().URL.ResolveReference(link)
		next.RawQuery = cleanQuery(next.RawQuery)
		resp.Header.Set("Location", next.String()) // whether it may be called is the origin policy's to say
	}
	return resp, nil
}
