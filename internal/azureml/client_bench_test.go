package azureml

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

// answering is a transport that answers each request at once, so that what is
// measured is the pipeline.
type answering string

func (a answering) Do(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(strings.NewReader(string(a))),
		ContentLength: int64(len(a)),
		Request:       req,
	}, nil
}

// aRun is a call for a run's document, and a document as long as one.
func aRun(tb testing.TB) (Call, string) {
	tb.Helper()
	return Call{
		Operation: row(tb, "E16"),
		Target: dsr.Target{
			Level:          dsr.Project,
			SubscriptionID: "8d0c7c4a-3f0e-4d7b-9a52-5f6f0d1b2c3e",
			ResourceGroup:  "research",
			Location:       "eastus2",
			Account:        "experiments",
			Workspace:      "workspace-1",
			Project:        "project-1",
		},
		Item: "run_0123456789abcdef",
	}, fmt.Sprintf(`{"runId":"run_0123456789abcdef","properties":{"text":%q}}`, strings.Repeat("x", 1500))
}

func BenchmarkGet(b *testing.B) {
	call, document := aRun(b)
	c := newClient(b, answering(document))
	b.ReportAllocs()
	for b.Loop() {
		answer, err := c.Get(b.Context(), call)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, answer.Body); err != nil || n != int64(len(document)) {
			b.Fatal(n, err)
		}
		_ = answer.Body.Close()
	}
}

func BenchmarkURL(b *testing.B) {
	call, document := aRun(b)
	c := newClient(b, answering(document))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.URL(call); err != nil {
			b.Fatal(err)
		}
	}
}
