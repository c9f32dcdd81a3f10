package task_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

func TestTheStepsOfAListingTaskComeInTheirOrder(t *testing.T) {
	f := newFixture(t)
	if err := f.run(f.first(), 1); err != nil {
		t.Fatal(err)
	}

	want := []string{
		"list", "pages/00001/1-000001.json",
		"send 00001 1-2-0 runs #0", "send 00001 1-1-1 runs #0",
		"send 00001 1-1-0 artifacts #0", "send 00001 1-1-1 artifacts #0",
		"work a,b", "receipts/00001/1-000001-00000-runs.json", "wake-up soon",
	}
	if diff := cmp.Diff(want, f.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFollowersFirstChunkListsNothing(t *testing.T) {
	f := newFixture(t)
	if err := f.run(f.first(), 1); err != nil {
		t.Fatal(err)
	}

	f.log = nil
	follower := f.first()
	follower.Type = "artifacts"
	if err := f.run(follower, 1); err != nil {
		t.Fatal(err)
	}

	want := []string{"work a,b", "receipts/00001/1-000001-00000-artifacts.json", "wake-up soon"}
	if diff := cmp.Diff(want, f.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheReceiptThatIsStoredFirstCountsForEverybody(t *testing.T) {
	f := newFixture(t)
	stored := dsr.NewReceipt(f.first(), dsr.Succeeded, time.Unix(0, 0))
	stored.SubNodes = []dsr.SubNode{{Node: "00001~0123456789abcdef", Item: "x"}}
	f.work = func([]string) error { // a concurrent delivery is quicker with the receipt
		_, err := f.ledger.RecordReceipt(t.Context(), f.first(), stored)
		return err
	}
	if err := f.run(f.first(), 1); err != nil {
		t.Fatal(err)
	}

	if !slices.Contains(f.log, "send 00001~0123456789abcdef 1-1-0 runs #0") {
		t.Errorf("the stored receipt's sub-node was not sent: %v", f.log)
	}
}

func TestAResendIsRecordedBeforeItIsSent(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want []string
		dead bool
	}{
		{"throttled: the resend, and the message is completed", &dsr.Error{Class: dsr.Throttled, RetryAfter: time.Hour},
			[]string{"hops/00001/1-000001-00000-runs/0001.json", "send 00001 1-1-0 runs #1"}, false},
		{"unfinished: likewise", &dsr.Error{Class: dsr.Unfinished, Progress: 1},
			[]string{"hops/00001/1-000001-00000-runs/0001.json", "send 00001 1-1-0 runs #1"}, false},
		{"transient: recorded only, and the message is dead-lettered", dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "x"),
			[]string{"hops/00001/1-000001-00000-runs/0001.json"}, true},
		{"permanent: a failed receipt", dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "x"),
			[]string{"receipts/00001/1-000001-00000-runs.json", "wake-up soon"}, false},
		{"unclear: nothing is promised", fmt.Errorf("who knows"), nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			f.work = func([]string) error { return tt.err }
			err := f.run(f.first(), 1)
			if (err != nil) != tt.dead {
				t.Errorf("error %v, want one: %t", err, tt.dead)
			}

			after := f.log[slices.Index(f.log, "work a,b")+1:]
			if diff := cmp.Diff(tt.want, slices.Clone(after)); diff != "" && len(tt.want)+len(after) > 0 {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTwoUnfinishedSendsWithoutProgressCountAsTransient(t *testing.T) {
	f := newFixture(t)
	progress := 0
	f.work = func([]string) error { return &dsr.Error{Class: dsr.Unfinished, Progress: progress} }
	k := f.first()
	if err := f.run(k, 1); err != nil {
		t.Fatal(err)
	}

	k.Hop, progress = 1, 3
	if err := f.run(k, 1); err != nil {
		t.Fatalf("with progress: %v", err)
	}

	k.Hop, progress = 2, 0
	if err := f.run(k, 1); err != nil {
		t.Fatalf("one without: %v", err)
	}

	k.Hop = 3
	if err := f.run(k, 1); dsr.ClassOf(err) != dsr.Transient {
		t.Errorf("two without: error %v, want a transient one", err)
	}
}

func TestGivingUpAListRecordsItsPageAsFailedFirst(t *testing.T) {
	f := newFixture(t)
	f.list = func() (task.Listing, error) {
		return task.Listing{}, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "x")
	}
	k := f.first()
	for send := range 6 {
		k.Hop = send
		if err := f.run(k, 1); dsr.ClassOf(err) != dsr.Transient {
			t.Fatalf("send %d: %v", send, err)
		}
	}

	f.log = nil
	body, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.runner.Redrive(t.Context(), dsr.DeadLetter{Body: body, Reason: dsr.ReasonTransient, Description: "Transient: x"}); err != nil {
		t.Fatal(err)
	}

	want := []string{"pages/00001/1-000001.json", "receipts/00001/1-000001-00000-runs.json", "wake-up soon"}
	if diff := cmp.Diff(want, f.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	p, _, _, err := f.ledger.Page(t.Context(), k)
	if err != nil || p.State != dsr.PageFailed || p.Failure.Endpoint != "E14" {
		t.Errorf("page %+v, %v", p, err)
	}
}

func TestAPanicOfAWorkerIsItsInvocationsError(t *testing.T) {
	err := dsr.Guard(func() error { panic("boom") })()
	if err == nil || dsr.ClassOf(err) != dsr.Unclear {
		t.Errorf("error %v, want an unclear one", err)
	}
}

func TestADoneTaskThatIsDeliveredAgainIsOnlyHandedOver(t *testing.T) {
	f := newFixture(t)
	if err := f.run(f.first(), 1); err != nil {
		t.Fatal(err)
	}
	f.log = nil
	if err := f.run(f.first(), 2); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"wake-up soon"}, f.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFailedOrExpiredPageNamesNoOtherTask(t *testing.T) {
	for reason, state := range map[string]dsr.PageState{dsr.ReasonForbidden: dsr.PageFailed, dsr.ReasonCursorExpired: dsr.PageContinues} {
		f := newFixture(t)
		f.list = func() (task.Listing, error) { return task.Listing{}, dsr.Errorf(dsr.Permanent, reason, "x") }
		if err := f.run(f.first(), 1); err != nil {
			t.Fatal(err)
		}
		if p, _, _, err := f.ledger.Page(t.Context(), f.first()); err != nil || p.State != state {
			t.Fatalf("page %+v, %v", p, err)
		}

		follower := f.first()
		follower.Type = "artifacts"
		if err := f.run(follower, 1); dsr.ClassOf(err) != dsr.NoTask {
			t.Errorf("%s: a follower's task is run: %v", state, err)
		}
	}
}

func TestTheListerOfAFailedPageHasAFailedReceiptAndNoWork(t *testing.T) {
	f := newFixture(t)
	f.list = func() (task.Listing, error) {
		return task.Listing{}, dsr.Errorf(dsr.Permanent, dsr.ReasonForbidden, "x")
	}
	if err := f.run(f.first(), 1); err != nil {
		t.Fatal(err)
	}

	want := []string{"list", "pages/00001/1-000001.json", "receipts/00001/1-000001-00000-runs.json", "wake-up soon"}
	if diff := cmp.Diff(want, f.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r, _, err := f.ledger.Receipt(t.Context(), f.first()); err != nil || r.Outcome != dsr.Failed || len(r.Failures) != 1 {
		t.Errorf("receipt %+v, %v", r, err)
	}
}

func TestATaskThatMayNotBeSentAgainIsGivenUp(t *testing.T) {
	for _, class := range []dsr.Class{dsr.Throttled, dsr.Transient, dsr.Unfinished} {
		f := newFixture(t)
		f.work = func([]string) error { return dsr.Errorf(class, dsr.ReasonTransient, "x") }
		k := f.sentAs(dsr.MaxHop)
		if err := f.run(k, 1); err != nil {
			t.Fatalf("%s: %v", class, err)
		}
		if r, _, err := f.ledger.Receipt(t.Context(), k); err != nil || r.Outcome != dsr.Failed {
			t.Errorf("%s: receipt %+v, %v", class, r, err)
		}
	}
}

func TestATaskOfOneItemThatIsGivenUpNamesIt(t *testing.T) {
	for chunk, want := range []string{"", "c"} { // of a, b and of c
		f := newFixture(t)
		k := f.first()
		if err := f.run(k, 1); err != nil {
			t.Fatal(err)
		}

		f.work = func([]string) error { return dsr.Errorf(dsr.Permanent, dsr.ReasonForbidden, "x") }
		k.Chunk, k.Type = chunk, "artifacts"
		if err := f.run(k, 1); err != nil {
			t.Fatal(err)
		}

		r, _, err := f.ledger.Receipt(t.Context(), k)
		if err != nil || len(r.Failures) != 1 || r.Failures[0].Item != want {
			t.Errorf("chunk %d: failures %+v, %v; want one of item %q", chunk, r.Failures, err, want)
		}
	}
}
