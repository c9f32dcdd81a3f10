package task_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/task"
)

// fixture is a runner on an archive in memory, with a queue and a worker that note
// what they are asked, in order.
type fixture struct {
	t      *testing.T
	log    []string
	store  *memory.Backend
	ledger *ledger.Ledger
	runner *task.Runner
	plan   dsr.Plan
	// list and work are what the worker does. Work succeeds where work is nil.
	list func() (task.Listing, error)
	work func(items []string) error
	// later is called when a check is asked for that may come later.
	later func()
}

// logged is a backend that notes what it stores.
type logged struct {
	archive.Backend
	f *fixture
}

func (l logged) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	l.f.note("put " + name)
	return l.Backend.Put(ctx, name, body, meta)
}

func (f *fixture) note(s string) { f.log = append(f.log, strings.TrimPrefix(s, "put r/1/")) }

func (f *fixture) Send(_ context.Context, _ string, messages ...dsr.Message) error {
	for _, m := range messages {
		var k dsr.Task
		if err := json.Unmarshal(m.Body, &k); err != nil {
			return err
		}
		f.note(fmt.Sprintf("send %s %d-%d-%d %s #%d", k.Node, k.Pass, k.Page, k.Chunk, k.Type, k.Hop))
	}
	return nil
}

func (f *fixture) WakeLater(context.Context, dsr.Attempt) error {
	f.note("wake-up")
	if f.later != nil {
		f.later()
	}
	return nil
}

func (f *fixture) WakeSoon(context.Context, dsr.Attempt) error {
	f.note("wake-up soon")
	return nil
}

func (f *fixture) Lists(task.Job) bool          { return true }
func (f *fixture) ListEndpoint(task.Job) string { return "E14" }
func (f *fixture) WorkEndpoint(task.Job) string { return "E16" }

func (f *fixture) List(context.Context, task.Job, string) (task.Listing, error) {
	f.note("list")
	return f.list()
}

func (f *fixture) Work(ctx context.Context, job task.Job, items []string) error {
	f.note("work " + strings.Join(items, ","))
	if f.work != nil {
		if err := f.work(items); err != nil {
			return err
		}
	}
	return f.part(ctx, job.Task.PartBlob(job.Target))
}

func (f *fixture) part(ctx context.Context, name string) error {
	p, err := archive.New(f.store, nil).NewPart(ctx, name)
	if err == nil {
		_, err = p.Commit()
	}
	return err
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, store: memory.New()}
	f.ledger = ledger.New(archive.New(logged{f.store, f}, nil), archive.New(f.store, nil), archive.New(f.store, nil))
	target := dsr.Target{
		Level:          dsr.Project,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Account:        "a",
		Workspace:      "w",
		Project:        "p",
	}
	f.plan = dsr.Plan{RequestID: "r", Attempt: 1, Nodes: []dsr.Node{{Number: 1, Type: "runs", Followers: []string{"artifacts"}, Target: target.ID()}}}
	if _, err := f.ledger.RecordPlan(t.Context(), f.plan); err != nil {
		t.Fatal(err)
	}

	f.list = func() (task.Listing, error) {
		name := f.first().AnswerBlob(target)
		return task.Listing{Items: []string{"a", "b", "c"}, Cursor: "more", Answer: dsr.BlobRef{Name: strings.TrimPrefix(name, "r/1/")}}, f.part(t.Context(), name)
	}

	f.runner = task.New(f.ledger, f, f, f, task.Options{ChunkItems: 2, Jitter: func(d time.Duration) time.Duration { return d }})
	f.log = nil

	return f
}

func (f *fixture) first() dsr.Task { return f.plan.FirstTask(f.plan.Nodes[0]) }

// sentAs returns the first task as one of its sends, which is recorded.
func (f *fixture) sentAs(hop int) dsr.Task {
	f.t.Helper()
	k := f.first()
	k.Hop = hop
	if hop > 0 {
		if _, err := f.ledger.RecordHop(f.t.Context(), k, dsr.Hop{TaskID: k.ID(), Number: hop}); err != nil {
			f.t.Fatal(err)
		}
	}
	return k
}

func (f *fixture) run(k dsr.Task, deliveries int) error {
	f.t.Helper()
	body, err := json.Marshal(k)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.runner.Run(f.t.Context(), task.Delivery{Body: body, Count: deliveries})
}
