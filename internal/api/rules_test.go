package api_test

import (
	"net/http"
	"strings"
	"testing"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/callback"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/operator/operatortest"
)

// ruled returns an API that refuses what the worker of these rules would refuse.
func ruled(t *testing.T, stored *operatortest.Stored, rules fanout.Intake) site {
	t.Helper()
	return newSite(t, stored, api.Options{Auth: api.Auth{Token: token}, Check: rules.CheckNew})
}

func callbacksTo(t *testing.T, hosts string) func(dsr.Request) error {
	t.Helper()
	parsed, err := callback.ParseHosts(hosts)
	if err != nil {
		t.Fatal(err)
	}
	return callback.Settings{Hosts: parsed}.Check
}

func TestWhatTheWorkerWouldRefuseIsRefusedAtOnce(t *testing.T) {
	const deletion = `{"id":"req-1","kind":"delete","subject":{"objectId":"ada"},"scope":[{"subscriptionId":"s","resourceGroup":"g","machineLearningWorkspaces":["w"]}]}`
	tells := func(url, format string) string {
		return strings.Replace(exportRequest, `"id"`, `"callbacks":[{"url":"`+url+`","format":"`+format+`"}],"id"`, 1)
	}
	deletions := []dsr.DeletionType{{ID: azureml.DeleteOperations()[0].ID, Type: "workspaces", Level: dsr.MachineLearningWorkspace, Container: true}}

	for name, tt := range map[string]struct {
		rules       fanout.Intake
		body        string
		code, field string
		message     string
	}{
		"callbacks that are switched off": {fanout.Intake{Callbacks: callback.Settings{}.Check}, tells("https://hooks.example.org/dsr", "cloudevents"),
			"InvalidRequest", "/callbacks/0/url", "callbacks are switched off here; leave them out, or have the operator name the host in CALLBACK_HOSTS"},
		"a host that is not on the list": {fanout.Intake{Callbacks: callbacksTo(t, "hooks.example.org")}, tells("https://other.example.org/dsr", "cloudevents"),
			"InvalidRequest", "/callbacks/0/url", "its host and port are not among those that may be called; have the operator add them to CALLBACK_HOSTS"},
		"a callback that nothing signs": {fanout.Intake{Callbacks: callbacksTo(t, "hooks.example.org")}, tells("https://hooks.example.org/dsr", "opendsr"),
			"InvalidRequest", "/callbacks/0/format", "nothing can be signed for OpenDSR here; use cloudevents, or have the operator set DSR_DOMAIN, DSR_SIGNING_KEY and DSR_SIGNING_CERTIFICATE"},
		"a scope that is not allowed": {fanout.Intake{Allowed: fanout.AllowedScopes{"/subscriptions/other"}}, exportRequest,
			"ScopeNotAllowed", "/scope/0", ""},
		"a deletion where none is allowed": {fanout.Intake{}, deletion,
			"DeletesDisabled", "/kind", `deletions are switched off here; send kind "export", or have the operator set DELETES_ENABLED`},
		"a container that is not confirmed": {fanout.Intake{DeletesEnabled: true, Deletions: deletions}, deletion,
			"ConfirmationMissing", "/confirm", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for way, c := range map[string]struct {
				call
				status int
				code   string
			}{
				"POST":             {call{method: http.MethodPost, path: "/api/requests"}, 400, tt.code},
				"PUT":              {call{method: http.MethodPut, path: "/api/requests/req-1"}, 400, tt.code},
				"validateOnly":     {call{method: http.MethodPost, path: "/api/requests?validateOnly=true"}, 200, ""},
				"PUT validateOnly": {call{method: http.MethodPut, path: "/api/requests/req-1?validateOnly=true"}, 200, ""},
			} {
				s := ruled(t, operatortest.New(t), tt.rules)
				c.body = tt.body
				w := s.do(c.call)
				want(t, w, c.status, c.code)

				got := decoded[struct {
					Valid  bool
					Errors []struct{ Field, Message string }
				}](t, w)
				if got.Valid || len(got.Errors) != 1 || got.Errors[0].Field != tt.field || (tt.message != "" && got.Errors[0].Message != tt.message) {
					t.Errorf("%s told %+v", way, got)
				}
				if len(s.queues.Messages) != 0 {
					t.Errorf("%s: it was sent", way)
				}
			}
		})
	}
}

// A setting that has changed since a request was recorded keeps nobody from asking for it by
// sending it once more.
func TestARecordedRequestIsNotHeldAgainstTheRulesOfToday(t *testing.T) {
	stored := operatortest.New(t)
	before := ruled(t, stored, fanout.Intake{})
	put := call{method: http.MethodPut, path: "/api/requests/req-1", body: exportRequest}
	want(t, before.do(put), http.StatusCreated, "")

	after := ruled(t, stored, fanout.Intake{Allowed: fanout.AllowedScopes{"/subscriptions/other"}})
	after.queues.Waits = before.queues.Messages
	want(t, after.do(put), http.StatusOK, "")
}
