package azureml

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"

	"github.com/go-json-experiment/json/jsontext"
)

// bodies answers by a handler and remembers what was sent by POST.
func bodies(h http.HandlerFunc) (transport *upstreamtest.Recorder, sent func() []string) {
	var texts []string
	transport = upstreamtest.Serve(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil {
			text, _ := io.ReadAll(r.Body)
			texts = append(texts, string(text))
		}
		h(w, r)
	})
	return transport, func() []string { return texts }
}

func TestAListByPOSTCarriesItsTokenInTheBody(t *testing.T) {
	tests := []struct{ name, token, want string }{
		{"none", "", `null`},
		{"plain", "abc", `"abc"`},
		{"quotes", `","top":9999,"x":"`, `"\",\"top\":9999,\"x\":\""`},
		{"a backslash at its end", `abc\`, `"abc\\"`},
		{"a placeholder", "{cursor}", `"{cursor}"`},
		{"another placeholder", "{item}", `"{item}"`},
		{"a link", "https://evil.example.com/?a=b", `"https://evil.example.com/?a=b"`},
		{"other letters", "Ünï\u2028", "\"Ünï\\u2028\""},
		{"the mark of a token", "token:x", `"token:x"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			transport, sent := bodies(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"value":[]}`) })
			call := callOf(t, "W50")

			if tt.token != "" {
				call.Cursor = tokenCursor + tt.token
			}

			answer, err := newClient(t, transport).Get(t.Context(), call)
			if err != nil {
				t.Fatal(err)
			}

			upstreamtest.ReadAll(t, answer.Body)
			req := transport.Requests()[0]
			if req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/json" || req.URL.RawQuery != "" {
				t.Errorf("sent %s %s as %q", req.Method, req.URL, req.Header.Get("Content-Type"))
			}
			if want := `{"viewType":"All","top":100,"continuationToken":` + tt.want + `}`; len(sent()) != 1 || sent()[0] != want {
				t.Errorf("sent %s, want %s", sent(), want)
			}
		})
	}
}

func TestALinkIsNoCursorOfAListByPOST(t *testing.T) {
	transport := upstreamtest.Answers(200)
	c := newClient(t, transport)
	call := callOf(t, "W50")
	first, _ := c.URL(call)
	for _, link := range []string{first, first + "?x=1", "?x=1"} {
		call.Cursor = link
		_, err := c.Get(t.Context(), call)
		upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
	}
	if len(transport.Requests()) != 0 {
		t.Error("it was called")
	}
}

// Whatever makes a POST be sent once more, all of it is sent.
func TestEachTryOfAPOSTSendsTheWholeBody(t *testing.T) {
	tests := []struct {
		name   string
		first  func(http.ResponseWriter)
		broken bool // the first answer breaks off
	}{
		{"after a failure", func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }, false},
		{"after a 401", func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) }, false},
		{"after a short pause", func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}, false},
		{"after an answer that broke off", nil, true},
	}

	const want = `{"runId":"item-1","selectRunMetadata":true,"selectRunDefinition":true,"selectJobSpecification":true}`
	for _, tt := range tests {
		for _, how := range []string{"alone", "as a piece of work"} {
			t.Run(tt.name+", "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := 0
					transport, sent := bodies(func(w http.ResponseWriter, _ *http.Request) {
						if n++; n == 1 && tt.first != nil {
							tt.first(w)
						}
					})
					if whole := transport.Handler; tt.broken {
						transport.Handler = func(r *http.Request) (*http.Response, error) {
							resp, err := whole(r)
							if n == 1 {
								resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"a`), brokenOff{}))
							}
							return resp, err
						}
					}

					ctx := t.Context()

					if how != "alone" {
						var end func()
						ctx, end = WithWork(ctx)
						defer end()
					}

					answer, err := newClient(t, transport).Get(ctx, callOf(t, "W55d"))
					if err != nil {
						t.Fatal(err)
					}

					upstreamtest.ReadAll(t, answer.Body)

					if got := sent(); !slices.Equal(got, []string{want, want}) {
						t.Errorf("sent %q", got)
					}
				})
			})
		}
	}
}

type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAnEntryNamedByAnObject(t *testing.T) {
	const head = `{"metricName":`
	tests := []struct{ name, entry, want string }{
		{"as the service names it", `{"namespace":"ns","name":"loss","labels":[],"columnNames":["a"]}`, `"loss","metricNamespace":"ns"`},
		{"without a namespace", `{"name":"loss"}`, `"loss","metricNamespace":null`},
		{"with a null", `{"name":"loss","namespace":null}`, `"loss","metricNamespace":null`},
		{"with quotes and placeholders", `{"name":"\"},{cursor}","namespace":"{entry.name}{item}"}`, `"\"},{cursor}","metricNamespace":"{entry.name}{item}"`},
		{"with members that look like a stretch of the template", `{"name":"loss","name},\"metricNamespace\":{entry.namespace":"x","namespace},\"continuationToken\":{cursor":"x"}`, `"loss","metricNamespace":null`},
		{"with a name in other letters beside it", `{"name":"loss","Name":"other"}`, `"loss","metricNamespace":null`},
	}
	for _, tt := range tests {
		call := callOf(t, "W57")
		call.Entry = tt.entry

		for range 20 { // the order of an object's members must not matter
			got, err := bodyOf(call)
			if want := head + tt.want + `,"continuationToken":null}`; err != nil || got != want {
				t.Errorf("%s: got %s, %v, want %s", tt.name, got, err, want)
				break
			}
		}
	}

	for name, entry := range map[string]string{
		"a plain name":          "loss",
		"no object":             `["loss"]`,
		"an object that breaks": `{"name":"loss"`,
		"a number":              `{"name":1}`,
		"an object in it":       `{"name":{"metricName":"x"}}`,
		"a list in it":          `{"name":"loss","namespace":["{cursor}"]}`,
	} {
		transport := upstreamtest.Answers(200)
		call := callOf(t, "W57")
		call.Entry = entry
		_, err := newClient(t, transport).Get(t.Context(), call)
		upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer)
		if len(transport.Requests()) != 0 {
			t.Errorf("%s: it was called", name)
		}
	}
}

func TestABodyWithoutItsItemIsNotSent(t *testing.T) {
	transport := upstreamtest.Answers(200)
	call := callOf(t, "W55d")
	call.Item = ""
	_, err := newClient(t, transport).Get(t.Context(), call)
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonInvalidRequest)
	if len(transport.Requests()) != 0 {
		t.Error("it was called")
	}
}

func FuzzBodyHasItsTemplatesShape(f *testing.F) {
	f.Add("run-1", `{"name":"loss","namespace":"x"}`, "abc")
	f.Add(`","x":"`, `{"name":{"a":1}}`, `"}`)
	f.Add("{cursor}", `{"name},\"metricNamespace\":{entry.namespace":"x"}`, "{item}")
	f.Add("\xff", `{"name":"a","name":"b"}`, "\x00\u2028")
	members := map[string][]string{
		"W50":  {"continuationToken", "top", "viewType"},
		"W52":  {"continuationToken", "top"},
		"W55d": {"runId", "selectJobSpecification", "selectRunDefinition", "selectRunMetadata"},
		"W56":  {"continuationToken"},
		"W57":  {"continuationToken", "metricName", "metricNamespace"},
	}

	rows := map[string]Operation{}
	for id := range members {
		rows[id] = row(f, id)
	}

	f.Fuzz(func(t *testing.T, item, entry, token string) {
		for id, want := range members {
			text, err := bodyOf(Call{
				Operation: rows[id],
				Item:      item,
				Entry:     entry,
				Cursor:    tokenCursor + token,
			})
			if err != nil {
				if dsr.ClassOf(err) != dsr.Permanent {
					t.Fatalf("class %s", dsr.ClassOf(err))
				}
				continue
			}
			var got map[string]any
			if err := json.Unmarshal([]byte(text), &got); err != nil || !jsontext.Value(text).IsValid() {
				t.Fatalf("%s: %s is not one strict object: %v", id, text, err)
			}
			if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, want) {
				t.Fatalf("%s: %s has members %v", id, text, names)
			}

			for _, name := range []string{"continuationToken", "runId", "metricName", "metricNamespace"} {
				if _, isText := got[name].(string); !isText && got[name] != nil {
					t.Fatalf("%s: %s in %s is no string", id, name, text)
				}
			}
		}
	})
}
