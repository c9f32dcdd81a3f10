package ledger_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"iter"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/ledger/ledgertest"
)

// memoryEvidence reads both containers, which the fixture keeps in one.
type memoryEvidence struct{ *memory.Backend }

func (e memoryEvidence) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	body, _, err := e.Backend.Open(ctx, name, 0)
	return body, err
}

func (e memoryEvidence) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for info, err := range e.Backend.List(ctx, prefix, "") {
			if !yield(info.Name, err) {
				return
			}
		}
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// close closes the attempt as the closer does.
func (f *fixture) close() {
	f.t.Helper()
	ctx := f.t.Context()
	request, _, err := f.ledger.Request(ctx, theAttempt.RequestID)
	if err != nil {
		f.t.Fatal(err)
	}
	closing := ledger.Closing{Attempt: theAttempt, Request: request, Canceled: f.canceled, At: theTime}
	_, _, err = ledgertest.Close(ctx, f.ledger, closing, []string{"E01", "E14", "E16", "E19", "E22", "E23", "E24", "E29"}, ledgertest.Implied(ctx, f.ledger, f.plan))
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) verify(opts *ledger.VerifyOptions) ledger.Report {
	f.t.Helper()
	if opts == nil {
		opts = &ledger.VerifyOptions{}
	}
	opts.Same = sameRows
	return must[ledger.Report](f.t)(ledger.Verify(f.t.Context(), memoryEvidence{f.backend}, theAttempt, opts))
}

// overwrite replaces a blob's bytes and keeps its metadata, as nobody should.
func (f *fixture) overwrite(name string, body []byte) {
	f.t.Helper()
	info := must[archive.Info](f.t)(f.backend.Stat(f.t.Context(), name))
	f.remove(name)
	if err := f.backend.Put(f.t.Context(), name, body, info.Metadata); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) read(name string) []byte {
	f.t.Helper()
	body, _, err := f.archive.Read(f.t.Context(), name, 1<<20)
	if err != nil {
		f.t.Fatalf("%s: %v", name, err)
	}
	return body
}

func (f *fixture) remove(name string) {
	f.t.Helper()
	f.read(name) // it was there
	if err := f.backend.Delete(f.t.Context(), name); err != nil {
		f.t.Fatal(err)
	}
}

// edit changes a record as a person who understands it would.
func edit[T any](f *fixture, name string, change func(*T)) {
	f.t.Helper()
	var v T
	if err := json.Unmarshal(f.read(name), &v); err != nil {
		f.t.Fatal(err)
	}
	change(&v)
	f.overwrite(name, must[[]byte](f.t)(json.Marshal(v)))
}

func sha256Hex(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
