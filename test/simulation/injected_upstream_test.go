package simulation_test

import (
	"net/http"
	"net/http/httptest"
)

// injectedTransport calls the fake upstream without a socket.
type injectedTransport struct {
	upstream http.Handler
	faults   *faultInjector
}

func (t injectedTransport) Do(req *http.Request) (*http.Response, error) {
	if err := t.faults.read(); err != nil {
		return nil, err
	}

	if req.Body == nil {
		req.Body = http.NoBody
	}

	rec := httptest.NewRecorder()
	in := req.Clone(req.Context())
	in.Host, in.RequestURI = req.URL.Host, req.URL.RequestURI()
	t.upstream.ServeHTTP(rec, in)
	if err := req.Context().Err(); err != nil { // the answer stalled until the client had enough
		return nil, err
	}

	resp := rec.Result()
	resp.Request = req

	return resp, nil
}
