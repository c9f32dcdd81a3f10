package document_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/document/documenttest"
)

// page returns the answer of a list with n run documents of about 2 KB.
func page(n int) string {
	var b strings.Builder
	b.WriteString(`{"value":[`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"runId":"run-%d","token":"s3cret","userId":"ann@example.org","tags":{%s},"log":"%s"}`,
			i, strings.TrimSuffix(strings.Repeat(`"key":"value",`, 60), ","), strings.Repeat("lorem ipsum ", 80))
	}
	b.WriteString(`]}`)
	return b.String()
}

func BenchmarkCopy(b *testing.B) {
	doc := page(1000)
	opts := document.Options{
		Secrets: []document.Secret{{Pointer: "/value/*/token"}, {Pointer: "/value/*/contentUri", Link: true}},
		Subject: documenttest.Finder(func(s string) bool { return s == "ann@example.org" }),
	}
	for name, o := range map[string]document.Options{"plain": {}, "masking and matching": opts} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := document.Copy(io.Discard, strings.NewReader(doc), o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestCopyHoldsNoDocument(t *testing.T) {
	one := page(1000)
	doc := io.MultiReader(strings.NewReader("["), strings.NewReader(one), &repeat{s: "," + one, n: 5}, strings.NewReader("]"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res, err := document.Copy(io.Discard, doc, document.Options{Secrets: []document.Secret{{Pointer: "/token"}}})
	runtime.ReadMemStats(&after)
	if err != nil || res.Bytes < 5*int64(len(one)) {
		t.Fatalf("copied %d bytes: %v", res.Bytes, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 512<<10 {
		t.Errorf("allocated %d bytes for a document of %d", used, res.Bytes)
	}
}

// repeat reads s n times.
type repeat struct {
	s    string
	n    int
	rest string
}

// Read implements io.Reader.
func (r *repeat) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.n--
		r.rest = r.s
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
