package task_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/task"
)

// bench is a runner on an archive in memory, with a queue and a worker that
// write down what they are asked, in order.
type bench struct {
	t      *testing.T
	log    []string
	store  *memory.Backend
	ledger *ledger.Ledger
	runner *task.Runner
	plan   dsr.Plan
	// list and work are what the worker does; the zero values succeed.
	list func() (task.Listing, error)
	work func(items []string) error
}

// logged writes a backend's effects down.
type logged struct {
	archive.Backend
	b *bench
}

func (l logged) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	l.b.note("put " + name)
	return l.Backend.Put(ctx, name, body, meta)
}

func (b *bench) note(s string) { b.log = append(b.log, strings.TrimPrefix(s, "put r/1/")) }

func (b *bench) Send(_ context.Context, _ string, messages ...dsr.Message) error {
	for _, m := range messages {
		var k dsr.Task
		if err := json.Unmarshal(m.Body, &k); err != nil {
			return err
		}
		b.note(fmt.Sprintf("send %s %d-%d-%d %s hop %d", k.Node, k.Pass, k.Page, k.Chunk, k.Type, k.Hop))
	}
	return nil
}

func (b *bench) Wake(context.Context, dsr.Attempt) error {
	b.note("nudge")
	return nil
}

func (b *bench) WakeSoon(context.Context, dsr.Attempt) error {
	b.note("nudge soon")
	return nil
}

func (b *bench) Lists(task.Job) bool          { return true }
func (b *bench) ListEndpoint(task.Job) string { return "E14" }
func (b *bench) WorkEndpoint(task.Job) string { return "E16" }

func (b *bench) List(context.Context, task.Job, string) (task.Listing, error) {
	b.note("list")
	return b.list()
}

func (b *bench) Work(ctx context.Context, job task.Job, items []string) error {
	b.note("work " + strings.Join(items, ","))
	if b.work != nil {
		if err := b.work(items); err != nil {
			return err
		}
	}
	return b.part(ctx, job.Task.PartBlob(job.Target))
}

func (b *bench) part(ctx context.Context, name string) error {
	p, err := archive.New(b.store, nil).NewPart(ctx, name)
	if err == nil {
		_, err = p.Commit()
	}
	return err
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, store: memory.New()}
	b.ledger = ledger.New(archive.New(logged{b.store, b}, nil), archive.New(b.store, nil), archive.New(b.store, nil))
	target := dsr.Target{
		Level:          dsr.Project,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Account:        "a",
		Workspace:      "w",
		Project:        "p",
	}
	b.plan = dsr.Plan{RequestID: "r", Attempt: 1, Nodes: []dsr.Node{{Number: 1, Type: "runs", Followers: []string{"artifacts"}, Target: target.ID()}}}
	if _, err := b.ledger.RecordPlan(t.Context(), b.plan); err != nil {
		t.Fatal(err)
	}

	b.list = func() (task.Listing, error) {
		name := b.first().AnswerBlob(target)
		return task.Listing{Items: []string{"a", "b", "c"}, Cursor: "more", Answer: dsr.BlobRef{Name: strings.TrimPrefix(name, "r/1/")}}, b.part(t.Context(), name)
	}

	b.runner = task.New(b.ledger, b, b, b, task.Options{ChunkItems: 2, Jitter: func(d time.Duration) time.Duration { return d }})
	b.log = nil

	return b
}

func (b *bench) first() dsr.Task { return b.plan.FirstTask(b.plan.Nodes[0]) }

func (b *bench) run(k dsr.Task, deliveries int) error {
	b.t.Helper()
	body, err := json.Marshal(k)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.runner.Run(b.t.Context(), task.Delivery{Body: body, Count: deliveries})
}

func TestTheStepsOfAListingTaskComeInTheirOrder(t *testing.T) {
	b := newBench(t)
	if err := b.run(b.first(), 1); err != nil {
		t.Fatal(err)
	}

	want := []string{
		"list", "pages/00001/1-000001.json",
		"send 00001 1-2-0 runs hop 0", "send 00001 1-1-1 runs hop 0",
		"send 00001 1-1-0 artifacts hop 0", "send 00001 1-1-1 artifacts hop 0",
		"work a,b", "receipts/00001/1-000001-00000-runs.json", "nudge",
	}
	if diff := cmp.Diff(want, b.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFollowersFirstChunkListsNothing(t *testing.T) {
	b := newBench(t)
	if err := b.run(b.first(), 1); err != nil {
		t.Fatal(err)
	}

	b.log = nil
	follower := b.first()
	follower.Type = "artifacts"
	if err := b.run(follower, 1); err != nil {
		t.Fatal(err)
	}

	want := []string{"work a,b", "receipts/00001/1-000001-00000-artifacts.json", "nudge soon"}
	if diff := cmp.Diff(want, b.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsRecordedFirstCountsForEverybody(t *testing.T) {
	b := newBench(t)
	stored := dsr.NewReceipt(b.first(), dsr.Succeeded, time.Unix(0, 0))
	stored.SubNodes = []dsr.SubNode{{Node: "00001~0123456789abcdef", Item: "x"}}
	b.work = func([]string) error { // a concurrent delivery is quicker with the receipt
		_, err := b.ledger.RecordReceipt(t.Context(), b.first(), stored)
		return err
	}
	if err := b.run(b.first(), 1); err != nil {
		t.Fatal(err)
	}

	if !slices.Contains(b.log, "send 00001~0123456789abcdef 1-1-0 runs hop 0") {
		t.Errorf("the stored receipt's sub-node was not sent: %v", b.log)
	}
}

func TestHopsAreRecordedBeforeTheyAreSent(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want []string
		dead bool
	}{
		{"throttled: the next hop, and the message is completed", &dsr.Error{Class: dsr.Throttled, RetryAfter: time.Hour},
			[]string{"hops/00001/1-000001-00000-runs/0001.json", "send 00001 1-1-0 runs hop 1"}, false},
		{"unfinished: likewise", &dsr.Error{Class: dsr.Unfinished, Progress: 1},
			[]string{"hops/00001/1-000001-00000-runs/0001.json", "send 00001 1-1-0 runs hop 1"}, false},
		{"transient: recorded only, and the message is dead-lettered", dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "x"),
			[]string{"hops/00001/1-000001-00000-runs/0001.json"}, true},
		{"permanent: a failed receipt", dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "x"),
			[]string{"receipts/00001/1-000001-00000-runs.json", "nudge soon"}, false},
		{"unclear: nothing is promised", fmt.Errorf("who knows"), nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			b.work = func([]string) error { return tt.err }
			err := b.run(b.first(), 1)
			if (err != nil) != tt.dead {
				t.Errorf("error %v, want one: %t", err, tt.dead)
			}

			after := b.log[slices.Index(b.log, "work a,b")+1:]
			if diff := cmp.Diff(tt.want, slices.Clone(after)); diff != "" && len(tt.want)+len(after) > 0 {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTwoUnfinishedHopsWithoutANewBlockCountAsTransient(t *testing.T) {
	b := newBench(t)
	progress := 0
	b.work = func([]string) error { return &dsr.Error{Class: dsr.Unfinished, Progress: progress} }
	k := b.first()
	if err := b.run(k, 1); err != nil {
		t.Fatal(err)
	}

	k.Hop, progress = 1, 3
	if err := b.run(k, 1); err != nil {
		t.Fatalf("with new blocks: %v", err)
	}

	k.Hop, progress = 2, 0
	if err := b.run(k, 1); err != nil {
		t.Fatalf("one without: %v", err)
	}

	k.Hop = 3

	if err := b.run(k, 1); dsr.ClassOf(err) != dsr.Transient {
		t.Errorf("two without: error %v, want a transient one", err)
	}
}

func TestGivingUpAListRecordsItsPageAsFailedFirst(t *testing.T) {
	b := newBench(t)
	b.list = func() (task.Listing, error) {
		return task.Listing{}, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "x")
	}
	k := b.first()
	for hop := range 6 {
		k.Hop = hop
		if err := b.run(k, 1); dsr.ClassOf(err) != dsr.Transient {
			t.Fatalf("hop %d: %v", hop, err)
		}
	}

	b.log = nil
	body, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.runner.Redrive(t.Context(), dsr.DeadLetter{Body: body, Reason: dsr.ReasonTransient, Description: "Transient: x"}); err != nil {
		t.Fatal(err)
	}

	want := []string{"pages/00001/1-000001.json", "receipts/00001/1-000001-00000-runs.json", "nudge soon"}
	if diff := cmp.Diff(want, b.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	p, _, _, err := b.ledger.Page(t.Context(), k)
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

func TestADoneTaskThatIsDeliveredAgainOnlyGoesOn(t *testing.T) {
	b := newBench(t)
	if err := b.run(b.first(), 1); err != nil {
		t.Fatal(err)
	}
	b.log = nil
	if err := b.run(b.first(), 2); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"nudge soon"}, b.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFailedOrAbandonedPageNamesNoOtherTask(t *testing.T) {
	for reason, state := range map[string]dsr.PageState{dsr.ReasonForbidden: dsr.PageFailed, dsr.ReasonCursorExpired: dsr.PageContinues} {
		b := newBench(t)
		b.list = func() (task.Listing, error) { return task.Listing{}, dsr.Errorf(dsr.Permanent, reason, "x") }
		if err := b.run(b.first(), 1); err != nil {
			t.Fatal(err)
		}
		if p, _, _, err := b.ledger.Page(t.Context(), b.first()); err != nil || p.State != state {
			t.Fatalf("page %+v, %v", p, err)
		}

		follower := b.first()
		follower.Type = "artifacts"

		if err := b.run(follower, 1); dsr.ClassOf(err) != dsr.NoTask {
			t.Errorf("%s: a follower's task is taken for one: %v", state, err)
		}
	}
}

func TestATaskThatMayNotBeSentAgainIsGivenUp(t *testing.T) {
	for _, class := range []dsr.Class{dsr.Throttled, dsr.Transient, dsr.Unfinished} {
		b := newBench(t)
		b.work = func([]string) error { return dsr.Errorf(class, dsr.ReasonTransient, "x") }
		k := b.first()
		k.Hop = dsr.MaxHop
		if err := b.run(k, 1); err != nil {
			t.Fatalf("%s: %v", class, err)
		}
		if r, _, err := b.ledger.Receipt(t.Context(), k); err != nil || r.Outcome != dsr.Failed {
			t.Errorf("%s: receipt %+v, %v", class, r, err)
		}
	}
}

func TestATaskOfOneItemThatIsGivenUpNamesIt(t *testing.T) {
	for chunk, want := range []string{"", "c"} { // of a, b and of c
		b := newBench(t)
		k := b.first()
		if err := b.run(k, 1); err != nil {
			t.Fatal(err)
		}

		b.work = func([]string) error { return dsr.Errorf(dsr.Permanent, dsr.ReasonForbidden, "x") }
		k.Chunk, k.Type = chunk, "artifacts"
		if err := b.run(k, 1); err != nil {
			t.Fatal(err)
		}

		r, _, err := b.ledger.Receipt(t.Context(), k)
		if err != nil || len(r.Failures) != 1 || r.Failures[0].Item != want {
			t.Errorf("chunk %d: failures %+v, %v; want one of item %q", chunk, r.Failures, err, want)
		}
	}
}
