package azureml

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
// it, sets a fault's headers, and cuts the body in half for Stall and Truncate.
type answer struct {
	http.ResponseWriter
	gone    <-chan struct{} // closed when the client has gone
	effect  Fault
	status  func(int)
	started bool
	left    int64 // bytes until the cut
	cut     bool
}

func newAnswer(ctx context.Context, w http.ResponseWriter, effect Fault, status func(int)) *answer {
	return &answer{ResponseWriter: w, gone: ctx.Done(), effect: effect, status: status}
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
			header[http.CanonicalHeaderKey(name)] = nil // net/http would guess a deleted one
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
	if !a.cuts() || int64(len(p)) <= a.left {
		a.left -= int64(len(p))
		return a.ResponseWriter.Write(p)
	}
	n, err := a.ResponseWriter.Write(p[:a.left])
	if err != nil {
		return n, err
	}
	a.cutNow()
	return n, errCut
}

// finish cuts a body that was too short to be cut while it was written.
func (a *answer) finish() {
	if a.started && a.cuts() && !a.cut {
		a.cutNow()
	}
}

func (a *answer) cuts() bool {
	return a.effect.Stall || a.effect.Truncate
}

func (a *answer) cutNow() {
	a.cut = true
	if err := http.NewResponseController(a.ResponseWriter).Flush(); err != nil {
		return // the client has gone
	}
	if a.effect.Stall {
		<-a.gone
		return
	}
	reset(a.ResponseWriter)
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
		_ = tcp.SetLinger(0) // only makes the end ruder; the close below decides
	}
	_ = conn.Close()
}
