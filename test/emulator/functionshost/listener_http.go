package functionshost

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// maxRequest is the real host's limit for a request's body.
	maxRequest        = 100 << 20
	readHeaderTimeout = 10 * time.Second
)

// httpInvoker is what HTTP triggers need of the worker.
type httpInvoker interface {
	ask(ctx context.Context, function string, body []byte) (answer, error)
	forward(ctx context.Context, function string, r httpRequest) (reply, error)
}

// httpListener serves the functions with an HTTP trigger.
type httpListener struct {
	listener  net.Listener
	functions []Function // in order of name: the first whose route matches is called
	prefix    string     // of all routes
	forwarded bool
	key       string // "": keys aren't asked for
	invoker   httpInvoker
	log       *slog.Logger
}

// listenHTTP opens the port; run closes it.
func listenHTTP(addr string) (net.Listener, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("opening the port for HTTP triggers: %w", err)
	}
	return l, nil
}

func (l *httpListener) run(listen, invoke context.Context) {
	var busy sync.RWMutex // read-locked by each request
	server := &http.Server{ReadHeaderTimeout: readHeaderTimeout, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !busy.TryRLock() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		defer busy.RUnlock()
		l.serve(invoke, w, r)
	})}

	served := make(chan error, 1)
	go func() { served <- server.Serve(l.listener) }()
	<-listen.Done()

	if server.Shutdown(invoke) != nil {
		shutDown(server)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		l.log.Error("serving HTTP triggers failed", "error", err)
	}

	busy.Lock() // waits for the last one, and lets nobody in
}

// shutDown returns requests that were cut off the time to be answered.
func shutDown(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close()
	}
}

// serve answers one caller. The invocation runs under invoke: the real host
// never cancels a request that it has sent, though the caller may be gone.
func (l *httpListener) serve(invoke context.Context, w http.ResponseWriter, r *http.Request) {
	f, params, ok := l.find(r)
	switch {
	case !ok:
		w.WriteHeader(http.StatusNotFound)
		return
	case !l.allowed(f.HTTP.AuthLevel, r):
		w.WriteHeader(http.StatusUnauthorized)
		return
	case r.ContentLength > maxRequest:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}

	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
		return
	}

	answer, err := l.invoke(invoke, f, newHTTPRequest(r, body, params))
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError) // with nothing in it
		return
	}

	answer.write(w)
}

func (l *httpListener) invoke(ctx context.Context, f Function, r httpRequest) (reply, error) {
	if l.forwarded {
		return l.invoker.forward(ctx, f.Name, r)
	}
	a, err := l.invoker.ask(ctx, f.Name, httpPayload(f.Binding, r, newSystem(f.Name)))
	if err != nil {
		return reply{}, err
	}
	out, err := replyOf(f.HTTP.Output, a)
	if err != nil {
		l.log.Error("invocation failed", "function", f.Name, "error", err)
	}
	return out, err
}

// find returns the function whose route and methods are the request's. A method
// that no function wants is not found, not 405, as in the real host.
func (l *httpListener) find(r *http.Request) (Function, []param, bool) {
	for _, f := range l.functions {
		params, ok := f.HTTP.Route.under(l.prefix).match(r.URL.EscapedPath())
		if ok && (len(f.HTTP.Methods) == 0 || slices.Contains(f.HTTP.Methods, r.Method)) {
			return f, params, true
		}
	}
	return Function{}, nil, false
}

// allowed checks the caller's key, which a header or the query has.
func (l *httpListener) allowed(level string, r *http.Request) bool {
	if l.key == "" || level == levelAnonymous {
		return true
	}
	given := r.Header.Get("X-Functions-Key")
	if given == "" {
		given = r.URL.Query().Get("code")
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(l.key)) == 1
}

// reply is what a caller gets.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) write(w http.ResponseWriter) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = io.Copy(w, bytes.NewReader(r.body))
}
