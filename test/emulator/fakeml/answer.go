package fakeml

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
)

// errCut ends a handler whose answer was cut short on purpose.
var errCut = errors.New("writing an answer: cut short by a fault")

// answer is a ResponseWriter that records the status before the client can see
// it, sets a fault's headers, and cuts the body in half for Slow, Stall and
// Truncate.
type answer struct {
	http.ResponseWriter
	gone    <-chan struct{} // closed when the client has gone
	pause   func() bool     // between two halves; false when the client has gone
	effect  Fault
	status  func(int)
	started bool
	left    int64 // bytes until the cut
	cut     bool  // nothing more may follow
	whole   bool  // the other half may follow
}

func newAnswer(ctx context.Context, w http.ResponseWriter, effect Fault, status func(int)) *answer {
	pause := func() bool { return wait(ctx, effect.Slow) }
	return &answer{
		ResponseWriter: w,
		gone:           ctx.Done(),
		pause:          pause,
		effect:         effect,
		status:         status,
	}
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.started {
		return
	}

	a.started = true
	if a.effect.Lose {
		a.cut = true
		a.status(0)
		reset(a.ResponseWriter)
		return
	}

	header := a.Header()

	if a.effect.RetryAfter != "" {
		header.Set("Retry-After", a.effect.RetryAfter)
	}

	for name, value := range a.effect.Header {
		header.Set(name, value)
		if value == "" {
			header[http.CanonicalHeaderKey(name)] = nil // net/http would fill in a deleted one
		}
	}

	a.left = 1 // of a body without a length
	if length, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64); err == nil {
		a.left = length / 2
	}

	a.status(status)
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	if !a.started {
		a.WriteHeader(http.StatusOK)
	}

	if a.cut {
		return 0, errCut
	}
	if a.whole || !a.cuts() || int64(len(p)) <= a.left {
		a.left -= int64(len(p))
		return a.ResponseWriter.Write(p)
	}
	n, err := a.ResponseWriter.Write(p[:a.left])
	if err != nil {
		return n, err
	}
	if !a.cutNow() {
		return n, errCut
	}

	rest, err := a.ResponseWriter.Write(p[n:])
	return n + rest, err
}

// finish cuts a body that was too short to be cut while it was written.
func (a *answer) finish() {
	if a.started && a.cuts() && !a.cut && !a.whole {
		a.cutNow()
	}
}

func (a *answer) cuts() bool {
	return a.effect.Slow > 0 || a.effect.Stall || a.effect.Truncate
}

// cutNow sends the first half and reports whether the other half may follow.
func (a *answer) cutNow() bool {
	if err := http.NewResponseController(a.ResponseWriter).Flush(); err != nil {
		a.cut = true // the client has gone
		return false
	}

	switch {
	case a.effect.Stall:
		<-a.gone
	case a.effect.Truncate:
		reset(a.ResponseWriter)
	default:
		a.whole = a.pause()
	}

	a.cut = !a.whole
	return a.whole
}

// compress answers with a body that is compressed on the way.
func (a *answer) compress(body io.Reader) {
	a.Header().Set("Content-Encoding", "gzip")
	a.WriteHeader(http.StatusOK)
	z := gzip.NewWriter(a)
	if _, err := io.Copy(z, body); err != nil {
		return // the client has gone, or a fault cut the body
	}
	_ = z.Close() // likewise
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // a buffer takes all
	_ = z.Close()
	return b.Bytes()
}

// reset drops the connection; on TCP the client sees a reset, not an end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 has no connection to take: end the stream
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // makes the close below a reset; without it the close still ends the answer
	}
	_ = conn.Close()
}
