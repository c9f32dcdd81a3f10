package stack

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
)

// movableProxy is a reverse proxy whose target may change. When the target doesn't
// answer, the proxy drops the caller's connection, as if nobody listened there.
type movableProxy struct {
	httputil.ReverseProxy
	target    atomic.Pointer[url.URL]
	transport *http.Transport
}

func newMovableProxy() *movableProxy {
	const idleConns = 64 // as many as handlers open; with fewer each call would open one
	p := &movableProxy{transport: &http.Transport{MaxIdleConnsPerHost: idleConns}}
	p.ReverseProxy = httputil.ReverseProxy{
		Transport: p.transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(p.target.Load())
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	return p
}

// leadTo makes the origin of a URL the target of the calls that come from now on.
func (p *movableProxy) leadTo(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil {
		return fmt.Errorf("leading the proxy to storage: %w", err)
	}
	p.target.Store(&url.URL{Scheme: u.Scheme, Host: u.Host})
	return nil
}

func (p *movableProxy) close() error {
	p.transport.CloseIdleConnections()
	return nil
}
