package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"azureml-dsr/internal/retryafter"
)

const (
	// maxTries bounds the tries of an export, and longestPause the pause between two: what a
	// collector wants later is lost.
	maxTries     = 4
	firstPause   = time.Second
	longestPause = 15 * time.Second
	// maxAnswer bounds what is read of a collector's answer.
	maxAnswer = 64 << 10
)

// sender sends bodies to one URL.
type sender struct {
	client      *http.Client
	url         string
	contentType string
	headers     [][2]string
	gzip        bool
	timeout     time.Duration
	// authorize sets what proves who sends; nil: nothing does.
	authorize func(ctx context.Context, h http.Header) error
}

// newClient returns an HTTP client of an exporter. It follows no redirects, which would lead
// telemetry and secrets elsewhere.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: 5 * time.Second,
			ForceAttemptHTTP2:   true,
			IdleConnTimeout:     90 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send sends a body until it is taken, refused for good or tried often enough. It returns the
// answer's beginning.
func (s *sender) send(ctx context.Context, body []byte) (status int, answer []byte, err error) {
	if s.gzip {
		if body, err = zipped(body); err != nil {
			return 0, nil, err
		}
	}

	pause := firstPause
	for try := 1; ; try++ {
		var wait time.Duration
		var again bool
		status, answer, wait, again, err = s.try(ctx, body)
		if err == nil || !again || try == maxTries || wait > longestPause {
			return status, answer, err
		}

		select {
		case <-time.After(max(pause, wait)):
			pause *= 2
		case <-ctx.Done():
			return status, answer, err
		}
	}
}

// try sends a body once. again reports whether another try may be taken, after wait.
func (s *sender) try(ctx context.Context, body []byte) (status int, answer []byte, wait time.Duration, again bool, err error) {
	bounded, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()

	req, err := s.request(bounded, body)
	if err != nil {
		return 0, nil, 0, true, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, nil, 0, ctx.Err() == nil, errors.New("the collector gives no answer") // the error has the URL
	}
	defer func() { _ = resp.Body.Close() }()

	answer, _ = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // an answer that breaks off has its status
	if resp.StatusCode < http.StatusMultipleChoices {
		return resp.StatusCode, answer, 0, false, nil
	}

	wait, _ = retryafter.Read(resp.Header, time.Now())
	return resp.StatusCode, answer, wait, passes(resp.StatusCode), fmt.Errorf("the collector answers with status %d", resp.StatusCode)
}

func (s *sender) request(ctx context.Context, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the collector's address can't be called")
	}

	req.Header.Set("Content-Type", s.contentType)
	if s.gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	for _, h := range s.headers {
		req.Header.Set(h[0], h[1])
	}
	if s.authorize == nil {
		return req, nil
	}
	return req, s.authorize(ctx, req.Header)
}

// passes reports whether a status is one after which OTLP asks to try again.
func passes(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

func zipped(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
