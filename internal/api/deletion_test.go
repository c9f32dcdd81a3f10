package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/ledger/ledgertest"
	"azureml-dsr/internal/operator/operatortest"
)

const planned = "del-1"

// plan stores a request that deletes a model, and its plan, which waits for an approval.
func plan(t *testing.T, submittedBy string, others int64) *operatortest.Stored {
	t.Helper()
	s := operatortest.New(t)
	ctx := t.Context()
	_, err := s.Ledger.SwapOpen(ctx, dsr.OpenRecord{RequestID: planned, Attempt: 1, DueAt: operatortest.Time.AddDate(0, 0, 20)}, ledger.Version{})
	s.Must(err)
	_, err = s.Ledger.RecordRequest(ctx, dsr.NewRequestRecord(dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            planned,
		Kind:          dsr.KindDelete,
		DueAt:         operatortest.Time.AddDate(0, 0, 20),
		SubmittedBy:   submittedBy,
		Subject:       &dsr.Subject{ObjectID: "o-1"},
		Scope:         []dsr.Scope{{SubscriptionID: "s", ResourceGroup: "g"}},
	}, "", false, operatortest.Time))
	s.Must(err)
	_, err = s.Ledger.RecordPlan(ctx, dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     planned,
		Attempt:       1,
		Kind:          dsr.KindDelete,
		CreatedAt:     operatortest.Time,
		Nodes:         []dsr.Node{{Number: 1, Type: dsr.DeleteType("models"), Target: operatortest.AccountID, Location: "eastus2"}},
	})
	s.Must(err)
	_, _, err = s.Ledger.RecordDeletionPlan(ctx, dsr.DeletionPlan{
		RequestID: planned,
		Attempt:   1,
		ObjectID:  "o-1",
		CreatedAt: operatortest.Time,
		Stages: []dsr.Deletions{{
			Node:     1,
			Endpoint: "D02",
			Type:     "models",
			Target:   operatortest.AccountID,
			Items:    []dsr.Planned{{Item: "m-1", URL: "https://eastus2.example/models/m-1"}},
			Others:   others,
		}},
	})
	s.Must(err)
	return s
}

// sumOf returns the SHA-256 of the plan.
func sumOf(t *testing.T, s *operatortest.Stored) string {
	t.Helper()
	_, sum, _, err := s.Ledger.DeletionPlan(t.Context(), dsr.Attempt{RequestID: planned, Number: 1})
	s.Must(err)
	return sum
}

func TestTheSecondPersonIsOneThatHasSignedIn(t *testing.T) {
	ofAda := (dsr.SignedIn{Name: "5c1d@example.org", ObjectID: ada, TenantID: tenant}).String()
	renamed := (dsr.SignedIn{Name: "ada.king@example.org", ObjectID: ada, TenantID: tenant}).String()
	for name, tt := range map[string]struct {
		submittedBy, approver string
		status                int
		code                  string
	}{
		"another person":                       {ofAda, bob, 202, ""},
		"the one who submitted":                {ofAda, ada, 403, "SecondPersonRequired"},
		"the one who submitted, renamed since": {renamed, ada, 403, "SecondPersonRequired"},
		"whom the sender named":                {"5C1D@example.org", ada, 403, "SecondPersonRequired"},
		"another than the sender named":        {"desk@example.org", ada, 202, ""},
	} {
		t.Run(name, func(t *testing.T) {
			stored := plan(t, tt.submittedBy, 0)
			s := deployed(t, stored)
			w := s.do(call{method: http.MethodPost, path: "/api/requests/" + planned + "/approve", header: as(tt.approver, "DSR.Approve"),
				body: `{"planSha256":"` + sumOf(t, stored) + `"}`})
			want(t, w, tt.status, tt.code)

			if tt.status != 202 {
				if len(s.queues.Messages) != 0 {
					t.Error("an approval was sent")
				}
				return
			}
			var sent struct{ ApprovedBy string }
			if err := json.Unmarshal(s.queues.Messages[0].Body, &sent); err != nil || !strings.HasSuffix(sent.ApprovedBy, "[oid "+tt.approver+", tid "+tenant+"]") {
				t.Errorf("approved by %q, %v", sent.ApprovedBy, err)
			}
		})
	}
}

func TestAnApprovalNamesThePlanThatWasSeen(t *testing.T) {
	for name, tt := range map[string]struct {
		body   func(sum string) string
		others int64
		status int
		code   string
	}{
		"by its hash":                   {func(sum string) string { return `{"planSha256":"` + strings.ToUpper(sum) + `"}` }, 0, 202, ""},
		"by its targets":                {func(string) string { return `{"confirm":["` + operatortest.AccountID + `"]}` }, 0, 202, ""},
		"by nothing":                    {func(string) string { return `{}` }, 0, 400, "InvalidInput"},
		"by another hash":               {func(string) string { return `{"planSha256":"` + strings.Repeat("0", 64) + `"}` }, 0, 409, "OtherPlan"},
		"by the plan and other targets": {func(sum string) string { return `{"planSha256":"` + sum + `","confirm":["/subscriptions/x"]}` }, 0, 400, "InvalidInput"},
		"by other targets":              {func(string) string { return `{"confirm":["/subscriptions/x"]}` }, 0, 400, "InvalidInput"},
		"others are not acknowledged":   {func(sum string) string { return `{"planSha256":"` + sum + `"}` }, 3, 400, "InvalidInput"},
		"others are acknowledged":       {func(sum string) string { return `{"planSha256":"` + sum + `","acknowledgeOthers":true}` }, 3, 202, ""},
	} {
		t.Run(name, func(t *testing.T) {
			stored := plan(t, "desk@example.org", tt.others)
			s := local(t, stored)
			want(t, s.post("/api/requests/"+planned+"/approve", tt.body(sumOf(t, stored))), tt.status, tt.code)
			if (len(s.queues.Messages) == 1) != (tt.status == 202) {
				t.Errorf("%d approvals were sent", len(s.queues.Messages))
			}
		})
	}
}

func TestARefusedPlanRefusesTheRequest(t *testing.T) {
	stored := plan(t, "desk@example.org", 0)
	s := deployed(t, stored)
	refuse := call{method: http.MethodPost, path: "/api/requests/" + planned + "/refuse", header: as(bob, "DSR.Approve"), body: `{"reason":"the wrong account"}`}
	want(t, s.do(call{method: refuse.method, path: refuse.path, header: refuse.header, body: "{}"}), http.StatusBadRequest, "InvalidInput")
	want(t, s.do(refuse), http.StatusAccepted, "")

	body, _, err := stored.Audit.Read(t.Context(), planned+"/1/cancel.json", 1<<20)
	stored.Must(err)
	if !strings.Contains(string(body), bob) || !strings.Contains(string(body), `"the wrong account"`) || !strings.Contains(string(body), `"refused":true`) {
		t.Errorf("recorded %s", body)
	}

	export := deployed(t, operatortest.Closed(t))
	refuse.path = "/api/requests/req-1/refuse"
	want(t, export.do(refuse), http.StatusConflict, "NotRefusable")
}

func TestADeletionThatIsApprovedOrHasBegunIsNotRefused(t *testing.T) {
	a := dsr.Attempt{RequestID: planned, Number: 1}
	for name, tt := range map[string]struct {
		before func(*operatortest.Stored)
		why    string
	}{
		"approved": {func(s *operatortest.Stored) {
			_, err := s.Ledger.RecordApproval(t.Context(), a, dsr.Approval{RequestID: planned})
			s.Must(err)
		}, "is approved already"},
		"begun without an approval": {func(s *operatortest.Stored) {
			plan, _, err := s.Ledger.Plan(t.Context(), a)
			s.Must(err)
			first := plan.FirstTask(plan.Nodes[0])
			_, _, err = s.Ledger.RecordPage(t.Context(), first, dsr.NewPage(first, []string{"m-1"}, nil, 1))
			s.Must(err)
		}, "has begun to delete; it can be canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			stored := plan(t, "desk@example.org", 0)
			tt.before(stored)
			w := local(t, stored).post("/api/requests/"+planned+"/refuse", `{"reason":"too late"}`)
			want(t, w, http.StatusConflict, "NotRefusable")
			if !strings.Contains(w.Body.String(), tt.why) {
				t.Errorf("answered %s", w.Body)
			}
			if stopped, err := stored.Ledger.Canceled(t.Context(), a); stopped || err != nil {
				t.Errorf("it is stopped: %t, %v", stopped, err)
			}
		})
	}
}

func TestAnOpenExportIsRefused(t *testing.T) {
	stored := operatortest.New(t)
	stored.Open()
	refuse := call{method: http.MethodPost, path: "/api/requests/req-1/refuse", header: as(bob, "DSR.Approve"), body: `{"reason":"identity not proven"}`}
	w := deployed(t, stored).do(refuse)
	want(t, w, http.StatusAccepted, "")
	got := decoded[struct {
		Canceling bool
		Refusal   struct{ Reason string }
	}](t, w)
	if !got.Canceling || got.Refusal.Reason != "identity not proven" {
		t.Errorf("answered %s", w.Body)
	}
}

// deletions holds the answers about deletions against the document.
func (s *schemas) deletions(t *testing.T) {
	at := "/api/requests/" + planned
	stored := plan(t, "desk@example.org", 0)
	s.hold(local(t, stored), "/requests/{id}", call{method: "GET", path: at}, 200)
	s.hold(local(t, stored), "/requests/{id}/plan", call{method: "GET", path: at + "/plan"}, 200)
	s.hold(local(t, stored), "/requests/{id}/certificate", call{method: "GET", path: at + "/certificate"}, 409)
	s.hold(local(t, stored), "/requests/{id}/approve", call{method: "POST", path: at + "/approve", body: `{"planSha256":"` + sumOf(t, stored) + `"}`}, 202)
	s.hold(local(t, stored), "/requests/{id}/refuse", call{method: "POST", path: at + "/refuse", body: `{"reason":"no"}`}, 202)

	request, _, err := stored.Ledger.Request(t.Context(), planned)
	stored.Must(err)
	a := dsr.Attempt{RequestID: planned, Number: 1}
	_, _, err = ledgertest.Close(t.Context(), stored.Ledger, ledger.Closing{Attempt: a, Request: request, Canceled: true, At: operatortest.Time}, nil, ledgertest.Recorded(t.Context(), stored.Ledger, a))
	stored.Must(err)
	s.hold(local(t, stored), "/requests/{id}/certificate", call{method: "GET", path: at + "/certificate"}, 200)
}
