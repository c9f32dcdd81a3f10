package operator_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

func TestCancelKeepsTheFirstReasonAndWakesTheReconcilerEachTime(t *testing.T) {
	s := operatortest.New(t)
	s.Open()
	o, to := s.Operator(operatortest.Time)
	for _, reason := range []string{"first", "second"} {
		canceled, err := o.Cancel(t.Context(), operator.CancelOrder{ID: "req-1", Reason: reason})
		if want := (operator.Canceled{ID: "req-1", Attempt: 1, Before: reason == "second"}); err != nil || canceled != want {
			t.Fatalf("%+v, %v", canceled, err)
		}
	}

	body, _, err := s.Audit.Read(t.Context(), "req-1/1/cancel.json", 1000)
	if err != nil {
		t.Fatal(err)
	}

	var r dsr.CancelRecord
	want := dsr.CancelRecord{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     "req-1",
		Attempt:       1,
		At:            operatortest.Time,
		Reason:        "first",
	}
	if err := json.Unmarshal(body, &r); err != nil || r != want {
		t.Errorf("recorded %s", body)
	}
	if len(to.Messages) != 2 || to.Queue != dsr.QueueClosings {
		t.Errorf("sent %+v to %s", to.Messages, to.Queue)
	}
}

func TestACancelWhoseWakeUpIsLostSaysThatItIsRecorded(t *testing.T) {
	s := operatortest.New(t)
	s.Open()
	o, to := s.Operator(operatortest.Time)
	to.Fault = errors.New("lost")
	_, err := o.Cancel(t.Context(), operator.CancelOrder{ID: "req-1"})
	if err == nil || operator.KindOf(err) != 0 || !strings.Contains(err.Error(), "is recorded as canceled") {
		t.Errorf("got %v", err)
	}
	if canceled, err := s.Ledger.Canceled(t.Context(), operatortest.Attempt); err != nil || !canceled {
		t.Errorf("it is not recorded: %v", err)
	}
}

func TestARequestThatWaitsInItsQueueIsCanceledThere(t *testing.T) {
	s := operatortest.New(t)
	o, to := s.Operator(operatortest.Time)
	to.Held = "req-1"
	for _, before := range []bool{false, true} {
		canceled, err := o.Cancel(t.Context(), operator.CancelOrder{ID: "req-1", Reason: "withdrawn"})
		want := operator.Canceled{
			ID:      "req-1",
			Attempt: 1,
			Before:  before,
			Queued:  true,
		}
		if err != nil || canceled != want {
			t.Fatalf("%+v, %v", canceled, err)
		}
	}

	if recorded, err := s.Ledger.Canceled(t.Context(), operatortest.Attempt); err != nil || !recorded {
		t.Errorf("it is not recorded: %v", err)
	}
	if len(to.Messages) != 0 {
		t.Errorf("a closer was woken for an attempt that is not open: %+v", to.Messages)
	}
	if status, err := o.Status(t.Context(), "req-1"); err != nil || !status.Canceling || status.Waits == nil {
		t.Errorf("%+v, %v", status, err)
	}

	to.Held = ""
	if _, err := o.Cancel(t.Context(), operator.CancelOrder{ID: "req-2"}); operator.KindOf(err) != operator.NotFound {
		t.Errorf("one that is nowhere: %v", err)
	}
}
