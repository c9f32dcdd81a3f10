package operator_test

import (
	"context"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

// A refusal has a kind, which becomes an exit code or a status. Where a single input is
// wrong, it has the name of the input.
func TestARefusalHasItsReasonAndTheWrongInput(t *testing.T) {
	closed, open := operatortest.Closed(t), operatortest.New(t)
	open.Open()
	const reason, soon = "case 4711", "2026-12-24"
	for name, c := range map[string]struct {
		s     *operatortest.Stored
		ask   func(context.Context, *operator.Operator) error
		kind  operator.Kind
		field string
		text  string
	}{
		"the status of an unknown request": {closed, statusOf("req-9"), operator.NotFound, "", "no request req-9 is stored"},
		"the status of no id":              {closed, statusOf("../x"), operator.Invalid, "id", "is not the id of a request"},
		"to cancel what is closed":         {closed, cancel(operator.CancelOrder{ID: "req-1"}), operator.Refused, "", "closed as succeeded"},
		"to cancel for too long a reason":  {open, cancel(operator.CancelOrder{ID: "req-1", Reason: strings.Repeat("x", 1001)}), operator.Invalid, "reason", "longer than 1000 bytes"},
		"to retry what is open":            {open, retry(operator.RetryOrder{ID: "req-1"}), operator.Refused, "", "not closed yet"},
		"to retry what succeeded":          {closed, retry(operator.RetryOrder{ID: "req-1"}), operator.Refused, "", "nothing failed"},
		"to extend until some day":         {open, extend("some day", reason), operator.Invalid, "until", "want a date"},
		"to extend without a reason":       {open, extend(soon, " "), operator.Invalid, "reason", "is missing"},
		"to extend by nothing":             {open, extend("2026-12-23", reason), operator.Invalid, "until", "is not after the deadline, 2026-12-23T10:00:00Z"},
		"to extend by three months":        {open, extend("2027-03-23", reason), operator.Invalid, "until", "the latest is 2027-02-23T23:59:59Z"},
		"to extend what succeeded":         {closed, extend(soon, reason), operator.Refused, "", "nothing left to extend"},
		"to hold nothing":                  {open, hold(operator.HoldOrder{Reason: reason}), operator.Invalid, "on", "is empty"},
		"to hold without a reason":         {open, hold(operator.HoldOrder{On: "run-1"}), operator.Invalid, "reason", "is missing"},
		"to hold until yesterday":          {open, hold(operator.HoldOrder{On: "run-1", Reason: reason, Until: "2026-11-22"}), operator.Invalid, "until", "is not in the future"},
		"to release an unknown hold":       {open, release("h-1", reason), operator.NotFound, "", "there is no hold h-1"},
		"to release without a reason":      {open, release("h-1", ""), operator.Invalid, "reason", "is missing"},
		"to approve an export":             {closed, approve("officer@example.org"), operator.Refused, "", "has no deletion plan"},
		"to approve as nobody":             {closed, approve(" "), operator.Invalid, "by", "is missing"},
		"to certify what is open":          {open, certify, operator.Refused, "", "not closed yet"},
		"to certify an export":             {closed, certify, operator.Refused, "", "nothing to certify"},
		"to verify attempt -1":             {closed, verified(-1), operator.Invalid, "attempt", "must be 1 or more"},
		"to verify attempt 2 of 1":         {closed, verified(2), operator.NotFound, "", "has 1 attempt"},
		"to verify what is open":           {open, verified(0), operator.Refused, "", "not closed yet"},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := c.s.Operator(operatortest.Time)
			err := c.ask(t.Context(), o)
			if operator.KindOf(err) != c.kind || fieldOf(err) != c.field || err == nil {
				t.Fatalf("kind %d, field %q: %v", operator.KindOf(err), fieldOf(err), err)
			}
			if !strings.Contains(err.Error(), c.text) || !strings.HasPrefix(err.Error(), named(c.field)) {
				t.Errorf("%q, want %q", err, c.text)
			}
		})
	}
}

// named returns how a text about an input begins. An id is quoted.
func named(field string) string {
	if field == "id" {
		return `"`
	}
	return field
}

func statusOf(id string) func(context.Context, *operator.Operator) error {
	return func(ctx context.Context, o *operator.Operator) error {
		_, err := o.Status(ctx, id)
		return err
	}
}

func cancel(order operator.CancelOrder) func(context.Context, *operator.Operator) error {
	return func(ctx context.Context, o *operator.Operator) error {
		_, err := o.Cancel(ctx, order)
		return err
	}
}

func retry(order operator.RetryOrder) func(context.Context, *operator.Operator) error {
	return func(ctx context.Context, o *operator.Operator) error {
		_, err := o.Retry(ctx, order)
		return err
	}
}

func extend(until, reason string) func(context.Context, *operator.Operator) error {
	return func(ctx context.Context, o *operator.Operator) error {
		_, err := o.Extend(ctx, operator.ExtendOrder{ID: "req-1", Until: until, Reason: reason})
		return err
	}
}

func hold(order operator.HoldOrder) func(context.Context, *operator.Operator) error {
	return func(ctx context.Context, o *operator.Operator) error {
		_, err := o.AddHold(ctx, order)
		return err
	}
}

func release(id, reason string) func(context.Context, *operator.Operator) error {
	return func(ctx context.Context, o *operator.Operator) error {
		_, err := o.ReleaseHold(ctx, operator.ReleaseOrder{ID: id, Reason: reason})
		return err
	}
}

func approve(by string) func(context.Context, *operator.Operator) error {
	return func(ctx context.Context, o *operator.Operator) error {
		return o.Approve(ctx, operator.ApprovalOrder{ID: "req-1", By: by, PlanSHA256: "x"})
	}
}

func certify(ctx context.Context, o *operator.Operator) error {
	_, err := o.Certificate(ctx, "req-1")
	return err
}

func verified(attempt int) func(context.Context, *operator.Operator) error {
	return func(ctx context.Context, o *operator.Operator) error {
		_, _, err := o.StoredEvidence(ctx, "req-1", attempt)
		return err
	}
}

func TestADeadlineIsExtendedOnce(t *testing.T) {
	s := operatortest.New(t)
	s.Open()
	o, _ := s.Operator(operatortest.Time)
	order := operator.ExtendOrder{ID: "req-1", Until: "2026-12-24", Reason: "case 4711"}
	e, err := o.Extend(t.Context(), order)
	if due := operatortest.OpenRecord().DueAt; err != nil || !e.DueAt.Equal(due) || !e.Until.Equal(due.AddDate(0, 0, 1)) {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := o.Extend(t.Context(), order); operator.KindOf(err) != operator.Refused {
		t.Errorf("a second time: %v", err)
	}
}

func TestAHoldIsReleasedOnce(t *testing.T) {
	s := operatortest.New(t)
	o, _ := s.Operator(operatortest.Time)
	added, err := o.AddHold(t.Context(), operator.HoldOrder{On: "run-1", Reason: "case 4711"})
	s.Must(err)

	for _, before := range []bool{false, true} {
		released, err := o.ReleaseHold(t.Context(), operator.ReleaseOrder{ID: added.ID, Reason: "closed"})
		if err != nil || released.Before != before || !released.Hold.Released {
			t.Errorf("%+v, %v", released, err)
		}
	}

	for all, want := range map[bool]int{false: 0, true: 1} {
		if holds, err := o.Holds(t.Context(), all); err != nil || len(holds) != want || holds == nil {
			t.Errorf("all %t: %v, %v", all, holds, err)
		}
	}
}

func TestARetryIsSentWithItsNumber(t *testing.T) {
	s := operatortest.New(t)
	s.Open()
	s.MakePlan()
	s.List(s.Task(1, 0), operatortest.AccountID)
	s.Work(s.Task(1, 0), "E01", operatortest.AccountID)
	s.List(s.Task(2, 0), "one")
	s.Fail(s.Task(2, 0))
	s.CloseAttempt()
	o, to := s.Operator(operatortest.Time)
	for range 2 { // the second sends the same order again
		ordered, err := o.Retry(t.Context(), operator.RetryOrder{ID: "req-1", Only: []string{"models", "models"}})
		if err != nil || ordered.Attempt != 2 || strings.Join(ordered.Only, " ") != "models" {
			t.Fatalf("%+v, %v", ordered, err)
		}
	}

	if len(to.Messages) != 2 || to.Queue != dsr.QueueRequests {
		t.Errorf("sent %+v to %s", to.Messages, to.Queue)
	}

	_, err := o.Retry(t.Context(), operator.RetryOrder{ID: "req-1", Only: []string{"runs"}})
	if operator.KindOf(err) != operator.Invalid || fieldOf(err) != "only" {
		t.Errorf("a type that it does not have: %v", err)
	}
}
