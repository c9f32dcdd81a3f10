package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// proxies count what passes: calls to storage at a proxy before Azurite, and
// requests to Service Bus at the broker's own listener.
type proxies struct {
	storage atomic.Int64
	bus     atomic.Int64
}

// take returns the counts since the last take.
func (d *proxies) take() (storage, bus int64) { return d.storage.Swap(0), d.bus.Swap(0) }

// openDoors starts the proxy before Azurite and lets the harness's connection string
// lead to it.
func (r *harness) openProxies(ctx context.Context) error {
	_, rest, _ := strings.Cut(r.storage, "BlobEndpoint=")
	endpoint, err := url.Parse(strings.TrimSuffix(rest, ";"))
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}

	r.proxies = &proxies{}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(&url.URL{Scheme: endpoint.Scheme, Host: endpoint.Host})
		r.proxies.storage.Add(1)
	}}

	const headerTimeout = 10 * time.Second
	server := &http.Server{Handler: proxy, ReadHeaderTimeout: headerTimeout}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	r.endings = append(r.endings, func() error {
		err := server.Close()
		transport.CloseIdleConnections()
		if end := <-served; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
		return err
	})

	r.storage = strings.Replace(r.storage, endpoint.Host, l.Addr().String(), 1)

	return nil
}
