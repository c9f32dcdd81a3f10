package azureml

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

const (
	armHost = "https://management.azure.com"
	armURL  = armHost + "/subscriptions/sub/operations/1?api-version=1"
	inWork  = `{"status":"InProgress"}`
	worked  = `{"status":"Succeeded"}`
)

// answer is one answer of a scripted upstream.
type answer struct {
	status int
	header map[string]string
	body   string
}

func header(pairs ...string) map[string]string {
	h := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		h[pairs[i]] = pairs[i+1]
	}
	return h
}

// script answers with the answers one after another, then always with the last one. It
// also returns when it was called, counted from the first time.
func script(answers ...answer) (*upstreamtest.Recorder, func() []time.Duration) {
	var at []time.Time
	transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
		a := answers[min(len(at), len(answers)-1)]
		at = append(at, time.Now())
		for k, v := range a.header {
			w.Header().Set(k, v)
		}
		w.Header().Set("X-Ms-Request-Id", "req-1")
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	})

	return transport, func() []time.Duration {
		var out []time.Duration
		for _, t := range at {
			out = append(out, t.Sub(at[0]))
		}
		return out
	}
}

// began deletes and returns the token.
func began(t *testing.T, c *Client) string {
	t.Helper()
	got, err := c.Delete(t.Context(), deletionCall(t, "D07"))
	if err != nil || got.Status != 202 || got.Token == "" {
		t.Fatalf("got %+v, %v", got, err)
	}
	return got.Token
}

func TestADeletionIsPolledUntilItIsDone(t *testing.T) {
	const (
		thing = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningExperimentation/accounts/acc/workspaces/ws"
		op    = "/subscriptions/sub/operations/1?api-version=1"
		other = "/subscriptions/sub/operations/2"
	)

	tests := []struct {
		name    string
		answers []answer
		want    []string // paths that were called
	}{
		{"by Azure-AsyncOperation", []answer{
			{202, header("Azure-AsyncOperation", armURL), ""}, {200, nil, inWork}, {200, nil, worked},
		}, []string{op, op}},
		{"by a relative Azure-AsyncOperation", []answer{
			{202, header("Azure-AsyncOperation", op), ""}, {200, nil, inWork}, {200, nil, worked},
		}, []string{op, op}},
		{"by Azure-AsyncOperation, whatever Location says", []answer{
			{202, header("Azure-AsyncOperation", op, "Location", "https://evil.example.com/"), ""}, {200, nil, worked},
		}, []string{op}},
		{"by Location", []answer{
			{202, header("Location", armURL), ""}, {202, nil, ""}, {204, nil, ""},
		}, []string{op, op}},
		{"by a relative Location", []answer{
			{202, header("Location", "operations?x=a b"), ""}, {202, nil, ""}, {200, nil, ""},
		}, []string{strings.TrimSuffix(thing, "ws") + "operations?x=a%20b", strings.TrimSuffix(thing, "ws") + "operations?x=a%20b"}},
		{"by a Location that moves, absolute and relative", []answer{
			{202, header("Location", armURL), ""}, {202, header("Location", armHost+other), ""},
			{202, header("Location", "3?y=ü"), ""}, {202, header("Location", ""), ""}, {204, nil, ""},
		}, []string{op, other, "/subscriptions/sub/operations/3?y=%C3%BC", "/subscriptions/sub/operations/3?y=%C3%BC"}},
		{"by Location, the last answer being no JSON", []answer{
			{202, header("Location", armURL), ""}, {200, nil, "<html>gone"},
		}, []string{op}},
		{"by Location, the last answer being long", []answer{
			{202, header("Location", armURL), ""}, {200, nil, `{"name":"` + strings.Repeat("x", 2*maxErrorBody) + `"}`},
		}, []string{op}},
		{"by Location, the last answer being a text", []answer{
			{202, header("Location", armURL), ""}, {200, nil, `"gone"`},
		}, []string{op}},
		{"by Location, the state in the thing", []answer{
			{202, header("Location", thing), ""}, {200, nil, `{"properties":{"provisioningState":"Deleting"}}`}, {204, nil, ""},
		}, []string{thing, thing}},
		{"whatever the first answer's body says", []answer{
			{202, header("Location", armURL), `{"properties":{"provisioningState":"Succeeded"}}`}, {202, nil, ""}, {204, nil, ""},
		}, []string{op, op}},
		{"over a failure that passes", []answer{
			{202, header("Azure-AsyncOperation", op), ""}, {500, nil, ""}, {401, nil, ""}, {200, nil, worked},
		}, []string{op, op, op}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport, _ := script(tt.answers...)
				// An answer that isn't closed would keep the only slot.
				c := newClient(t, transport, func(o *Options) { o.MaxPerHost = 1 })
				token := began(t, c)
				done, next, err := c.Await(t.Context(), deletionCall(t, "D07"), token)
				if !done || next != "" || err != nil {
					t.Fatalf("got %t, %q, %v", done, next, err)
				}

				var asked []string
				for _, r := range transport.Requests()[1:] {
					asked = append(asked, r.URL.RequestURI())
					if r.Method != http.MethodGet || r.URL.Host != "management.azure.com" ||
						r.Header.Get("Authorization") != "Bearer "+upstreamtest.Token || r.Header.Get("Accept") != "application/json" {
						t.Errorf("sent %s %s with %v", r.Method, r.URL, r.Header)
					}
				}

				if !slices.Equal(asked, tt.want) {
					t.Errorf("asked %q, want %q", asked, tt.want)
				}
			})
		})
	}
}

func TestPausesBetweenTwoPolls(t *testing.T) {
	const s = time.Second
	never := func(h map[string]string) answer { return answer{200, h, inWork} }
	tests := []struct {
		name  string
		first map[string]string // of the 202
		later answer
		want  []time.Duration // of the polls, counted from the DELETE
	}{
		{"none asked for", nil, never(nil), []time.Duration{0, 2 * s, 6 * s, 14 * s, 30 * s, 60 * s, 90 * s, 120 * s}},
		{"seconds", header("Retry-After", "45"), never(header("Retry-After", "45")), []time.Duration{45 * s, 90 * s}},
		{"only at first", header("Retry-After", "100"), never(nil), []time.Duration{100 * s, 102 * s, 106 * s, 114 * s}},
		{"a very short one", header("Retry-After-Ms", "1"), never(header("Retry-After-Ms", "1000")),
			[]time.Duration{time.Millisecond, s + time.Millisecond, 2*s + time.Millisecond}},
		{"too short a one", nil, never(header("Retry-After-Ms", "1")), []time.Duration{0, s, 2 * s, 3 * s}},
		{"a date", nil, never(header("Retry-After", "Sat, 01 Jan 2000 00:02:00 GMT")), []time.Duration{0, 120 * s}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := header("Azure-AsyncOperation", armURL)
				for k, v := range tt.first {
					first[k] = v
				}

				transport, at := script(answer{202, first, ""}, tt.later)
				c := newClient(t, transport)
				token := began(t, c)
				ctx, cancel := context.WithTimeout(t.Context(), 127*s)
				defer cancel()

				start := time.Now()
				done, next, err := c.Await(ctx, deletionCall(t, "D07"), token)
				if done || next == "" || err != nil {
					t.Fatalf("got %t, %q, %v", done, next, err)
				}

				if got := at()[1:]; !slices.Equal(got[:min(len(got), len(tt.want))], tt.want) {
					t.Errorf("asked at %v, want %v", got, tt.want)
				}
				if time.Since(start) > 127*s-pollRoom {
					t.Errorf("took %s and left no room", time.Since(start))
				}
			})
		})
	}
}

func TestAPauseThatDoesNotFitTravelsInTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport, at := script(
			answer{202, header("Location", armURL, "Retry-After", "600"), ""},
			answer{202, header("Location", armURL+"&moved=1", "Retry-After", "3600"), ""},
			answer{204, nil, ""})

		c := newClient(t, transport)
		start := time.Now()
		token := began(t, c)
		await := func(token string, room time.Duration) (bool, string) {
			ctx, cancel := context.WithTimeout(t.Context(), room)
			defer cancel()
			done, next, err := c.Await(ctx, deletionCall(t, "D07"), token)
			if err != nil {
				t.Fatal(err)
			}
			return done, next
		}
		if got := ResumeAt(token); !got.Equal(start.Add(10 * time.Minute)) {
			t.Fatalf("asks to come at %s", got)
		}
		done, next := await(token, 8*time.Minute)
		if done || next != token || time.Since(start) != 0 || len(at()) != 1 {
			t.Fatalf("got %t, %q after %s and %d calls", done, next, time.Since(start), len(at()))
		}

		<-time.After(599 * time.Second) // in the bubble's time
		done, next = await(next, 8*time.Minute)
		if done || len(at()) != 2 || at()[1] != 600*time.Second || !ResumeAt(next).Equal(start.Add(70*time.Minute)) {
			t.Fatalf("got %t, to come at %s, asked at %v", done, ResumeAt(next), at())
		}

		<-time.After(2 * time.Hour) // in the bubble's time

		if done, next = await(next, 8*time.Minute); !done || next != "" {
			t.Errorf("got %t, %q", done, next)
		}
		if last := transport.Requests()[2].URL.RawQuery; last != "api-version=1&moved=1" {
			t.Errorf("the last question went to %s", last)
		}
	})
}

func TestWithoutRoomNothingIsPolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport, _ := script(answer{200, nil, worked})
		ctx, cancel := context.WithTimeout(t.Context(), pollRoom-time.Millisecond)
		defer cancel()
		token := asyncToken(armURL)
		done, next, err := newClient(t, transport).Await(ctx, deletionCall(t, "D07"), token)
		if done || next != token || err != nil || len(transport.Requests()) != 0 {
			t.Errorf("got %t, %q, %v after %d calls", done, next, err, len(transport.Requests()))
		}
	})
}

func TestTheEndOfTheContext(t *testing.T) {
	hang := &upstreamtest.Recorder{Handler: func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}}

	slow, _ := script(answer{200, nil, inWork})
	tests := []struct {
		name      string
		transport *upstreamtest.Recorder
		cancel    bool // after a second; else a deadline of a minute
		want      error
	}{
		{"the deadline while an answer is waited for", hang, false, nil},
		{"given up while an answer is waited for", hang, true, context.Canceled},
		{"given up in a pause", slow, true, context.Canceled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()

				if tt.cancel {
					time.AfterFunc(time.Second, cancel)
				}

				c := newClient(t, tt.transport, func(o *Options) { o.StallTimeout = time.Hour })
				done, next, err := c.Await(ctx, deletionCall(t, "D07"), asyncToken(armURL))
				if done || next == "" || !errors.Is(err, tt.want) {
					t.Errorf("got %t, %q, %v", done, next, err)
				}
				if tt.want != nil && dsr.ClassOf(err) != dsr.Unclear {
					t.Errorf("class %s", dsr.ClassOf(err))
				}
			})
		})
	}
}

func TestEveryEndOfAnOperationHasItsClass(t *testing.T) {
	const failed = `{"status":"Failed","error":{"code":"InUse","message":"anna"}}`
	tests := []struct {
		name     string
		location bool // polled at the Location
		answer   answer
		class    dsr.Class
		reason   string
		code     string
		goesOn   bool
	}{
		{"it failed", false, answer{200, nil, failed}, dsr.Permanent, dsr.ReasonRefused, "InUse", false},
		{"it was canceled", false, answer{200, nil, `{"status":"Canceled"}`}, dsr.Permanent, dsr.ReasonRefused, "", false},
		{"its code quotes someone", false, answer{200, nil, `{"status":"Failed","error":{"code":"anna@example.com"}}`}, dsr.Permanent, dsr.ReasonRefused, "", false},
		{"its thing failed", true, answer{200, nil, `{"properties":{"provisioningState":"Failed"}}`}, dsr.Permanent, dsr.ReasonRefused, "", false},
		{"refused", false, answer{400, nil, `{"code":"Bad"}`}, dsr.Permanent, dsr.ReasonRefused, "Bad", false},
		{"refused by Location", true, answer{400, nil, `{"code":"Bad"}`}, dsr.Permanent, dsr.ReasonRefused, "Bad", false},
		{"forbidden", false, answer{403, nil, ""}, dsr.Permanent, dsr.ReasonForbidden, "", false},
		{"forbidden by Location", true, answer{403, nil, `{"error":{"code":"No"}}`}, dsr.Permanent, dsr.ReasonForbidden, "No", false},
		{"forgotten", false, answer{404, nil, ""}, dsr.Permanent, dsr.ReasonTargetNotFound, "", false},
		{"forgotten by Location", true, answer{404, nil, ""}, dsr.Permanent, dsr.ReasonTargetNotFound, "", false},
		{"in conflict", false, answer{409, nil, `{"error":{"code":"Busy"}}`}, dsr.Transient, dsr.ReasonConflict, "Busy", false},
		{"in conflict by Location", true, answer{409, nil, `{"error":{"code":"Busy"}}`}, dsr.Transient, dsr.ReasonConflict, "Busy", false},
		{"a redirect", false, answer{302, header("Location", armURL), ""}, dsr.Permanent, dsr.ReasonRedirect, "", false},
		{"a redirect by Location", true, answer{302, header("Location", armURL), ""}, dsr.Permanent, dsr.ReasonRedirect, "", false},
		{"unauthorized", false, answer{401, nil, ""}, dsr.Transient, dsr.ReasonTransient, "", true},
		{"unauthorized by Location", true, answer{401, nil, ""}, dsr.Transient, dsr.ReasonTransient, "", true},
		{"a failing upstream", false, answer{500, nil, `{"code":"Oops"}`}, dsr.Transient, dsr.ReasonTransient, "Oops", true},
		{"a failing upstream by Location", true, answer{500, nil, `{"code":"Oops"}`}, dsr.Transient, dsr.ReasonTransient, "Oops", true},
		{"throttled", false, answer{429, header("Retry-After", "60"), ""}, dsr.Throttled, dsr.ReasonThrottled, "", true},
		{"throttled by Location", true, answer{429, header("Retry-After", "60"), ""}, dsr.Throttled, dsr.ReasonThrottled, "", true},
		{"throttled by Location with a state", true, answer{429, header("Retry-After", "60"), `{"properties":{"provisioningState":"Failed"}}`}, dsr.Throttled, dsr.ReasonThrottled, "", true},
		{"no JSON", false, answer{200, nil, "<html>"}, dsr.Permanent, dsr.ReasonMalformedAnswer, "", false},
		{"an array", false, answer{200, nil, "[]"}, dsr.Permanent, dsr.ReasonMalformedAnswer, "", false},
		{"no state", false, answer{200, nil, "{}"}, dsr.Permanent, dsr.ReasonMalformedAnswer, "", false},
		{"nothing", false, answer{200, nil, ""}, dsr.Permanent, dsr.ReasonMalformedAnswer, "", false},
		{"too long a state", false, answer{200, nil, `{"status":"Succeeded","x":"` + strings.Repeat("x", maxErrorBody) + `"}`}, dsr.Permanent, dsr.ReasonMalformedAnswer, "", false},
		{"too long a link", true, answer{202, header("Location", armURL+strings.Repeat("x", maxToken)), ""}, dsr.Permanent, dsr.ReasonMalformedAnswer, "", false},
		{"a link to another origin", true, answer{202, header("Location", "https://evil.example.com/x"), ""}, dsr.Permanent, dsr.ReasonForeignLink, "", false},
		{"a link without its scheme", true, answer{202, header("Location", "//evil.example.com/x"), ""}, dsr.Permanent, dsr.ReasonForeignLink, "", false},
		{"a link with a user", true, answer{202, header("Location", "https://anna@management.azure.com/x"), ""}, dsr.Permanent, dsr.ReasonForeignLink, "", false},
		{"a link over plain http", true, answer{202, header("Location", "http://management.azure.com/x"), ""}, dsr.Permanent, dsr.ReasonForeignLink, "", false},
		{"a link that is none", true, answer{202, header("Location", "https:x"), ""}, dsr.Permanent, dsr.ReasonMalformedAnswer, "", false},
		{"a link that can't be read", true, answer{202, header("Location", "https://management.azure.com\\@evil.example.com"), ""}, dsr.Permanent, dsr.ReasonMalformedAnswer, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport, _ := script(tt.answer)
				token := asyncToken(armURL)
				if tt.location {
					token = locationToken(armURL)
				}

				done, next, err := newClient(t, transport).Await(t.Context(), deletionCall(t, "D07"), token)
				e := upstreamtest.WantError(t, err, tt.class, tt.reason)
				if done || (next != "") != tt.goesOn || e.Code != tt.code || !strings.HasPrefix(e.Message, "D07: ") {
					t.Errorf("got %t, next %q, %+v", done, next, e)
				}
				if e.Status != 0 && (e.Status != tt.answer.status || e.UpstreamRequestID != "req-1") {
					t.Errorf("status %d of %q", e.Status, e.UpstreamRequestID)
				}

				for _, r := range transport.Requests() {
					if r.URL.Host != "management.azure.com" {
						t.Errorf("asked %s", r.URL)
					}
				}
			})
		})
	}
}

func TestAThrottledPollSaysWhenToPollAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport, at := script(answer{503, header("Retry-After", "90"), ""}, answer{200, nil, worked})
		c := newClient(t, transport)
		start := time.Now()
		_, next, err := c.Await(t.Context(), deletionCall(t, "D07"), asyncToken(armURL))
		e := upstreamtest.WantError(t, err, dsr.Throttled, dsr.ReasonThrottled)
		if e.RetryAfter != 90*time.Second || !ResumeAt(next).Equal(start.Add(90*time.Second)) {
			t.Errorf("a pause of %s, to come at %s", e.RetryAfter, ResumeAt(next))
		}

		done, _, err := c.Await(t.Context(), deletionCall(t, "D07"), next)
		if !done || err != nil || at()[1] != 90*time.Second {
			t.Errorf("got %t, %v, asked at %v", done, err, at())
		}
	})
}

func TestAStateThatBreaksOffIsTransient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wireClient(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, inWork)
		})
		_, next, err := c.Await(t.Context(), deletionCall(t, "D07"), asyncToken("http://127.0.0.1:7071/op"))
		upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient)
		if next == "" {
			t.Error("there is no way on")
		}
	})
}

func TestAStateWithoutAnEndIsReadToABound(t *testing.T) {
	for _, status := range []int{200, 202} {
		read := 0
		transport := &upstreamtest.Recorder{Handler: func(*http.Request) (*http.Response, error) {
			endless := upstreamtest.ReaderFunc(func(p []byte) (int, error) {
				read += len(p)
				return len(p), nil
			})
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(endless)}, nil
		}}

		_, _, err := newClient(t, transport).Await(t.Context(), deletionCall(t, "D07"), asyncToken(armURL))
		upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer)

		if read > 4*maxErrorBody {
			t.Errorf("read %d bytes", read)
		}
	}
}
