package azureml

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/retryafter"
	"azureml-dsr/internal/upstream"
	"azureml-dsr/internal/upstream/upstreamtest"
)

func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// pollerToken wraps a token of azcore's, whose parts may be forged.
func pollerToken(inner string) string {
	return `{"poller":{"type":"removed","token":` + inner + `}}`
}

func asyncToken(link string) string {
	return pollerToken(fmt.Sprintf(`{"asyncURL":%s,"locURL":"","origURL":%q,"method":"DELETE","finalState":"","state":"InProgress"}`, quoted(link), armURL))
}

func locationToken(link string) string {
	return pollerToken(fmt.Sprintf(`{"type":"loc","pollURL":%s,"state":"InProgress"}`, quoted(link)))
}

func TestADeletionThatBeganLeadsNowhereElse(t *testing.T) {
	links := map[string]string{
		"another host":             "https://evil.example.com/op",
		"another plane":            "https://eastus2.modelmanagement.azureml.net/op",
		"another port":             "https://management.azure.com:8443/op",
		"plain http":               "http://management.azure.com/op",
		"another scheme":           "file:///etc/passwd",
		"a host without scheme":    "//evil.example.com/op",
		"a user":                   "https://anna@management.azure.com/op",
		"our host as a user":       "https://management.azure.com@evil.example.com/op",
		"a backslash":              `https://management.azure.com\@evil.example.com/op`,
		"a backslash for a slash":  `\\evil.example.com\op`,
		"a fragment":               "/op#x",
		"an opaque link":           "https:op",
		"what can't be read":       "https://management.azure.com:x/op",
		"what begins like our own": armHost + ".evil.example.com/op",
	}
	for name, link := range links {
		for _, header := range pollLinks {
			t.Run(header+" "+name, func(t *testing.T) {
				transport, cred := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set(header, link)
					w.Header().Set("X-Ms-Request-Id", "req-1")
					w.WriteHeader(http.StatusAccepted)
				}), newCredential()

				c := newClient(t, transport, func(o *Options) { o.Credential = cred })
				got, err := c.Delete(t.Context(), deletionCall(t, "D08"))
				e := upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
				if e.Status != 202 || e.UpstreamRequestID != "req-1" || got.Status != 202 || got.Token != "" {
					t.Errorf("got %+v, %+v", got, e)
				}
				if len(transport.Requests()) != 1 {
					t.Errorf("%d calls", len(transport.Requests()))
				}
			})
		}
	}
}

func TestALinkThatIsTooLongIsNoToken(t *testing.T) {
	transport, _ := script(answer{202, header("Location", armURL+strings.Repeat("x", maxToken)), ""})
	got, err := newClient(t, transport).Delete(t.Context(), deletionCall(t, "D08"))
	e := upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer)
	if got.Token != "" || e.Status != 202 || !strings.HasPrefix(e.Message, "D08: ") {
		t.Errorf("got %+v, %+v", got, e)
	}
}

// The origin policy stops azcore's pollers, whatever a forged token makes them call.
func TestAForgedTokenCallsNobodyElse(t *testing.T) {
	const evil = "https://evil.example.com/op"
	tests := []struct {
		name, token string
		asked       int // calls of our own origin
	}{
		{"asks elsewhere", asyncToken(evil), 0},
		{"asks another plane", asyncToken("https://eastus2.experiments.azureml.net/op"), 0},
		{"asks over plain http", asyncToken("http://management.azure.com/op"), 0},
		{"asks by Location elsewhere", locationToken(evil), 0},
		{"has its own end elsewhere", pollerToken(`{"asyncURL":"` + armURL + `","origURL":"` + evil + `","method":"PUT","state":"InProgress"}`), 1},
		{"has its result elsewhere", pollerToken(`{"asyncURL":"` + armURL + `","locURL":"` + evil + `","method":"POST","state":"InProgress"}`), 1},
		{"names the link twice", pollerToken(`{"asyncURL":"` + armURL + `","ASYNCURL":"` + evil + `","state":"InProgress"}`), 0},
		{"is of another kind: body", pollerToken(`{"type":"body","pollURL":"` + evil + `","state":"InProgress"}`), 0},
		{"is of another kind: Operation-Location", pollerToken(`{"oplocURL":"` + evil + `","state":"InProgress"}`), 0},
		{"is of another kind: Operation-Location, result elsewhere", pollerToken(`{"oplocURL":"` + armURL + `","locURL":"` + evil + `","method":"POST","state":"InProgress"}`), 1},
		{"is of another kind: fake", pollerToken(`{"fakeURL":"` + evil + `","status":"InProgress"}`), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			transport, _ := script(answer{200, nil, worked})
			cred := newCredential()
			c := newClient(t, transport, func(o *Options) { o.Credential = cred })
			done, next, err := c.Await(t.Context(), deletionCall(t, "D07"), tt.token)
			upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
			if done || next != "" || len(transport.Requests()) != tt.asked || (tt.asked == 0 && cred.Calls() != 0) {
				t.Errorf("got %t, %q after %d calls and %d tokens", done, next, len(transport.Requests()), cred.Calls())
			}
		})
	}
}

// The answer to a forged token may lead its poller elsewhere, too.
func TestAResultElsewhereIsNotCalled(t *testing.T) {
	transport, _ := script(answer{200, nil, `{"status":"Succeeded","resourceLocation":"https://evil.example.com/x"}`})
	_, _, err := newClient(t, transport).Await(t.Context(), deletionCall(t, "D07"), pollerToken(`{"oplocURL":"`+armURL+`","state":"InProgress"}`))
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
	if len(transport.Requests()) != 1 {
		t.Errorf("%d calls", len(transport.Requests()))
	}
}

func TestTokensThatCannotBeUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		later := func(d time.Duration) string {
			return `{"notBefore":"` + time.Now().Add(d).Format(time.RFC3339) + `",` + asyncToken(armURL)[1:]
		}
		tokens := map[string]string{
			"empty":                          "",
			"no JSON":                        "x",
			"null":                           "null",
			"an array":                       "[]",
			"no poller":                      "{}",
			"a poller that is null":          `{"poller":null}`,
			"a poller that is a text":        `{"poller":"x"}`,
			"azcore's own":                   asyncToken(armURL)[len(`{"poller":`) : len(asyncToken(armURL))-1],
			"of another type":                strings.Replace(asyncToken(armURL), "removed", "created", 1),
			"of an unknown poller":           pollerToken(`{"kind":"anna"}`),
			"without a poller's own":         pollerToken(`null`),
			"ended well":                     strings.Replace(asyncToken(armURL), "InProgress", "Succeeded", 1),
			"ended well by Location":         strings.Replace(locationToken(armURL), "InProgress", "Completed", 1),
			"failed":                         strings.Replace(asyncToken(armURL), "InProgress", "Failed", 1),
			"ended well by the fake":         pollerToken(`{"fakeURL":"` + armURL + `","status":"Succeeded"}`),
			"too long":                       asyncToken(armURL + strings.Repeat("x", maxToken)),
			"for a day that is too far away": later(3 * retryafter.Longest),
		}
		for name, token := range tokens {
			transport, _ := script(answer{200, nil, worked})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			done, next, err := newClient(t, transport).Await(ctx, deletionCall(t, "D07"), token)
			cancel()
			upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonRefused)
			if done || next != "" || len(transport.Requests()) != 0 {
				t.Errorf("%s: got %t, %q after %d calls", name, done, next, len(transport.Requests()))
			}
		}

		if token := later(retryafter.Longest); !ResumeAt(token).Equal(time.Now().Add(retryafter.Longest).Truncate(time.Second)) {
			t.Errorf("a day is at %s", ResumeAt(token))
		}
	})
}

func TestResumeAtOfWhatSaysNothing(t *testing.T) {
	for _, token := range []string{"", "x", asyncToken(armURL), `{"notBefore":"soon"}`} {
		if at := ResumeAt(token); !at.IsZero() {
			t.Errorf("%q: %s", token, at)
		}
	}
}

func FuzzResumeToken(f *testing.F) {
	for _, token := range []string{
		asyncToken(armURL), locationToken(armURL), locationToken("https://evil.example.com/"), asyncToken("//x"),
		pollerToken(`{"type":"body","pollURL":"` + armURL + `","state":""}`), pollerToken(`{"oplocURL":"` + armURL + `"}`),
		pollerToken(`{"fakeURL":"` + armURL + `","status":"Succeeded"}`), strings.Replace(asyncToken(armURL), "InProgress", "Succeeded", 1),
		`{"notBefore":"9999-12-31T00:00:00Z",` + asyncToken(armURL)[1:],
	} {
		f.Add(token, worked, "/next")
		f.Add(token, `{"status":"Succeeded","resourceLocation":"https://evil.example.com/"}`, "https://evil.example.com/")
	}
	f.Fuzz(func(t *testing.T, token, body, link string) {
		synctest.Test(t, func(t *testing.T) { resumeAnything(t, token, body, link) })
	})
}

// resumeAnything holds, for any token and any answer, what must always be true.
func resumeAnything(t *testing.T, token, body, link string) {
	asked := 0
	transport := upstreamtest.Serve(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", link)
		if asked++; asked < 3 {
			w.WriteHeader(http.StatusAccepted)
		}
		_, _ = w.Write([]byte(body))
	})

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()

	done, next, err := newClient(t, transport).Await(ctx, deletionCall(t, "D07"), token)
	if done && (err != nil || next != "" || asked == 0) {
		t.Fatalf("done without asking, or not only: %q, %v", next, err)
	}
	if !done && next == "" && dsr.ClassOf(err) != dsr.Permanent && dsr.ReasonOf(err) != dsr.ReasonConflict {
		t.Fatalf("no way on: %v", err)
	}
	if len(next) > maxToken {
		t.Fatalf("a token of %d bytes", len(next))
	}

	for _, r := range transport.Requests() {
		if r.Method != http.MethodGet || upstream.OriginOf(r.URL) != armHost+":443" {
			t.Fatalf("sent %s %s", r.Method, r.URL)
		}
	}
}
