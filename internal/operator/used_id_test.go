package operator_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

const aboutAda = `{"schemaVersion":"1.0","id":"req-1","kind":"export","subject":{"objectId":"ada"},"scope":[{"subscriptionId":"s"}]}`

// submission checks a request.
func submission(t *testing.T, body string) operator.Submission {
	t.Helper()
	schema, err := os.ReadFile("../../docs/schema/request.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := fanout.NewValidator(schema, []string{"models"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := operator.NewSubmission(v, []byte(body), operatortest.Time)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// recordAda records the request about Ada as intake does.
func recordAda(t *testing.T, s *operatortest.Stored) {
	t.Helper()
	request := dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            "req-1",
		Kind:          dsr.KindExport,
		Subject:       &dsr.Subject{ObjectID: "ada"},
		Scope:         []dsr.Scope{{SubscriptionID: "s"}},
		Regulation:    "gdpr",
	}
	sum, err := request.ContentHash(true, "")
	s.Must(err)
	_, err = s.Ledger.RecordRequest(t.Context(), dsr.NewRequestRecord(request, sum, true, operatortest.Time))
	s.Must(err)
}

func TestAUsedIDIsRefusedWhenItIsSubmitted(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		used bool
		want operator.Kind
	}{
		"a new id":                     {aboutAda, false, 0},
		"the same request once more":   {aboutAda, true, 0},
		"the same, sent elsewhere":     {strings.Replace(aboutAda, `"id"`, `"source":"portal","id"`, 1), true, 0},
		"the same, after another mark": {"\ufeff" + aboutAda, true, 0},
		"another person":               {strings.Replace(aboutAda, "ada", "bob", 1), true, operator.Refused},
		"everybody":                    {strings.Replace(aboutAda, `"subject":{"objectId":"ada"},`, "", 1), true, operator.Refused},
		"a name of a scope":            {strings.Replace(aboutAda, `[{"subscriptionId":"s"}]`, `["research"]`, 1), true, operator.Refused},
		"another deadline":             {strings.Replace(aboutAda, `"id"`, `"dueAt":"2026-12-01T00:00:00Z","id"`, 1), true, operator.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			s := operatortest.New(t)
			if c.used {
				recordAda(t, s)
			}
			o, to := s.Operator(operatortest.Time)
			err := o.Submit(t.Context(), submission(t, c.body))
			if operator.KindOf(err) != c.want || (len(to.Messages) == 1) != (c.want == 0) {
				t.Errorf("%v, %d sent", err, len(to.Messages))
			}
			if len(to.Messages) == 1 && to.Messages[0].Body[0] != '{' {
				t.Error("the byte order mark was sent, too")
			}
		})
	}
}

func TestStatusNamesTheDeadLettersOfItsID(t *testing.T) {
	dead := func(number int64, id, reason string) bus.DeadMessage {
		return bus.DeadMessage{DeadLetter: dsr.DeadLetter{
			SequenceNumber: number,
			Reason:         reason,
			Body:           []byte(`{"id":"` + id + `"}`),
		}}
	}
	for name, c := range map[string]struct {
		stored bool
		dead   map[string][]bus.DeadMessage
		fault  error
		state  string
		want   []string
	}{
		"none": {true, nil, nil, operator.StateReceived, nil},
		"one of its id beside others": {true, map[string][]bus.DeadMessage{dsr.QueueRequests: {dead(1, "req-2", "x"), dead(2, "req-1", dsr.ReasonConflictingRequest)}},
			nil, operator.StateReceived, []string{"2 ConflictingRequest"}},
		"an approval": {true, map[string][]bus.DeadMessage{dsr.QueueApprovals: {{DeadLetter: dsr.DeadLetter{SequenceNumber: 3, Reason: "InvalidApproval", Body: []byte(`{"requestId":"req-1"}`)}}}},
			nil, operator.StateReceived, []string{"3 InvalidApproval"}},
		"what was never accepted":     {false, map[string][]bus.DeadMessage{dsr.QueueRequests: {dead(4, "req-1", "InvalidRequest")}}, nil, operator.StateRefused, []string{"4 InvalidRequest"}},
		"some that can't be read":     {true, nil, errors.New("refused"), operator.StateReceived, nil},
		"what nobody has heard about": {false, map[string][]bus.DeadMessage{dsr.QueueRequests: {dead(1, "req-2", "x")}}, nil, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := operatortest.New(t)
			if c.stored {
				s.Open()
			}
			o, queues := s.Operator(operatortest.Time)
			queues.DeadLetters, queues.DeadFault = c.dead, c.fault
			got, err := o.Status(t.Context(), "req-1")
			if got.State != c.state || (operator.KindOf(err) == operator.NotFound) != (c.state == "") {
				t.Fatalf("%+v, %v", got, err)
			}

			var notes []string
			for _, d := range got.Dead {
				notes = append(notes, d.Sequence+" "+d.Reason)
			}
			if strings.Join(notes, ",") != strings.Join(c.want, ",") || (got.DeadUnknown != "") != (c.fault != nil) {
				t.Errorf("named %q, unknown %q", notes, got.DeadUnknown)
			}
		})
	}
}
