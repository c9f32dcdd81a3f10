package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	fake "azureml-dsr/test/emulator/fakeml"
)

// token is what the fake asks for.
const token = "bench"

// upstream is the fake Azure ML, which worker and loop both ask.
type upstream struct {
	*fake.Server
	url    string
	served *gauge // all calls
	copied *gauge // of artifacts' bytes
	stop   func() error
}

func startUpstream(ctx context.Context, account fake.Account, latency time.Duration) (*upstream, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}

	u := &upstream{
		Server: fake.New(fake.Options{Account: account, Token: token, Latency: latency}),
		url:    "http://" + l.Addr().String(),
		served: &gauge{},
		copied: &gauge{},
	}

	u.SetBase(u.url)
	const headerTimeout = 10 * time.Second
	server := &http.Server{Handler: u.gauged(), ReadHeaderTimeout: headerTimeout}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	u.stop = func() error {
		err := server.Close()
		if end := <-ended; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
		return err
	}

	return u, nil
}

// gauged counts the calls in flight.
func (u *upstream) gauged() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.served.enter()
		defer u.served.leave()
		if strings.HasPrefix(r.URL.Path, "/_content/") {
			u.copied.enter()
			defer u.copied.leave()
		}
		u.ServeHTTP(w, r)
	})
}

// gauge keeps the most calls that were in flight at once.
type gauge struct {
	mu        sync.Mutex
	now, most int
}

func (g *gauge) enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now++
	g.most = max(g.most, g.now)
}

func (g *gauge) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now--
}

// take returns the most since the last take.
func (g *gauge) take() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	most := g.most
	g.most = g.now
	return most
}
