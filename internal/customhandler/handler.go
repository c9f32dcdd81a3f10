package customhandler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

const (
	// maxString is the longest string of an invocation, in characters. It holds a message
	// of the Standard tier (256 KiB) in Base64. Of a longer string the rest is left out.
	maxString = 352 << 10
	// maxBody is enough for such a string with two copies of the message's application
	// properties (64 KiB) in the metadata, each character escaped.
	maxBody = 2 << 20

	headerInvocationID = "X-Azure-Functions-InvocationId"

	// bodySuccess is the answer of a function without output bindings. It cannot be
	// shorter: with an empty body the host hangs, without a content type it fails.
	bodySuccess     = `{"Outputs":{},"Logs":null,"ReturnValue":null}`
	bodyFailed      = `{"error":"the invocation failed"}`
	bodyUnknown     = `{"error":"no such function"}`
	bodyWrongMethod = `{"error":"method not allowed"}`
	bodyTooLarge    = `{"error":"the invocation is too large"}`
	bodyUnreadable  = `{"error":"the invocation could not be read"}`
	bodyStopping    = `{"error":"the handler stops; try again"}`
)

// call is one invocation as it was received.
type call struct {
	body                      []byte
	cut                       bool // strings of the body are only the beginnings of longer ones
	invocationID, traceParent string
}

// invocation decodes a call and runs its function.
type invocation func(context.Context, call) error

// Handler returns a handler of the protocol: GET / for readiness, POST /<function> for
// invocations, and what HandleHTTP registers.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(s.serveHTTP)
}

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" {
		s.ready(w, r)
		return
	}
	if s.isForwarded(r) {
		s.forwarded(w, r)
		return
	}

	function := strings.TrimPrefix(r.URL.Path, "/")
	run, known := s.routes[function]
	switch {
	case !known:
		answer(w, http.StatusNotFound, bodyUnknown)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed, bodyWrongMethod)
	case !s.gate.enter():
		<-s.stopped                 // see Serve: an answer would cost the message a delivery
		panic(http.ErrAbortHandler) // closes the connection without an answer
	default:
		defer s.gate.leave()
		s.invoke(w, r, function, run)
	}
}

// ready answers the host's readiness poll and its later pings.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", http.MethodGet)
		answer(w, http.StatusMethodNotAllowed, bodyWrongMethod)
		return
	}
	answer(w, http.StatusOK, "{}")
}

func (s *Server) invoke(w http.ResponseWriter, r *http.Request, function string, run invocation) {
	log := s.logger.With("function", function, "invocationId", r.Header.Get(headerInvocationID))
	short := &shortening{from: r.Body, most: maxString}
	body, err := io.ReadAll(io.LimitReader(short, maxBody+1))
	switch {
	case err == nil && len(body) > maxBody:
		log.Error("invocation refused: body too large", "limit", maxBody)
		answer(w, http.StatusRequestEntityTooLarge, bodyTooLarge)
		return
	case err != nil:
		log.Error("invocation refused: body could not be read", "error", err)
		answer(w, http.StatusBadRequest, bodyUnreadable)
		return
	}

	ctx, cancel := context.WithTimeout(r.Context(), s.invocationTimeout)
	defer cancel()

	c := call{body: body, cut: short.cut, invocationID: r.Header.Get(headerInvocationID), traceParent: r.Header.Get("traceparent")}
	if err := guard(withInvocationID(ctx, c.invocationID), log, c, run); err != nil {
		if _, logged := errors.AsType[reported](err); !logged {
			log.Error("invocation failed", "error", err)
		}
		answer(w, http.StatusInternalServerError, bodyFailed)
		return
	}

	answer(w, http.StatusOK, bodySuccess)
}

// guard turns a panic into an error, so that it fails only this invocation. It logs the
// type of the panic's value, since the value may quote data. Errors of the Go runtime
// quote none and are logged in full.
func guard(ctx context.Context, log *slog.Logger, c call, run invocation) (err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}

		what := fmt.Sprintf("%T", p)
		if re, ok := p.(runtime.Error); ok {
			what = re.Error()
		}

		log.Error("invocation panicked", "panic", what, "stack", string(debug.Stack()))
		err = Reported(errors.New("panic"))
	}()

	return run(ctx, c)
}

// answer writes an answer with a content type and a body, without which the host hangs or
// fails. It flushes the answer because the server may stop as soon as the invocation ends.
func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
	_ = http.NewResponseController(w).Flush() // fails only when the host has gone
}
