package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/app"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator/operatortest"
	"azureml-dsr/internal/senders/opendsr"
)

// oneSigner signs everything with the same text.
type oneSigner struct{}

func (oneSigner) Sign(h http.Header, _ []byte) error {
	h.Set("X-OpenDSR-Signature", "signed")
	return nil
}

func (oneSigner) Domain() string       { return "dsr.example" }
func (oneSigner) Certificates() []byte { return nil }

// withSenders returns an API that the platform runs, with the forms of other senders.
func withSenders(t *testing.T, signer opendsr.Signer) site {
	t.Helper()
	s := operatortest.New(t)
	o, queues := s.Operator(operatortest.Time)
	now := func() time.Time { return operatortest.Time }
	out := newSite(t, s, api.Options{
		Auth: api.Auth{Platform: true, TenantID: tenant},
		Senders: app.SenderRoutes(app.SenderOptions{
			Operator: o,
			Scopes:   dsr.ScopeNames{Places: map[string][]dsr.Scope{"all": {{SubscriptionID: "s"}}}, Default: "all"},
			Signer:   signer,
			Now:      now,
		}),
	})
	out.queues = queues
	return out
}

const (
	subjectRequest = `{"subject_request_id":"a7551968-d5d6-44b2-9831-815ac9017798","subject_request_type":"access",
 "submitted_time":"2026-11-02T15:00:00Z","subject_identities":[{"identity_type":"email","identity_value":"ada@example.org","identity_format":"raw"}]}`
	event = `{"specversion":"1.0","type":"dsr.request.v1","id":"e-1","source":"/crm","data":{"schemaVersion":"1.0","kind":"export"}}`
)

// TestOtherSendersPassTheChecksOfEverybody calls the routes of other senders' forms as who
// may and as who may not.
func TestOtherSendersPassTheChecksOfEverybody(t *testing.T) {
	const base = "/api/v2/requests"
	cloudEvents := map[string]string{"Content-Type": "application/cloudevents+json; charset=utf-8"}
	with := func(header map[string]string, more map[string]string) map[string]string {
		out := map[string]string{}
		for _, m := range []map[string]string{header, more} {
			for name, value := range m {
				out[name] = value
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		call   call
		status int
		sent   bool
	}{
		"who may submit":                  {call{method: "POST", path: base, body: subjectRequest, header: as(ada, "DSR.Operate")}, 201, true},
		"who may submit, by version 1":    {call{method: "POST", path: "/api/v1/opengdpr_requests", body: subjectRequest, header: as(ada, "DSR.Operate")}, 201, true},
		"who may submit an event":         {call{method: "POST", path: "/api/events", body: event, header: with(as(ada, "DSR.Operate"), cloudEvents)}, 202, true},
		"who may only read":               {call{method: "POST", path: base, body: subjectRequest, header: as(ada, "DSR.Read")}, 403, false},
		"nobody":                          {call{method: "POST", path: base, body: subjectRequest}, 401, false},
		"nobody, with an event":           {call{method: "POST", path: "/api/events", body: event, header: cloudEvents}, 401, false},
		"nobody, who asks for discovery":  {call{method: "GET", path: "/api/v2/discovery"}, 200, false},
		"who may only submit, and reads":  {call{method: "GET", path: base + "/a7551968-d5d6-44b2-9831-815ac9017798", header: as(ada, "DSR.Operate")}, 403, false},
		"who reads what is not there":     {call{method: "GET", path: base + "/a7551968-d5d6-44b2-9831-815ac9017798", header: as(ada, "DSR.Read")}, 404, false},
		"a form of another site":          {call{method: "POST", path: base, body: subjectRequest, header: with(as(ada, "DSR.Operate"), map[string]string{"Sec-Fetch-Site": "cross-site"})}, 403, false},
		"an event in a form's type":       {call{method: "POST", path: "/api/events", body: event, header: with(as(ada, "DSR.Operate"), map[string]string{"Content-Type": "text/plain"})}, 415, false},
		"a job without the gateway's key": {call{method: "POST", path: "/api/transcend", body: "{}", header: as(ada, "DSR.Operate")}, 503, false},
		"10 MB":                           {call{method: "POST", path: base, body: strings.Repeat(" ", 10<<20), header: as(ada, "DSR.Operate")}, 413, false},
		"a method that there is not":      {call{method: "PUT", path: base, body: "{}", header: as(ada, "DSR.Operate")}, 405, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := withSenders(t, oneSigner{})
			w := s.do(c.call)
			if w.Code != c.status || (len(s.queues.Messages) == 1) != c.sent {
				t.Fatalf("%d %s, sent %d", w.Code, w.Body, len(s.queues.Messages))
			}
			if !c.sent {
				return
			}
			var sent struct{ SubmittedBy string }
			if err := json.Unmarshal(s.queues.Messages[0].Body, &sent); err != nil || !strings.Contains(sent.SubmittedBy, "oid "+ada) {
				t.Errorf("sent %s", s.queues.Messages[0].Body)
			}
		})
	}
}

func TestOpenDSRIsNotAnsweredWithoutAKey(t *testing.T) {
	s := withSenders(t, nil)
	for _, c := range []call{
		{method: "GET", path: "/api/v2/discovery"},
		{method: "POST", path: "/api/v2/requests", body: subjectRequest, header: as(ada, "DSR.Operate")},
	} {
		if w := s.do(c); w.Code != http.StatusServiceUnavailable || len(s.queues.Messages) > 0 {
			t.Errorf("%s: %d %s", c.path, w.Code, w.Body)
		}
	}
}
