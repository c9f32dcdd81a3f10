package upstream

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// pollPolicy stands between azcore's poller and the pipeline. The poller reads whole
// bodies, takes absolute links only, and mixes the pipeline's errors with its own. So
// it gets a bounded body, a Location that is resolved against the request's URL, and
// errors that have their class already.
type pollPolicy struct{}

func (pollPolicy) Do(req *policy.Request) (*http.Response, error) {
	ctx := req.Raw().Context()
	scope := scopeOf(ctx)
	if !scope.Poll {
		return req.Next()
	}

	req.Raw().Header.Set("Accept", "application/json")
	runtime.SkipBodyDownload(req)
	resp, err := req.Next()
	if err != nil {
		return nil, Failed(ctx, scope.Label, err)
	}

	text, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	_ = resp.Body.Close()
	if err != nil {
		return nil, Failed(ctx, scope.Label, err)
	}

	text = bytes.TrimPrefix(text, []byte(mark))
	if !json.Valid(text) {
		text = nil // cut off, or no JSON: the status may say enough, and the poller would fail on the body
	}

	resp.Body = io.NopCloser(bytes.NewReader(text))
	resolveLocation(resp.Header, req.Raw().URL)

	return resp, nil
}

// resolveLocation makes a Location absolute. The origin policy decides whether it may
// be called.
func resolveLocation(h http.Header, called *url.URL) {
	link, err := url.Parse(h.Get("Location"))
	if err != nil || link.String() == "" {
		return
	}

	next := called.ResolveReference(link)
	next.RawQuery = EscapeQuery(next.RawQuery)
	h.Set("Location", next.String())
}
