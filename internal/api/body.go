package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

const (
	// bodyTime is how long a body may take to arrive. The longest has 240 KiB.
	bodyTime = 20 * time.Second
	// maxBodies bounds the bodies that arrive at once, and so their memory.
	maxBodies = 128
)

// receive reads the body of an order before anything is done for it, so that one that comes
// slowly keeps nobody else from being answered.
func (s *server) receive(w http.ResponseWriter, r *http.Request, to route) error {
	if !isWrite(r.Method) || r.ContentLength == 0 {
		return nil
	}
	select {
	case s.bodies <- struct{}{}:
		defer func() { <-s.bodies }()
	default:
		w.Header().Set("Connection", "close") // else the answer would wait for the body
		return busy("too many bodies arrive just now; try again in a moment")
	}

	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limitOf(to)))
	if err != nil {
		return brokenBody(err)
	}

	// The deadline would end the request itself from now on.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// hurry bounds the time in which a body may arrive, also one that nobody reads: the server
// waits for that before it answers. A writer that knows no deadline, as in a test, has none.
func (s *server) hurry(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.bodyTime))
	}
}

// brokenBody returns why a body could not be read.
func brokenBody(err error) error {
	_, tooLong := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLong:
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &problem{Status: http.StatusRequestTimeout, Code: "BodyTooSlow", Detail: "the body took too long to arrive"}
	default:
		return &problem{Status: http.StatusBadRequest, Code: "BrokenBody", Detail: "the body broke off"}
	}
}
