package upstream

import (
	"context"
	"net/http"
	"strings"

	"azureml-dsr/internal/dsr"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
)

// Request is a request for a JSON answer, which is streamed without a byte order mark.
type Request struct {
	Scope
	Method string
	URL    string
	// Body is JSON that is sent; empty sends none.
	Body string
	// IfMatch is the header of that name; empty sends none.
	IfMatch string
}

func sendJSON(ctx context.Context, through runtime.Pipeline, r Request) (*http.Response, error) {
	req, err := r.prepare(ctx)
	if err != nil {
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "%s: its URL can't be called", r.Label)
	}
	resp, err := send(ctx, through, req, r.Label)
	if err != nil {
		return nil, err
	}
	resp.Body = trimMark(resp.Body)
	return resp, nil
}

func (r Request) prepare(ctx context.Context) (*policy.Request, error) {
	req, err := runtime.NewRequest(WithScope(ctx, r.Scope), r.Method, r.URL)
	if err != nil {
		return nil, err
	}

	if r.Body != "" {
		if err := req.SetBody(streaming.NopCloser(strings.NewReader(r.Body)), "application/json"); err != nil {
			return nil, err
		}
	}

	req.Raw().Header.Set("Accept", "application/json")
	if r.IfMatch != "" {
		req.Raw().Header.Set("If-Match", r.IfMatch)
	}
	runtime.SkipBodyDownload(req)

	return req, nil
}

// send sends a request and classifies what goes wrong until its answer is read.
func send(ctx context.Context, through runtime.Pipeline, req *policy.Request, label string) (*http.Response, error) {
	resp, err := through.Do(req)
	if err != nil {
		return nil, Failed(ctx, label, err)
	}

	resp.Request = req.Raw()
	if _, ok := resp.Body.(held); !ok { // nothing goes wrong with what is in memory
		resp.Body = &body{ReadCloser: resp.Body, ctx: ctx, label: label}
	}
	return resp, nil
}
