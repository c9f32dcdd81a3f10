package verify_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

// blobs are evidence in memory.
type blobs map[string][]byte

var _ verify.Evidence = blobs{}

// Open implements verify.Evidence.
func (b blobs) Open(_ context.Context, name string) (io.ReadCloser, error) {
	body, ok := b[name]
	if !ok {
		return nil, verify.ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(body)), nil
}

// List implements verify.Evidence.
func (b blobs) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, name := range slices.Sorted(maps.Keys(b)) {
			if strings.HasPrefix(name, prefix) && !yield(name, nil) {
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

func (f *fixture) verify(opts *verify.Options) verify.Report {
	f.t.Helper()
	if opts == nil {
		opts = &verify.Options{}
	}
	opts.Same = sameRows
	return must[verify.Report](f.t)(verify.Verify(f.t.Context(), f.blobs, theAttempt, opts))
}

// record stores a record.
func (f *fixture) record(name string, v any) {
	f.t.Helper()
	f.blobs[name] = must[[]byte](f.t)(json.Marshal(v))
}

// stored reads a record back.
func stored[T any](f *fixture, name string) (v T) {
	f.t.Helper()
	if err := json.Unmarshal(f.read(name), &v); err != nil {
		f.t.Fatal(err)
	}
	return v
}

// ref returns a reference to a stored record.
func (f *fixture) ref(name string) *dsr.BlobRef {
	f.t.Helper()
	return &dsr.BlobRef{Name: relative(name), SHA256: sha256Hex(f.read(name))}
}

func (f *fixture) read(name string) []byte {
	f.t.Helper()
	body, ok := f.blobs[name]
	if !ok {
		f.t.Fatalf("%s is not there", name)
	}
	return body
}

// overwrite replaces a blob's bytes.
func (f *fixture) overwrite(name string, body []byte) {
	f.t.Helper()
	f.read(name) // fails the test if there is no such blob
	f.blobs[name] = body
}

func (f *fixture) remove(name string) {
	f.t.Helper()
	f.read(name) // fails the test if there is no such blob
	delete(f.blobs, name)
}

// edit changes a record, as somebody who understands it would.
func edit[T any](f *fixture, name string, change func(*T)) {
	f.t.Helper()
	v := stored[T](f, name)
	change(&v)
	f.record(name, v)
}

func relative(name string) string { return strings.TrimPrefix(name, theAttempt.Prefix()) }

func sha256Hex(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// cancellation returns cancel.json of the attempt.
func cancellation() map[string]any {
	return map[string]any{
		"schemaVersion": dsr.SchemaVersion,
		"requestId":     theAttempt.RequestID,
		"attempt":       theAttempt.Number,
		"at":            theTime,
		"reason":        "withdrawn",
	}
}

// refuse records that the request is refused, and why.
func (f *fixture) refuse(reason string) {
	f.t.Helper()
	record := cancellation()
	record["reason"], record["refused"] = reason, true
	f.record(theAttempt.Cancel(), record)
}

func (f *fixture) cancel() {
	f.t.Helper()
	f.record(theAttempt.Cancel(), cancellation())
}
