package senders_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
	"azureml-dsr/internal/senders"
)

const request = `{"schemaVersion":"1.0","id":"req-1","kind":"export","submittedAt":"2026-11-23T10:00:00Z","scope":[{"subscriptionId":"s"}]}`

func operated(t *testing.T, s *operatortest.Stored) (senders.Operated, *operatortest.Queues) {
	t.Helper()
	schema, err := os.ReadFile("../../docs/schema/request.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	o, queues := s.Operator(operatortest.Time)
	return senders.Operated{
		Operator:  o,
		Validator: func() (*fanout.Validator, error) { return fanout.NewValidator(schema, []string{"models"}) },
		Now:       func() time.Time { return operatortest.Time },
	}, queues
}

func TestARequestIsSentOnceItIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		stored bool
		want   operator.Kind
	}{
		"a good one":          {request, false, 0},
		"one with a fault":    {strings.Replace(request, "export", "x", 1), false, operator.Invalid},
		"one without scope":   {strings.Replace(request, `,"scope":[{"subscriptionId":"s"}]`, "", 1), false, operator.Invalid},
		"one of a used id":    {strings.Replace(request, `"subscriptionId":"s"`, `"subscriptionId":"t"`, 1), true, operator.Refused},
		"one that is no JSON": {"x", false, operator.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			s := operatortest.New(t)
			if c.stored {
				s.Open()
			}
			o, queues := operated(t, s)
			accepted, err := o.Submit(t.Context(), []byte(c.body))
			if operator.KindOf(err) != c.want || (c.want == 0) != (len(queues.Messages) == 1) {
				t.Fatalf("%v, sent %v", err, queues.Messages)
			}
			if due := operatortest.Time.AddDate(0, 1, 0); c.want == 0 && (accepted.ID != "req-1" || !accepted.DueAt.Equal(due)) {
				t.Errorf("accepted %+v", accepted)
			}
		})
	}
}

func TestAClosedRequestSaysHowManyDocumentsThereAre(t *testing.T) {
	s := operatortest.New(t)
	o, _ := operated(t, s)
	if _, err := o.Status(t.Context(), "req-1"); operator.KindOf(err) != operator.NotFound {
		t.Fatalf("before it was sent: %v", err)
	}

	s.Open()
	s.MakePlan()
	if got, err := o.Status(t.Context(), "req-1"); err != nil || got.State != operator.StateRunning || got.Documents != 0 {
		t.Errorf("running: %+v, %v", got, err)
	}

	account, models := s.Task(1, 0), s.Task(2, 0)
	s.List(account, operatortest.AccountID)
	s.Work(account, "E01", operatortest.AccountID)
	s.List(models, "m-1")
	s.Work(models, "E03", "m-1")
	s.CloseAttempt()
	got, err := o.Status(t.Context(), "req-1")
	if err != nil || got.State != string(dsr.StatusSucceeded) || got.Documents != 2 {
		t.Errorf("closed: %+v, %v", got, err)
	}
}

func TestARequestIsCanceled(t *testing.T) {
	s := operatortest.New(t)
	o, _ := operated(t, s)
	if err := o.Cancel(t.Context(), "req-1", "x", "crm"); operator.KindOf(err) != operator.NotFound {
		t.Errorf("an unknown one: %v", err)
	}

	s.Open()
	if err := o.Cancel(t.Context(), "req-1", "x", "crm"); err != nil {
		t.Fatal(err)
	}
	body, _, err := s.Audit.Read(t.Context(), operatortest.Attempt.Cancel(), 1<<10)
	if err != nil || !strings.Contains(string(body), `"by":"crm"`) {
		t.Errorf("recorded: %s, %v", body, err)
	}
}

// TestWhatTheWorkerWouldRefuseIsNotSent refuses a request by where its scope's name leads.
func TestWhatTheWorkerWouldRefuseIsNotSent(t *testing.T) {
	for name, outside := range map[string]bool{"a": false, "b": true} {
		s := operatortest.New(t)
		o, queues := operated(t, s)
		plain := o.Validator
		o.Validator = func() (*fanout.Validator, error) {
			v, err := plain()
			if err == nil {
				v.Scopes = dsr.ScopeNames{Places: map[string][]dsr.Scope{"a": {{SubscriptionID: "a"}}, "b": {{SubscriptionID: "b"}}}}
			}
			return v, err
		}
		o.Check = (&fanout.Intake{Allowed: fanout.AllowedScopes{"/subscriptions/a"}}).CheckNew

		_, err := o.Submit(t.Context(), []byte(strings.Replace(request, `{"subscriptionId":"s"}`, `"`+name+`"`, 1)))
		if refused := operator.KindOf(err) == operator.Invalid; refused != outside || (len(queues.Messages) == 0) != outside {
			t.Errorf("%s: %v, sent %d", name, err, len(queues.Messages))
		}
		if outside && dsr.ReasonOf(err) != dsr.ReasonScopeNotAllowed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhatTheOperatorHasNamedIsConfirmedForASender sends an erasure whose sender confirms
// nothing.
func TestWhatTheOperatorHasNamedIsConfirmedForASender(t *testing.T) {
	const workspace = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
	const erasure = `{"schemaVersion":"1.0","id":"req-1","kind":"delete","what":"subject","submittedBy":"o","subject":{"objectId":"o"},"scope":["all"]}`
	names := dsr.ScopeNames{Places: map[string][]dsr.Scope{"all": {
		{SubscriptionID: "s", ResourceGroup: "g", MachineLearningWorkspaces: []string{"w"}},
		{SubscriptionID: "t", MachineLearningWorkspaces: []string{"*"}},
	}}, Default: "all"}
	for name, c := range map[string]struct {
		body     string
		approved bool // another person must approve
		want     string
	}{
		"what belongs to the person":     {erasure, true, `["` + workspace + `"]`},
		"of the default scope":           {strings.Replace(erasure, `,"scope":["all"]`, "", 1), true, `["` + workspace + `"]`},
		"in places of its own":           {strings.Replace(erasure, `["all"]`, `["all",{"subscriptionId":"s","resourceGroup":"g","machineLearningWorkspaces":["v"]}]`, 1), true, ``},
		"where nobody has to approve":    {erasure, false, ``},
		"everything":                     {strings.Replace(erasure, `"what":"subject",`, "", 1), true, ``},
		"what its sender confirms":       {strings.Replace(erasure, `"id"`, `"confirm":["/subscriptions/x"],"id"`, 1), true, `["/subscriptions/x"]`},
		"what is not to be deleted here": {request, true, ``},
	} {
		t.Run(name, func(t *testing.T) {
			o, queues := operated(t, operatortest.New(t))
			plain := o.Validator
			o.Validator = func() (*fanout.Validator, error) {
				v, err := plain()
				if err == nil {
					v.Scopes = names
				}
				return v, err
			}
			rules := &fanout.Intake{Deletions: []dsr.DeletionType{{ID: "DW1", Type: "models", Level: dsr.MachineLearningWorkspace, Personal: true}}}
			if c.approved {
				o.Unconfirmed = rules.Unconfirmed
			}
			if _, err := o.Submit(t.Context(), []byte(c.body)); err != nil {
				t.Fatal(err)
			}
			var sent struct{ Confirm json.RawMessage }
			if err := json.Unmarshal(queues.Messages[0].Body, &sent); err != nil || string(sent.Confirm) != c.want {
				t.Errorf("confirms %s, want %s (%v)", sent.Confirm, c.want, err)
			}
		})
	}
}
