package functionshost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// forward sends a caller's own request to the handler, on its own path, and
// returns the handler's answer, whatever the status. Only a body of known
// length goes along (HttpRequestExtensions.ToHttpRequestMessage in
// azure-functions-host).
func (w *worker) forward(ctx context.Context, function string, r httpRequest) (reply, error) {
	var out reply
	err := w.call(ctx, function, func(ctx context.Context, i invocation) error {
		req, err := w.forwarded(ctx, i, r)
		if err != nil {
			return err
		}
		out, err = w.exchange(req)
		return err
	})
	return out, err
}

func (w *worker) forwarded(ctx context.Context, i invocation, r httpRequest) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, w.url(r.URL.EscapedPath())+rebuilt(r.query), bytes.NewReader(r.body))
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}

	req.Header = r.Header.Clone()
	req.Host = r.Host

	for _, ofOneHop := range []string{"Connection", "Transfer-Encoding"} {
		req.Header.Del(ofOneHop)
	}

	if r.body == nil {
		req.Header.Del("Content-Type")
	}

	i.mark(req.Header)

	return req, nil
}

// rebuilt returns the query as the real host writes it again: several values of a name
// become one, with commas.
func rebuilt(query []field) string {
	var pairs []string
	for _, f := range query {
		pairs = append(pairs, escape(f.name)+"="+escape(f.joined()))
	}
	if len(pairs) == 0 {
		return ""
	}
	return "?" + strings.Join(pairs, "&")
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func (w *worker) exchange(req *http.Request) (reply, error) {
	resp, err := w.client.Do(req)
	if err != nil {
		return reply{}, fmt.Errorf("calling the handler: %w", err)
	}
	defer resp.Body.Close()

	body, err := io.ReadAll(io.LimitReader(resp.Body, maxRequest+1))
	if err != nil {
		return reply{}, fmt.Errorf("reading the handler's answer: %w", err)
	}
	if len(body) > maxRequest {
		return reply{}, errors.New("the handler's answer is too large")
	}

	resp.Header.Del("Transfer-Encoding")

	return reply{status: resp.StatusCode, header: resp.Header, body: body}, nil
}
