package upstream

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

func TestASmallAnswerThatBreaksOffIsRetried(t *testing.T) {
	whole := []byte(`{"runId":"run-1"}`)
	tests := []struct {
		name   string
		broken int // answers that break off before a whole one
		calls  int
		ok     bool
	}{
		{"once", 1, 2, true},
		{"three times", 3, 4, true},
		{"always", 99, 4, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				transport := &upstreamtest.Recorder{Handler: func(*http.Request) (*http.Response, error) {
					n++
					var body io.Reader = bytes.NewReader(whole)
					if n <= tt.broken {
						body = io.MultiReader(bytes.NewReader(whole[:5]), iotest.ErrReader(io.ErrUnexpectedEOF))
					}
					return &http.Response{
						StatusCode:    http.StatusOK,
						Header:        http.Header{},
						ContentLength: -1,
						Body:          io.NopCloser(body),
					}, nil
				}}

				answer, err := ask(t.Context(), newClient(t, transport), call{url: here})

				if n != tt.calls {
					t.Errorf("%d calls, want %d", n, tt.calls)
				}

				if !tt.ok {
					upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient)
					return
				}
				if err != nil {
					t.Fatal(err)
				}

				if got := upstreamtest.ReadAll(t, answer.Body); got != string(whole) || answer.ContentLength != int64(len(whole)) {
					t.Errorf("got %q of length %d", got, answer.ContentLength)
				}
			})
		})
	}
}

func TestBodiesAroundThePrefetchSizeAreWhole(t *testing.T) {
	for _, size := range []int{0, 1, prefetchSize - 1, prefetchSize, prefetchSize + 1, 3 * prefetchSize} {
		want := bytes.Repeat([]byte("abcdefg"), size/7+1)[:size]
		transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(want) })
		answer, err := ask(t.Context(), newClient(t, transport), call{url: here})
		if err != nil {
			t.Fatal(err)
		}
		if got := upstreamtest.ReadAll(t, answer.Body); got != string(want) {
			t.Errorf("size %d: got %d bytes", size, len(got))
		}
	}
}

// A body that the prefetch has read to its end is handed over as it is, so that it needn't be
// copied once more. A longer one is not.
func TestAShortBodyIsHandedOver(t *testing.T) {
	for _, tt := range []struct {
		name, body, want string
	}{
		{"short", `{"a":1}`, `{"a":1}`},
		{"with a byte order mark", "\xef\xbb\xbf{}", "{}"},
		{"long", strings.Repeat("x", prefetchSize), ""},
	} {
		transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tt.body) })
		answer, err := ask(t.Context(), newClient(t, transport), call{url: here})
		if err != nil {
			t.Fatal(err)
		}
		if got := HeldBody(answer.Body); string(got) != tt.want {
			t.Errorf("%s: got %d bytes, want %d", tt.name, len(got), len(tt.want))
		}
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}
