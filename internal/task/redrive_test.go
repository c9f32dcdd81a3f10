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

func (b *bench) redrive(k dsr.Task, reason string) {
	b.t.Helper()
	body, err := json.Marshal(k)
	if err != nil {
		b.t.Fatal(err)
	}
	b.log = nil
	if err := b.runner.Redrive(b.t.Context(), dsr.DeadLetter{
		Queue:          dsr.QueueExports,
		Body:           body,
		Reason:         reason,
		SequenceNumber: 7,
	}); err != nil {
		b.t.Fatal(err)
	}
}

func TestRedriveOfADoneTaskOnlyGoesOn(t *testing.T) {
	b := newBench(t)
	if err := b.run(b.first(), 1); err != nil {
		t.Fatal(err)
	}
	b.redrive(b.first(), "MaxDeliveryCountExceeded")
	if diff := cmp.Diff([]string{"nudge soon"}, b.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRedriveOfACanceledTaskSaysSo(t *testing.T) {
	b := newBench(t)
	if err := b.store.Put(t.Context(), b.first().Of().Cancel(), []byte("{}"), nil); err != nil {
		t.Fatal(err)
	}
	b.redrive(b.first(), "MaxDeliveryCountExceeded")
	if diff := cmp.Diff([]string{"receipts/00001/1-000001-00000-runs.json"}, b.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r, _, err := b.ledger.Receipt(t.Context(), b.first()); err != nil || r.Outcome != dsr.Canceled {
		t.Errorf("receipt %+v, %v", r, err)
	}
}

func TestRedriveSendsTheRecordedHopAlsoWhenItIsTheLast(t *testing.T) {
	b := newBench(t)
	b.list = func() (task.Listing, error) {
		return task.Listing{}, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "x")
	}
	k := b.first()
	for hop := range 5 { // as many as there are delays
		k.Hop = hop
		if err := b.run(k, 1); dsr.ClassOf(err) != dsr.Transient {
			t.Fatal(err)
		}
	}

	b.redrive(k, dsr.ReasonTransient)

	if diff := cmp.Diff([]string{"send 00001 1-1-0 runs hop 5"}, b.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCrashesAreCountedApart(t *testing.T) {
	b := newBench(t)
	b.list = func() (task.Listing, error) {
		return task.Listing{}, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "x")
	}
	k := b.first()
	if err := b.run(k, 1); dsr.ClassOf(err) != dsr.Transient {
		t.Fatal(err)
	}

	k.Hop = 1
	b.redrive(k, "MaxDeliveryCountExceeded")
	want := []string{"hops/00001/1-000001-00000-runs/0002.json", "send 00001 1-1-0 runs hop 2"}
	if diff := cmp.Diff(want, b.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	h, _, err := b.ledger.Hop(t.Context(), k, 2)
	if err != nil || h.Class != dsr.HopCrashed || h.NotBefore.Sub(h.RecordedAt) != time.Minute {
		t.Errorf("hop %+v, %v: want the first delay of its own class", h, err)
	}
}

func TestWhatIsNoTaskIsParkedAndNothingIsSaidOfItElsewhere(t *testing.T) {
	b := newBench(t)
	k := b.first()
	k.Page = 9
	b.redrive(k, dsr.ReasonUnknownTask)

	if len(b.log) != 0 {
		t.Errorf("the audit container or a queue was written to: %v", b.log)
	}

	var parked []string
	for info, err := range b.store.List(t.Context(), dsr.PoisonPrefix, "") {
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
	b := newBench(t)
	b.runner = task.New(b.ledger, b, b, b, task.Options{Queue: dsr.QueueDeletes})
	if err := b.run(b.first(), 1); dsr.ReasonOf(err) != dsr.ReasonUnknownTask {
		t.Errorf("got %v", err)
	}
	b.redrive(b.first(), dsr.ReasonUnknownTask)
	if len(b.log) != 0 {
		t.Errorf("the audit container or a queue was written to: %v", b.log)
	}
}
