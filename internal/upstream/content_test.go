package upstream

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

const blobLink = "https://acct.blob.core.windows.net/c/outputs/model.pkl?sv=1&sig=s3cret%3D"

// blob serves bytes with ranges, as storage does.
func blob(text, etag string) *upstreamtest.Recorder {
	return upstreamtest.Serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", etag)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(text))
	})
}

func TestOpenContentReadsStretches(t *testing.T) {
	const text = "0123456789"
	tests := []struct {
		name           string
		offset, length int64
		want           string
	}{
		{"the whole", 0, -1, text},
		{"from an offset on", 4, -1, "456789"},
		{"a stretch at the beginning", 0, 3, "012"},
		{"a stretch within", 4, 3, "456"},
		{"a stretch past the end", 8, 5, "89"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			transport := blob(text, `"v1"`)
			content, err := newClient(t, transport).OpenContent(t.Context(), blobLink, tt.offset, tt.length, `"v1"`)
			if err != nil {
				t.Fatal(err)
			}

			if got := upstreamtest.ReadAll(t, content.Body); got != tt.want || content.Length != 10 || content.ETag != `"v1"` {
				t.Errorf("got %q, %+v", got, content)
			}

			req := transport.Requests()[0]
			if req.URL.String() != blobLink || req.Header.Get("If-Match") != `"v1"` {
				t.Errorf("called %s with %v", req.URL, req.Header)
			}
		})
	}
}

func TestContentIsFetchedWithoutAToken(t *testing.T) {
	transport, cred := blob("x", `"v1"`), newCredential()
	c := newClient(t, transport, func(o *Options) { o.Credential = cred })
	content, err := c.OpenContent(t.Context(), blobLink, 0, -1, "")
	if err != nil {
		t.Fatal(err)
	}

	upstreamtest.ReadAll(t, content.Body)

	for name := range transport.Requests()[0].Header {
		if name == "Authorization" || name == "Range" || name == "If-Match" {
			t.Errorf("%s was sent", name)
		}
	}

	if cred.Calls() != 0 {
		t.Error("a token was asked for")
	}
}

func TestContentOddities(t *testing.T) {
	answer := func(status int, header map[string]string, text string) *upstreamtest.Recorder {
		return upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
			for k, v := range header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		})
	}

	tests := []struct {
		name           string
		transport      *upstreamtest.Recorder
		offset, length int64
		want           string
		wantLength     int64
		etag           string
	}{
		{"a weak ETag counts as none", blob("abc", `W/"v1"`), 0, -1, "abc", 3, ""},
		{"an empty blob has no stretch", answer(416, map[string]string{"Content-Range": "bytes */0"}, ""), 0, 8, "", 0, ""},
		{"a range that was ignored", answer(200, map[string]string{"Content-Length": "5"}, "abcde"), 0, 2, "ab", 5, ""},
		{"an unknown size", answer(206, map[string]string{"Content-Range": "bytes 3-4/*"}, "de"), 3, 2, "de", -1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			content, err := newClient(t, tt.transport).OpenContent(t.Context(), blobLink, tt.offset, tt.length, "")
			if err != nil {
				t.Fatal(err)
			}
			if got := upstreamtest.ReadAll(t, content.Body); got != tt.want || content.Length != tt.wantLength || content.ETag != tt.etag {
				t.Errorf("got %q, %+v", got, content)
			}
		})
	}
}

func TestContentThatIsPackedStaysPacked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = io.WriteString(z, "hello")
		_ = z.Close()
		c := wireClient(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes())
		})

		content, err := c.OpenContent(t.Context(), "http://127.0.0.1:7071/_content/x?sig=s", 0, -1, "")
		if err != nil {
			t.Fatal(err)
		}

		if got := upstreamtest.ReadAll(t, content.Body); got != packed.String() {
			t.Errorf("got %q", got)
		}
	})
}

func TestContentFailuresHaveTheirClass(t *testing.T) {
	now := time.Now()
	link := func(end time.Time) string { return blobLink + "&se=" + end.UTC().Format(time.RFC3339) }
	tests := []struct {
		name   string
		status int
		header string // Retry-After or Content-Range
		link   string
		offset int64
		class  dsr.Class
		reason string
	}{
		{"forbidden", 403, "", blobLink, 0, dsr.Permanent, dsr.ReasonForbidden},
		{"forbidden though the link is good", 403, "", link(now.Add(time.Hour)), 0, dsr.Permanent, dsr.ReasonForbidden},
		{"a link that has expired", 403, "", link(now.Add(-time.Minute)), 0, dsr.Transient, dsr.ReasonTransient},
		{"an artifact that changed", 412, "", blobLink, 0, dsr.Transient, dsr.ReasonTransient},
		{"an artifact that is gone", 404, "", blobLink, 0, dsr.Permanent, dsr.ReasonTargetNotFound},
		{"an offset behind the end", 416, "", blobLink, 99, dsr.Permanent, dsr.ReasonRefused},
		{"a redirect", 302, "", blobLink, 0, dsr.Permanent, dsr.ReasonRedirect},
		{"the wrong stretch", 206, "", blobLink, 5, dsr.Permanent, dsr.ReasonMalformedAnswer},
		{"the whole for a stretch", 200, "", blobLink, 5, dsr.Permanent, dsr.ReasonMalformedAnswer},
		{"throttled", 429, "60", blobLink, 0, dsr.Throttled, dsr.ReasonThrottled},
		{"busy", 503, "", blobLink, 0, dsr.Transient, dsr.ReasonTransient},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", tt.header)
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, "<Error><Code>anna</Code></Error>")
			})

			c := newClient(t, transport, func(o *Options) { o.ShortWait = time.Millisecond })
			_, err := c.OpenContent(t.Context(), tt.link, tt.offset, -1, "")
			if e := upstreamtest.WantError(t, err, tt.class, tt.reason); e.Status != tt.status {
				t.Errorf("status %d", e.Status)
			}
		})
	}
}

func TestContentThatBreaksOffIsTransient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wireClient(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "abc")
		})

		content, err := c.OpenContent(t.Context(), "http://127.0.0.1:7071/_content/x?sig=s", 0, -1, "")
		if err != nil {
			t.Fatal(err)
		}

		_, err = io.ReadAll(content.Body)
		upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient)
		_ = content.Body.Close()
	})
}

func TestContentEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wireClient(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "abc")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		content, err := c.OpenContent(ctx, "http://127.0.0.1:7071/_content/x?sig=s", 0, -1, "")
		if err != nil {
			t.Fatal(err)
		}

		if _, err := io.ReadAll(content.Body); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}

		_ = content.Body.Close()
	})
}

func TestStretchesThatAreNone(t *testing.T) {
	c := newClient(t, blob("x", ""))
	for _, s := range [][2]int64{{-1, 1}, {0, 0}} {
		_, err := c.OpenContent(t.Context(), blobLink, s[0], s[1], "")
		upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonRefused)
	}
}
