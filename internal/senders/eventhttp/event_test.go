package eventhttp_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
	"azureml-dsr/internal/senders/eventhttp"
	"azureml-dsr/internal/senders/senderstest"
)

var now = time.Date(2026, 11, 29, 6, 0, 0, 0, time.UTC)

const (
	structured = "application/cloudevents+json; charset=utf-8"
	data       = `{"schemaVersion":"1.0","id":"r","kind":"export"}`
	event      = `{"specversion":"1.0","type":"dsr.request.v1","id":"e-1","source":"/crm","time":"2026-11-28T10:00:00Z","data":` + data + `}`
)

// binary returns the headers of a binary event, of which tests replace some.
func binary(pairs ...string) http.Header {
	h := http.Header{}
	for _, p := range [][2]string{{"Content-Type", "application/json"}, {"ce-specversion", "1.0"}, {"ce-type", "dsr.request.v1"}, {"ce-id", "e-1"}, {"ce-source", "/crm"}} {
		h.Set(p[0], p[1])
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func typed(contentType string) http.Header { return http.Header{"Content-Type": {contentType}} }

func TestAnEventBecomesItsRequest(t *testing.T) {
	for name, c := range map[string]struct {
		header http.Header
		body   string
		want   map[string]string // members beside those of the data
	}{
		"structured":                  {typed(structured), event, map[string]string{"id": "r", "submittedAt": "2026-11-28T10:00:00Z", "source": "cloudevents"}},
		"binary":                      {binary(), data, map[string]string{"id": "r", "source": "cloudevents"}},
		"binary with a time":          {binary("ce-time", "2026-11-28T10:00:00Z"), data, map[string]string{"id": "r", "submittedAt": "2026-11-28T10:00:00Z", "source": "cloudevents"}},
		"an id that is percent-coded": {binary("ce-id", "e%2D1"), strings.Replace(data, `"id":"r",`, "", 1), map[string]string{"id": "e-1", "source": "cloudevents"}},
		"the event's id":              {typed(structured), strings.Replace(event, `"id":"r",`, "", 1), map[string]string{"id": "e-1", "submittedAt": "2026-11-28T10:00:00Z", "source": "cloudevents"}},
		"an id twice by case":         {typed(structured), strings.Replace(strings.Replace(event, `"id":"r",`, "", 1), `"id":"e-1"`, `"id":"e-1","ID":"e-2"`, 1), map[string]string{"id": "e-1", "submittedAt": "2026-11-28T10:00:00Z", "source": "cloudevents"}},
		"an id that can be none":      {binary("ce-id", "a/b"), strings.Replace(data, `"id":"r",`, "", 1), map[string]string{"source": "cloudevents"}},
		"who says who they are":       {binary(), strings.Replace(data, `"id"`, `"submittedBy":"eve","source":"portal","id"`, 1), map[string]string{"id": "r", "source": "portal"}},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := eventhttp.Read(c.header, []byte(c.body), "crm", now)
			if err != nil {
				t.Fatal(err)
			}
			c.want["schemaVersion"], c.want["kind"], c.want["submittedBy"] = "1.0", "export", "crm"
			var got map[string]string
			if err := json.Unmarshal(request, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		header http.Header
		body   string
		reason string
	}{
		"a bare request":             {typed("application/json"), data, dsr.ReasonUnsupportedEventType},
		"a batch":                    {typed("application/cloudevents-batch+json"), "[" + event + "]", dsr.ReasonUnsupportedEventType},
		"another type":               {binary("ce-type", "secret"), data, dsr.ReasonUnsupportedEventType},
		"another version":            {binary("ce-specversion", "0.3"), data, dsr.ReasonUnsupportedEventType},
		"no source":                  {binary("ce-source", ""), data, dsr.ReasonUnsupportedEventType},
		"a header that stands twice": {http.Header{"Ce-Id": {"a", "secret"}}, data, dsr.ReasonUnsupportedEventType},
		"a wrong percent sign":       {binary("ce-id", "%zz"), data, dsr.ReasonUnsupportedEventType},
		"text":                       {binary("Content-Type", "text/plain"), data, dsr.ReasonUnsupportedEventType},
		"data that is no object":     {binary(), "[]", dsr.ReasonInvalidRequest},
		"null":                       {binary(), "null", dsr.ReasonInvalidRequest},
		"a member twice":             {binary(), `{"id":"a","id":"secret"}`, dsr.ReasonInvalidRequest},
		"no data":                    {typed(structured), strings.Replace(event, `,"data":`+data, "", 1), dsr.ReasonInvalidRequest},
		"data twice":                 {typed(structured), strings.Replace(event, `"data"`, `"data_base64":"e30=","data"`, 1), dsr.ReasonInvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := eventhttp.Read(c.header, []byte(c.body), "crm", now)
			if dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != c.reason || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v, want %s", err, c.reason)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(structured, "", []byte(event))
	f.Add("application/json", "dsr.request.v1", []byte(data))
	f.Fuzz(func(t *testing.T, contentType, eventType string, body []byte) {
		h := binary("Content-Type", contentType, "ce-type", eventType)
		request, err := eventhttp.Read(h, body, "crm", now)
		if err != nil {
			if dsr.ClassOf(err) != dsr.Permanent {
				t.Errorf("%v is of class %s", err, dsr.ClassOf(err))
			}
			return
		}
		var got struct{ SubmittedBy string }
		if err := json.Unmarshal(request, &got); err != nil || got.SubmittedBy != "crm" {
			t.Errorf("%s became %s (%v)", body, request, err)
		}
	})
}

var crm = senders.Call{Controller: "crm", Name: "crm", Base: "https://dsr.example/api"}

func newHandler(requests senders.Requests, call senders.Call) http.Handler {
	return senderstest.Mounted(eventhttp.Routes(requests, func() time.Time { return now }), call)
}

func TestNobodyIsHeardWhoHasNotSignedIn(t *testing.T) {
	for _, method := range []string{http.MethodPost, http.MethodOptions} {
		requests := &senderstest.Requests{}
		r := httptest.NewRequest(method, "/api/events", strings.NewReader(data))
		r.Header = binary("WebHook-Request-Origin", "a.example")
		w := httptest.NewRecorder()
		newHandler(requests, senders.Call{}).ServeHTTP(w, r)
		if w.Code != 401 || len(requests.Submitted) > 0 {
			t.Errorf("%s: %d, submitted %v", method, w.Code, requests.Submitted)
		}
	}
}

func TestEventsAreAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		header http.Header
		body   string
		fault  error
		status int
		code   string
	}{
		"taken":              {binary(), data, nil, 202, ""},
		"no event":           {typed("application/json"), data, nil, 415, "UnsupportedEventType"},
		"no object":          {binary(), "[]", nil, 400, "InvalidRequest"},
		"too long":           {binary(), data + strings.Repeat(" ", dsr.MaxRequest), nil, 413, "TooLong"},
		"an invalid request": {binary(), data, &operator.Error{Kind: operator.Invalid, Err: dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "/kind: x")}, 400, "InvalidRequest"},
		"a used id":          {binary(), data, &operator.Error{Kind: operator.Refused, Err: errors.New("used")}, 409, "ConflictingRequest"},
		"storage away":       {binary(), data, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "secret"), 503, "Unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			requests := &senderstest.Requests{Fault: c.fault}
			r := httptest.NewRequest(http.MethodPost, "/api/events", strings.NewReader(c.body))
			r.Header = c.header
			w := httptest.NewRecorder()
			newHandler(requests, crm).ServeHTTP(w, r)
			if w.Code != c.status || w.Header().Get("x-ms-error-code") != c.code || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%d %s %s", w.Code, w.Header(), w.Body)
			}
			if taken := c.status == 202; taken != (len(requests.Submitted) == 1) || taken != (w.Header().Get("Location") == "https://dsr.example/api/requests/r") {
				t.Errorf("submitted %v, at %q", requests.Submitted, w.Header().Get("Location"))
			}
		})
	}
}

func TestASenderMayAskFirst(t *testing.T) {
	for from, status := range map[string]int{"eventgrid.azure.net": 200, "": 400, "*": 400, "a.example\nx: y": 400} {
		r := httptest.NewRequest(http.MethodOptions, "/api/events", http.NoBody)
		r.Header.Set("WebHook-Request-Origin", from)
		w := httptest.NewRecorder()
		newHandler(&senderstest.Requests{}, crm).ServeHTTP(w, r)
		if w.Code != status || (status == 200) != (w.Header().Get("WebHook-Allowed-Origin") == from && from != "") {
			t.Errorf("%q: %d %v", from, w.Code, w.Header())
		}
	}
}
