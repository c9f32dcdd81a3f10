package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/operator/operatortest"
)

// sentRequest returns the request that was sent last.
func sentRequest(t *testing.T, s site) (r dsr.Request) {
	t.Helper()
	if len(s.queues.Messages) == 0 {
		t.Fatal("nothing was sent")
	}
	if err := json.Unmarshal(s.queues.Messages[len(s.queues.Messages)-1].Body, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestASubmittedRequestNamesWhoHasSignedIn(t *testing.T) {
	s := deployed(t, operatortest.New(t))
	w := s.do(call{method: http.MethodPost, path: "/api/requests", header: as(ada, "DSR.Operate"), host: "dsr.example.net",
		body: strings.Replace(exportRequest, `"id"`, `"submittedBy":"bob@example.org","id"`, 1)})

	want(t, w, http.StatusAccepted, "")
	if got, want := sentRequest(t, s).SubmittedBy, "5c1d@example.org [oid "+ada+", tid "+tenant+"]"; got != want {
		t.Errorf("submitted by %q, want %q", got, want)
	}
	if at := "https://dsr.example.net/api/requests/req-1"; w.Header().Get("Operation-Location") != at || w.Header().Get("Location") != at || w.Header().Get("Retry-After") != "5" {
		t.Errorf("headers %v", w.Header())
	}
	if got := decoded[struct{ ID, Status, State string }](t, w); got.ID != "req-1" || got.Status != "NotStarted" || got.State != "received" {
		t.Errorf("answered %+v", got)
	}
}

func TestTheIDComesFromTheBodyThenFromAHeaderThenByChance(t *testing.T) {
	without := strings.Replace(exportRequest, `"id":"req-1",`, "", 1)
	for name, tt := range map[string]struct {
		body   string
		header map[string]string
		id     string // "": any
		status int
		code   string
	}{
		"the body's":                        {exportRequest, map[string]string{"Operation-Id": "op-1", "Idempotency-Key": "key-1"}, "req-1", 202, ""},
		"Operation-Id":                      {without, map[string]string{"Operation-Id": "op-1", "Idempotency-Key": "key-1"}, "op-1", 202, ""},
		"Idempotency-Key":                   {without, map[string]string{"Idempotency-Key": "key-1"}, "key-1", 202, ""},
		"Idempotency-Key as a text of HTTP": {without, map[string]string{"Idempotency-Key": `"key-1"`}, "key-1", 202, ""},
		"a new one":                         {without, nil, "", 202, ""},
		"a header that is no id":            {without, map[string]string{"Operation-Id": "../x"}, "", 400, "InvalidRequest"},
		"a number":                          {strings.Replace(exportRequest, `"req-1"`, "7", 1), map[string]string{"Operation-Id": "op-1"}, "", 400, "InvalidRequest"},
	} {
		t.Run(name, func(t *testing.T) {
			s := local(t, operatortest.New(t))
			w := s.do(call{method: http.MethodPost, path: "/api/requests", body: tt.body, header: tt.header})
			want(t, w, tt.status, tt.code)
			if tt.status != 202 {
				return
			}
			if got := sentRequest(t, s).ID; got == "" || (tt.id != "" && got != tt.id) {
				t.Errorf("id %q", got)
			}
		})
	}
}

func TestTheSameRequestIsSentOnceAndAnotherOfItsIDRefused(t *testing.T) {
	other := strings.Replace(exportRequest, "ada", "bob", 1)
	for name, tt := range map[string]struct {
		method, body  string
		header        map[string]string
		status, again int // of the same once more
		conflict      int
		code          string
	}{
		"PUT":                       {http.MethodPut, exportRequest, nil, 201, 200, 409, "ConflictingRequest"},
		"POST":                      {http.MethodPost, exportRequest, nil, 202, 202, 409, "ConflictingRequest"},
		"POST with Idempotency-Key": {http.MethodPost, strings.Replace(exportRequest, `"id":"req-1",`, "", 1), map[string]string{"Idempotency-Key": "req-1"}, 202, 202, 422, "IdempotencyKeyReused"},
	} {
		t.Run(name, func(t *testing.T) {
			s := local(t, operatortest.New(t))
			path := "/api/requests"
			if tt.method == http.MethodPut {
				path += "/req-1"
			}
			c := call{method: tt.method, path: path, body: tt.body, header: tt.header}

			want(t, s.do(c), tt.status, "")
			s.queues.Waits = s.queues.Messages // nobody has taken it yet
			want(t, s.do(c), tt.again, "")
			if len(s.queues.Messages) != 1 {
				t.Errorf("%d messages were sent", len(s.queues.Messages))
			}

			c.body = other
			if tt.header != nil {
				c.body = strings.Replace(other, `"id":"req-1",`, "", 1)
			}
			want(t, s.do(c), tt.conflict, tt.code)
		})
	}
}

func TestARecordedRequestIsNotSentAgain(t *testing.T) {
	stored := operatortest.New(t)
	s := local(t, stored)
	want(t, s.post("/api/requests", exportRequest), http.StatusAccepted, "")
	request := sentRequest(t, s)
	request.Regulation = "gdpr"
	sum, err := request.ContentHash(true, "")
	stored.Must(err)
	_, err = stored.Ledger.RecordRequest(t.Context(), dsr.NewRequestRecord(request, sum, true, operatortest.Time))
	stored.Must(err)

	put := call{method: http.MethodPut, path: "/api/requests/req-1", body: exportRequest}
	want(t, s.do(put), http.StatusOK, "")
	put.body = strings.Replace(exportRequest, "ada", "bob", 1)
	want(t, s.do(put), http.StatusConflict, "ConflictingRequest")
	if len(s.queues.Messages) != 1 {
		t.Errorf("%d messages were sent", len(s.queues.Messages))
	}
}

func TestEachFaultOfARequestIsToldWithItsField(t *testing.T) {
	wrong := `{"id":"req-1","kind":"exprot","scope":[{"resourceGroup":"g"}]}`
	for name, tt := range map[string]struct {
		path   string
		status int
		code   string
	}{
		"submitted": {"/api/requests", 400, "InvalidRequest"},
		"checked":   {"/api/requests?validateOnly=true", 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := local(t, operatortest.New(t))
			w := s.post(tt.path, wrong)
			want(t, w, tt.status, tt.code)
			got := decoded[struct {
				Valid  bool
				Errors []struct{ Field, Message string }
			}](t, w)
			if len(got.Errors) != 2 || got.Errors[0].Field != "/kind" || got.Errors[1].Field != "/scope/0" || got.Errors[1].Message != "missing subscriptionId" || got.Valid {
				t.Errorf("told %+v", got)
			}
			if len(s.queues.Messages) != 0 {
				t.Error("it was sent")
			}
		})
	}

	s := local(t, operatortest.New(t))
	w := s.post("/api/requests?validateOnly=true", exportRequest)
	if got := decoded[struct{ Valid bool }](t, w); !got.Valid || len(s.queues.Messages) != 0 {
		t.Errorf("a good one: %+v, %d sent", got, len(s.queues.Messages))
	}
}

// What was meant to be checked alone is not sent, however it is written.
func TestOnlyToCheckIsNeverMisunderstood(t *testing.T) {
	for query, tt := range map[string]struct {
		status int
		code   string
		sent   int
	}{
		"validateOnly=true":                    {200, "", 0},
		"validateOnly=true&api-version=1.0":    {200, "", 0},
		"validateOnly=1":                       {400, "InvalidInput", 0},
		"validateOnly=True":                    {400, "InvalidInput", 0},
		"validateOnly":                         {400, "InvalidInput", 0},
		"validateOnly=false&validateOnly=true": {400, "InvalidInput", 0},
		"validateOnly=true,true":               {400, "InvalidInput", 0},
		"validateonly=true":                    {400, "InvalidInput", 0},
		"dryRun=true":                          {400, "InvalidInput", 0},
		"validateOnly=true;x":                  {400, "InvalidInput", 0},
		"validateOnly=false":                   {0, "", 1},
		"api-version=1.0":                      {0, "", 1},
	} {
		for method, c := range map[string]struct {
			path string
			sent int // status
		}{http.MethodPost: {"/api/requests", 202}, http.MethodPut: {"/api/requests/req-1", 201}} {
			t.Run(method+" "+query, func(t *testing.T) {
				s := local(t, operatortest.New(t))
				status := tt.status
				if status == 0 {
					status = c.sent
				}
				want(t, s.do(call{method: method, path: c.path + "?" + query, body: exportRequest}), status, tt.code)
				if len(s.queues.Messages) != tt.sent {
					t.Errorf("%d messages were sent", len(s.queues.Messages))
				}
			})
		}
	}
}

func TestWhatIsNoRequestIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		method, path, body string
		status             int
		code               string
	}{
		"nothing":                      {"POST", "/api/requests", "", 400, "InvalidInput"},
		"no JSON":                      {"POST", "/api/requests", "{", 400, "InvalidInput"},
		"an array":                     {"POST", "/api/requests", "[]", 400, "InvalidInput"},
		"null":                         {"POST", "/api/requests", "null", 400, "InvalidInput"},
		"a member twice":               {"POST", "/api/requests", `{"kind":"export","kind":"delete"}`, 400, "InvalidInput"},
		"another id than the path's":   {"PUT", "/api/requests/req-2", exportRequest, 400, "InvalidInput"},
		"an id that is none":           {"PUT", "/api/requests/-x", exportRequest, 400, "InvalidInput"},
		"an id with a dot":             {"GET", "/api/requests/a.b", "", 400, "InvalidInput"},
		"an id that is too long":       {"GET", "/api/requests/" + strings.Repeat("a", 65), "", 400, "InvalidInput"},
		"an order with another member": {"POST", "/api/requests/req-1/extend", `{"reson":"x"}`, 400, "InvalidInput"},
		"an order twice by case":       {"POST", "/api/requests/req-1/extend", `{"reason":"x","REASON":"y"}`, 400, "InvalidInput"},
		"an order of another shape":    {"POST", "/api/requests/req-1/extend", `{"reason":7}`, 400, "InvalidInput"},
		"another method":               {"PATCH", "/api/requests", "{}", 405, "MethodNotAllowed"},
		"another path":                 {"GET", "/api/request", "", 404, "NotFound"},
	} {
		t.Run(name, func(t *testing.T) {
			w := local(t, operatortest.New(t)).do(call{method: tt.method, path: tt.path, body: tt.body})
			want(t, w, tt.status, tt.code)
			if w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("headers %v", w.Header())
			}
			if tt.status == 405 && w.Header().Get("Allow") == "" {
				t.Error("no Allow")
			}
		})
	}
}

func TestWhatASourceMustSayIsAskedForAtOnce(t *testing.T) {
	s := operatortest.New(t)
	strict := ruled(t, s, fanout.Intake{
		Allowed:  fanout.AllowedScopes{"/subscriptions"},
		Policies: dsr.SourcePolicies{dsr.AnySource: {Verification: true}},
	})
	identified := strings.Replace(exportRequest, `"id"`, `"verification":{"method":"m","verifiedAt":"2026-11-20T10:00:00Z","verifiedBy":"b"},"id"`, 1)

	w := strict.do(call{method: http.MethodPost, path: "/api/requests", body: exportRequest})
	want(t, w, http.StatusBadRequest, dsr.ReasonVerificationMissing)
	if !strings.Contains(w.Body.String(), `"field":"/verification"`) || len(strict.queues.Messages) > 0 {
		t.Errorf("answered %s, sent %d", w.Body, len(strict.queues.Messages))
	}
	w = strict.do(call{method: http.MethodPost, path: "/api/requests?validateOnly=true", body: exportRequest})
	if want(t, w, http.StatusOK, ""); !strings.Contains(w.Body.String(), `"valid":false`) {
		t.Errorf("answered %s", w.Body)
	}

	w = strict.do(call{method: http.MethodPost, path: "/api/requests", body: identified})
	if want(t, w, http.StatusAccepted, ""); !strings.Contains(w.Body.String(), `"verification":{"method":"m"`) {
		t.Errorf("answered %s", w.Body)
	}
}
