package upstreamtest

import (
	"errors"
	"io"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

// WantError checks an error's class and reason, and that its message quotes no URL,
// signature, token or person. It ends the test when err is no dsr.Error.
func WantError(t testing.TB, err error, class dsr.Class, reason string) *dsr.Error {
	t.Helper()
	e, ok := errors.AsType[*dsr.Error](err)
	if !ok {
		t.Fatalf("got %v, want a dsr.Error", err)
	}

	if e.Class != class || e.Reason != reason {
		t.Errorf("got %s %s (%s), want %s %s", e.Class, e.Reason, e.Message, class, reason)
	}

	for _, secret := range []string{"http://", "https://", "sig=", Token, "anna"} {
		if strings.Contains(e.Error(), secret) {
			t.Errorf("the message %q quotes %q", e.Error(), secret)
		}
	}

	return e
}

// ReadAll reads a body to its end and closes it.
func ReadAll(t testing.TB, body io.ReadCloser) string {
	t.Helper()
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	if err := body.Close(); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// ReaderFunc is a reader of one function.
type ReaderFunc func([]byte) (int, error)

func (f ReaderFunc) Read(p []byte) (int, error) { return f(p) }
