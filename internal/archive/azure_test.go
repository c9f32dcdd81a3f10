package archive_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// transport is a function as an azcore transport.
type transport func(*http.Request) (*http.Response, error)

// Do implements policy.Transporter.
func (f transport) Do(r *http.Request) (*http.Response, error) { return f(r) }

func answering(status int, headers ...string) transport {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i+1 < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{
			StatusCode: status,
			Header:     h,
			Body:       http.NoBody,
			Request:    r,
		}, nil
	}
}

func dialed(t *testing.T, do transport) *archive.Azure {
	t.Helper()
	b, err := archive.Dial(archive.DialOptions{ServiceURL: "https://acct.blob.core.windows.net?sv=1&sig=s3cret", Container: "c", Transport: do})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnswersOfTheStoreAreClassifiedOnce(t *testing.T) {
	const code, id = "x-ms-error-code", "x-ms-request-id"
	for what, c := range map[string]struct {
		do    transport
		is    error
		class dsr.Class
		pause time.Duration
		calls int32
	}{
		"the blob exists":                {answering(409, code, "BlobAlreadyExists"), archive.ErrExists, 0, 0, 1},
		"an immutable blob exists":       {answering(409, code, "BlobImmutableDueToPolicy"), archive.ErrExists, 0, 0, 1},
		"another commit took the blocks": {answering(400, code, "InvalidBlockList"), archive.ErrExists, 0, 0, 1},
		"create permission only":         {answering(403, code, "UnauthorizedBlobOverwrite"), archive.ErrExists, 0, 0, 1},
		"Azurite's memory is full":       {answering(409, code, "MemoryExtentStoreAtSizeLimit"), nil, dsr.Transient, 0, 1},
		"a lease":                        {answering(409, code, "LeaseIdMissing"), nil, dsr.Transient, 0, 1},
		"the blob isn't there":           {answering(404, code, "BlobNotFound"), archive.ErrNotFound, 0, 0, 1},
		"the container isn't there":      {answering(404, code, "ContainerNotFound"), nil, dsr.Transient, 0, 1},
		"a missing role":                 {answering(403, code, "AuthorizationPermissionMismatch", id, "r-1"), nil, dsr.Transient, 0, 1},
		"no valid token":                 {answering(401, code, "InvalidAuthenticationInfo"), nil, dsr.Transient, 0, 1},
		"a version Azurite doesn't know": {answering(400, code, "InvalidHeaderValue"), nil, dsr.Transient, 0, 1},
		"corruption on the way":          {answering(400, code, "Md5Mismatch"), nil, dsr.Transient, 0, 1},
		"an outage":                      {answering(500), nil, dsr.Transient, 0, 4},
		"a busy server":                  {answering(503, code, "ServerBusy"), nil, dsr.Transient, 0, 4},
		"a busy server with a pause":     {answering(503, "Retry-After", "60"), nil, dsr.Throttled, time.Minute, 1},
		"too many requests":              {answering(429), nil, dsr.Throttled, 0, 4},
		"too many for a while":           {answering(429, "Retry-After", "60"), nil, dsr.Throttled, time.Minute, 1},
		"too many for ever":              {answering(429, "Retry-After", "999999999"), nil, dsr.Throttled, 24 * time.Hour, 1},
		"a negative pause":               {answering(429, "Retry-After", "-5"), nil, dsr.Throttled, 0, 4},
		"a dead line": {func(r *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Put", URL: r.URL.String(), Err: errors.New("refused")}
		}, nil, dsr.Transient, 0, 4},
		"no answer in time": {func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, &url.Error{Op: "Put", URL: r.URL.String(), Err: r.Context().Err()}
		}, nil, dsr.Transient, 0, 4},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int32
				b := dialed(t, func(r *http.Request) (*http.Response, error) {
					calls.Add(1)
					return c.do(r)
				})

				err := b.Put(t.Context(), "a", []byte("x"), nil)
				if (!errors.Is(err, c.is) && c.is != nil) || dsr.ClassOf(err) != c.class || calls.Load() != c.calls {
					t.Errorf("got %v of class %v after %d calls", err, dsr.ClassOf(err), calls.Load())
				}

				e, _ := errors.AsType[*dsr.Error](err)
				if e != nil && (e.RetryAfter != c.pause || strings.Contains(err.Error(), "s3cret") || (e.Err != nil && strings.Contains(e.Err.Error(), "s3cret"))) {
					t.Errorf("pause %v, cause %v", e.RetryAfter, e.Err)
				}
				if errors.Is(err, context.DeadlineExceeded) {
					t.Error("a try's own limit reads as the caller's deadline")
				}
				if what == "a missing role" && (e.Status != 403 || e.Code != "AuthorizationPermissionMismatch" || e.UpstreamRequestID != "r-1") {
					t.Errorf("got %+v", e)
				}
			})
		})
	}
}

func TestAnAgeThatTheStoreLeavesOutIsNotZero(t *testing.T) {
	const now, before = "Tue, 24 Nov 2026 10:00:30 GMT", "Tue, 24 Nov 2026 10:00:00 GMT"
	for name, c := range map[string]struct {
		headers []string
		want    time.Duration
	}{
		"both dates":          {[]string{"Date", now, "Last-Modified", before}, 30 * time.Second},
		"of the same second":  {[]string{"Date", now, "Last-Modified", now}, 0},
		"no date":             {[]string{"Last-Modified", before}, archive.UnknownAge},
		"no time of a change": {[]string{"Date", now}, archive.UnknownAge},
	} {
		t.Run(name, func(t *testing.T) {
			b := dialed(t, answering(200, append(c.headers, "ETag", "1")...))
			looked, err := b.Stat(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			body, opened, err := b.Open(t.Context(), "a", 0)
			if err != nil {
				t.Fatal(err)
			}

			if err := body.Close(); err != nil || looked.Age != c.want || opened.Age != c.want {
				t.Errorf("looked at %s, read %s, want %s; %v", looked.Age, opened.Age, c.want, err)
			}
		})
	}
}

func TestTheCallersOwnDeadlinePassesThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := dialed(t, func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := b.Put(ctx, "a", nil, nil)
		if !errors.Is(err, context.DeadlineExceeded) || dsr.ClassOf(err) != dsr.Unclear {
			t.Errorf("got %v", err)
		}
	})
}

func TestADownloadContinuesWhereItBrokeOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const body = "0123456789"
		var ranges []string
		b := dialed(t, func(r *http.Request) (*http.Response, error) {
			ranges = append(ranges, strings.Join(r.Header["x-ms-range"], "")+r.Header.Get("If-Match")) //nolint:staticcheck // the SDK writes it like this
			from := len(ranges)*3 - 3
			broken := io.MultiReader(strings.NewReader(body[from:min(from+3, 10)]), errorReader{io.ErrUnexpectedEOF})
			if from == 9 {
				broken = strings.NewReader("9")
			}

			return &http.Response{
				StatusCode:    http.StatusPartialContent,
				Header:        http.Header{"Etag": {`"e"`}},
				Request:       r,
				ContentLength: int64(10 - from),
				Body:          io.NopCloser(broken),
			}, nil
		})

		r, _, err := b.Open(t.Context(), "a", 0)
		if err != nil {
			t.Fatal(err)
		}

		got, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || string(got) != body {
			t.Errorf("got %q, %v", got, err)
		}
		if len(ranges) != 4 || !strings.HasPrefix(ranges[1], "bytes=3-") || !strings.HasSuffix(ranges[1], `"e"`) {
			t.Errorf("asked for %q", ranges)
		}
	})
}

func TestADownloadThatKeepsBreakingIsTransient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := dialed(t, func(r *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode:    http.StatusOK,
				Header:        http.Header{},
				Request:       r,
				ContentLength: 10,
				Body:          io.NopCloser(errorReader{io.ErrUnexpectedEOF}),
			}, nil
		})
		r, _, err := b.Open(t.Context(), "a", 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = io.ReadAll(r); dsr.ClassOf(err) != dsr.Transient {
			t.Errorf("got %v", err)
		}
	})
}

type errorReader struct{ err error }

// Read implements io.Reader.
func (e errorReader) Read([]byte) (int, error) { return 0, e.err }

func TestDialNamesWhatIsMissingAndNoSecret(t *testing.T) {
	for what, opts := range map[string]archive.DialOptions{
		"no container": {ConnectionString: "x"}, "nothing": {Container: "c"},
		"a bad connection string": {Container: "c", ConnectionString: "AccountName=a;AccountKey=s3cret"},
	} {
		if _, err := archive.Dial(opts); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

// losing returns a transport that drops the answer to the first request that match selects.
// The request takes effect.
func losing(client *http.Client, lost *atomic.Bool, match func(*http.Request) bool) transport {
	return func(r *http.Request) (*http.Response, error) {
		resp, err := client.Do(r)
		if err == nil && match(r) && lost.CompareAndSwap(false, true) {
			_ = resp.Body.Close()
			return nil, io.ErrUnexpectedEOF
		}
		return resp, err
	}
}

func onAzurite(t *testing.T, do transport) *archive.Azure {
	t.Helper()
	b, err := archive.Dial(archive.DialOptions{
		ConnectionString: sharedAzurite.connect(t), Container: "c" + strings.ToLower(rand.Text()), Transport: do,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.EnsureContainer(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestALostAnswerOfTheRealStoreIsFoundAgain(t *testing.T) {
	body := strings.Repeat("0123456789", 20)
	puts := func(comp string) func(*http.Request) bool {
		return func(r *http.Request) bool {
			q := r.URL.Query()
			return r.Method == http.MethodPut && q.Get("comp") == comp && !q.Has("restype")
		}
	}
	for what, match := range map[string]func(*http.Request) bool{
		"of a put": puts(""), "of a block": puts("block"), "of a commit": puts("blocklist"),
	} {
		var lost atomic.Bool
		a := small(onAzurite(t, losing(sharedAzurite.client, &lost, match)))
		info, err := a.Create(t.Context(), "record", []byte(body), map[string]string{"state": "last"})
		if err != nil || info.Metadata["sha256"] != hashOf(body) || info.Metadata["state"] != "last" {
			t.Errorf("%s: created %+v, %v", what, info, err)
		}

		info, _, err = a.StoreArtifact(t.Context(), "artifact", &memorySource{body: body})
		if err != nil || info.Metadata["sha256"] != hashOf(body) {
			t.Errorf("%s: copied %+v, %v", what, info, err)
		}
		if !lost.Load() {
			t.Errorf("%s: no answer was lost", what)
		}
	}
}

func TestTheRealStoreChecksWhatArrives(t *testing.T) {
	flip := func(r *http.Request) (*http.Response, error) {
		if q := r.URL.Query().Get("comp"); r.Method == http.MethodPut && (q == "" || q == "block") && r.ContentLength == 5 {
			r.Body = io.NopCloser(bytes.NewReader([]byte("other")))
		}
		return sharedAzurite.client.Do(r)
	}

	b := onAzurite(t, flip)
	for how, err := range map[string]error{
		"Put": b.Put(t.Context(), "a", []byte("bytes"), nil), "Stage": b.Stage(t.Context(), "a", archive.BlockID{}, []byte("bytes")),
	} {
		if e, ok := errors.AsType[*dsr.Error](err); !ok || e.Code != "Md5Mismatch" {
			t.Errorf("%s: got %v", how, err)
		}
	}
}

func TestALargeBlobStaysCreateOnly(t *testing.T) {
	a := archive.New(sharedAzurite.NewContainer(t), nil)
	body := strings.Repeat("0123456789abcdef", 9<<16)
	info, _, err := a.StoreArtifact(t.Context(), "x", &memorySource{body: body})
	if err != nil || info.Metadata["sha256"] != hashOf(body) {
		t.Fatalf("%+v, %v", info, err)
	}

	again, err := a.Create(t.Context(), "x", []byte("other"), nil)
	if err != nil || again.Size != int64(len(body)) {
		t.Errorf("%+v, %v", again, err)
	}
	if got, _, err := readAll(a.Backend(), "x"); err != nil || got != body {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestABlobIsRemovedWithItsSnapshots(t *testing.T) {
	var url string
	b := onAzurite(t, func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/expired") {
			url = r.URL.Path
		}
		return sharedAzurite.client.Do(r)
	})
	if err := b.Put(t.Context(), "expired", []byte("bytes"), nil); err != nil {
		t.Fatal(err)
	}

	account, err := container.NewClientFromConnectionString(sharedAzurite.connect(t), strings.Split(url, "/")[2],
		&container.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: transport(sharedAzurite.client.Do)}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := account.NewBlobClient("expired").CreateSnapshot(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}

	for range 2 { // and nothing is an error the second time
		if err := b.Delete(t.Context(), "expired"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Stat(t.Context(), "expired"); !errors.Is(err, archive.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestABlobInTheArchiveTierSaysSo(t *testing.T) {
	for _, code := range []string{"BlobArchived", "BlobBeingRehydrated"} {
		_, _, err := dialed(t, answering(409, "x-ms-error-code", code)).Open(t.Context(), "a", 0)
		if err == nil || !strings.Contains(err.Error(), code) || !strings.Contains(err.Error(), "archive tier") || dsr.ClassOf(err) != dsr.Transient {
			t.Errorf("%s: %v", code, err)
		}
	}
}
