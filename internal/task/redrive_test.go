package task_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

func (f *fixture) redrive(k dsr.Task, reason string) {
	f.t.Helper()
	body, err := json.Marshal(k)
	if err != nil {
		f.t.Fatal(err)
	}
	f.log = nil
	if err := f.runner.Redrive(f.t.Context(), dsr.DeadLetter{
		Queue:          dsr.QueueExports,
		Body:           body,
		Reason:         reason,
		SequenceNumber: 7,
	}); err != nil {
		f.t.Fatal(err)
	}
}

func TestADoneTaskThatIsRedrivenIsOnlyHandedOver(t *testing.T) {
	f := newFixture(t)
	if err := f.run(f.first(), 1); err != nil {
		t.Fatal(err)
	}
	f.redrive(f.first(), "MaxDeliveryCountExceeded")
	if diff := cmp.Diff([]string{"wake-up soon"}, f.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestACanceledTaskThatIsRedrivenGetsACanceledReceipt(t *testing.T) {
	f := newFixture(t)
	if err := f.store.Put(t.Context(), f.first().Of().Cancel(), []byte("{}"), nil); err != nil {
		t.Fatal(err)
	}
	f.redrive(f.first(), "MaxDeliveryCountExceeded")
	if diff := cmp.Diff([]string{"receipts/00001/1-000001-00000-runs.json"}, f.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r, _, err := f.ledger.Receipt(t.Context(), f.first()); err != nil || r.Outcome != dsr.Canceled {
		t.Errorf("receipt %+v, %v", r, err)
	}
}

func TestRedriveSendsTheRecordedResendAlsoWhenItIsTheLast(t *testing.T) {
	f := newFixture(t)
	f.list = func() (task.Listing, error) {
		return task.Listing{}, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "x")
	}
	k := f.first()
	for send := range 5 { // as many as there are delays
		k.Hop = send
		if err := f.run(k, 1); dsr.ClassOf(err) != dsr.Transient {
			t.Fatal(err)
		}
	}

	f.redrive(k, dsr.ReasonTransient)
	if diff := cmp.Diff([]string{"send 00001 1-1-0 runs #5"}, f.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCrashesHaveDelaysOfTheirOwn(t *testing.T) {
	f := newFixture(t)
	f.list = func() (task.Listing, error) {
		return task.Listing{}, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "x")
	}
	k := f.first()
	if err := f.run(k, 1); dsr.ClassOf(err) != dsr.Transient {
		t.Fatal(err)
	}

	k.Hop = 1
	f.redrive(k, "MaxDeliveryCountExceeded")
	want := []string{"hops/00001/1-000001-00000-runs/0002.json", "send 00001 1-1-0 runs #2"}
	if diff := cmp.Diff(want, f.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	h, _, err := f.ledger.Hop(t.Context(), k, 2)
	if err != nil || h.Class != dsr.HopCrashed || h.NotBefore.Sub(h.RecordedAt) != time.Minute {
		t.Errorf("resend %+v, %v: want the first delay of its own class", h, err)
	}
}

func TestWhatIsNoTaskIsParkedAndLeavesNoOtherRecord(t *testing.T) {
	f := newFixture(t)
	k := f.first()
	k.Page = 9
	f.redrive(k, dsr.ReasonUnknownTask)

	if len(f.log) != 0 {
		t.Errorf("the audit container or a queue was written to: %v", f.log)
	}

	var parked []string
	for info, err := range f.store.List(t.Context(), dsr.PoisonPrefix, "") {
		if err != nil {
			t.Fatal(err)
		}
		parked = append(parked, info.Name)
	}

	if !slices.ContainsFunc(parked, func(n string) bool {
		return strings.HasPrefix(n, "_poison/dsr-exports/") && strings.HasSuffix(n, "-7.json")
	}) {
		t.Errorf("parked %v", parked)
	}
}

func TestATaskOfAnotherQueueIsParkedAndNotDone(t *testing.T) {
	f := newFixture(t)
	f.runner = task.New(f.ledger, f, f, f, task.Options{Queue: dsr.QueueDeletes})
	if err := f.run(f.first(), 1); dsr.ReasonOf(err) != dsr.ReasonUnknownTask {
		t.Errorf("got %v", err)
	}
	f.redrive(f.first(), dsr.ReasonUnknownTask)
	if len(f.log) != 0 {
		t.Errorf("the audit container or a queue was written to: %v", f.log)
	}
}
