package fanout

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/ledger/ledgertest"
	"azureml-dsr/internal/wakeup"
)

func TestARetryFindsNothingNewOutsideOfWhatWasAbsent(t *testing.T) {
	account := func(name string) dsr.Target {
		return dsr.Target{
			Level:          dsr.ExperimentationAccount,
			SubscriptionID: "s",
			ResourceGroup:  "g",
			Account:        name,
		}
	}
	inside := func(t dsr.Target, workspace string) dsr.Target {
		t.Level, t.Workspace = dsr.Workspace, workspace
		return t
	}

	r := &retryPlan{progress: dsr.RetryProgress{Absent: []string{account("Absent").ID()}}, known: map[string]bool{}}
	r.addFound(dsr.Request{}, []Found{
		{Target: account("absent")}, {Target: inside(account("absent"), "w")},
		{Target: account("absentee")}, {Target: inside(account("other"), "new")},
	}, []ResourceType{{Name: "account", Level: dsr.ExperimentationAccount}, {Name: "workspaces", Level: dsr.Workspace}})

	var got []string
	for _, n := range r.progress.Nodes {
		got = append(got, n.Type+" "+n.Target)
	}

	want := []string{"account " + account("absent").ID(), "workspaces " + inside(account("absent"), "w").ID()}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("nodes %v, want %v", got, want)
	}
}

const testSpace = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"

// retryFixture is a first attempt that is retried.
type retryFixture struct{ *ledgertest.Attempt }

func newRetryFixture(t *testing.T) *retryFixture {
	t.Helper()
	return &retryFixture{ledgertest.NewAttempt(t)}
}

// failedAttempt records an attempt of six nodes: two that succeeded, two with failed
// items, one whose list failed and one that failed in the plan. It also records the order
// of a retry.
func failedAttempt(fix *retryFixture) {
	fix.Plan.Kind = dsr.KindExport
	for i := range 6 {
		n := fix.Node("runs", fmt.Sprintf("%s/experimentids/e-%d", testSpace, i))
		task := fix.Plan.FirstTask(n)
		switch i {
		case 1, 4: // nothing failed
			fix.Read(n, []ledgertest.Document{{Endpoint: "E16", Item: "run"}}, 1, 10)
		case 2: // the list
			fix.failPage(task, dsr.Failure{Endpoint: "E15", Target: n.Target, Reason: dsr.ReasonForbidden})
		case 5: // its place was not there
			fix.Plan.Nodes[i].Failed = &dsr.Failure{Reason: dsr.ReasonTargetNotFound}
			fix.failPage(task, dsr.Failure{Endpoint: "E15", Target: n.Target, Reason: dsr.ReasonTargetNotFound})
		default:
			if err := ledger.RecordPages(fix.T.Context(), fix.Records, task, []string{"run-1", "run-2", "run-3"}, 2, 1, fix.Time()); err != nil {
				fix.T.Fatal(err)
			}
			for range 2 {
				fix.fail(task, dsr.Failure{Endpoint: "E16", Target: n.Target, Reason: dsr.ReasonForbidden})
				task.Chunk++
			}
			task.Page, task.Chunk = 2, 0
			fix.Record(task, nil)
		}
	}
	if _, err := fix.Records.RecordPlan(fix.T.Context(), fix.Plan); err != nil {
		fix.T.Fatal(err)
	}
	if _, err := fix.Records.RecordRetry(fix.T.Context(), dsr.Retry{RequestID: "r", Attempt: 2}); err != nil {
		fix.T.Fatal(err)
	}
}

// failPage records a list that failed for good.
func (fix *retryFixture) failPage(task dsr.Task, f dsr.Failure) {
	fix.T.Helper()
	page := dsr.NewPage(task, nil, nil, 1)
	page.State, page.Failure = dsr.PageFailed, &f
	if _, _, err := fix.Records.RecordPage(fix.T.Context(), task, page); err != nil {
		fix.T.Fatal(err)
	}
	fix.fail(task, f)
}

// fail records the receipt of a task that failed.
func (fix *retryFixture) fail(task dsr.Task, f dsr.Failure) {
	fix.T.Helper()
	receipt := dsr.NewReceipt(task, dsr.Failed, fix.Time())
	receipt.Fail(f)
	if _, err := fix.Records.RecordReceipt(fix.T.Context(), task, receipt); err != nil {
		fix.T.Fatal(err)
	}
}

// retried plans the second attempt. It returns the plan's nodes with their items, and how
// many deliveries that takes.
func (fix *retryFixture) retried() (nodes []string, tries int) {
	fix.T.Helper()
	i := &Intake{Ledger: fix.Records, Now: fix.Look}
	second := dsr.Attempt{RequestID: "r", Number: 2}
	for tries = 1; ; tries++ {
		plan, err := i.planRetry(fix.T.Context(), second, Parsed{})
		if dsr.ClassOf(err) == dsr.Unfinished && tries < 100 {
			continue
		}
		if err != nil {
			fix.T.Fatal(err)
		}

		for _, n := range plan.Nodes {
			line := fmt.Sprintf("%d %s", n.Number, n.Target[len(testSpace)+len("/experimentids/"):])
			if page, _, found, err := fix.Records.Page(fix.T.Context(), plan.FirstTask(n)); err != nil {
				fix.T.Fatal(err)
			} else if found {
				line += fmt.Sprint(" ", page.Items)
			}
			nodes = append(nodes, line)
		}

		return nodes, tries
	}
}

func TestPlanningARetryGoesOnWhereTheLastDeliveryStopped(t *testing.T) {
	want := []string{"1 e-0 [run-1 run-2]", "2 e-2", "3 e-3 [run-1 run-2]"}
	for name, tt := range map[string]struct {
		step  time.Duration // of the clock, with each look at it
		tries int
	}{"in one try": {0, 1}, "in several": {retryTime, 4}} {
		fix := newRetryFixture(t)
		failedAttempt(fix)
		fix.Step = tt.step
		nodes, tries := fix.retried()
		if diff := cmp.Diff(want, nodes); diff != "" || tries != tt.tries {
			t.Errorf("%s: %d tries, want %d (-want +got):\n%s", name, tries, tt.tries, diff)
		}
	}
}

// requests keeps the messages that are sent to the request queue.
type requests struct{ messages []dsr.Message }

func (r *requests) Send(_ context.Context, queue string, messages ...dsr.Message) error {
	if queue == dsr.QueueRequests {
		r.messages = append(r.messages, messages...)
	}
	return nil
}

func TestARetryThatOneDeliveryHasNoTimeForIsSentOnAtOnce(t *testing.T) {
	const body = `{"schemaVersion":"1.0","id":"r","kind":"export","dueAt":"2026-12-24T10:00:00Z","scope":[{"subscriptionId":"s"}]}`
	schema, err := os.ReadFile("../../docs/schema/request.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := NewValidator(schema, nil)
	if err != nil {
		t.Fatal(err)
	}

	fix := newRetryFixture(t)
	p, err := v.Parse([]byte(body), fix.Time())
	if err != nil {
		t.Fatal(err)
	}
	sum, err := p.ContentHash(false, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fix.Records.RecordRequest(t.Context(), dsr.NewRequestRecord(p.Request, sum, false, fix.Time())); err != nil {
		t.Fatal(err)
	}

	failedAttempt(fix)
	if err := fix.Store.Put(t.Context(), dsr.Attempt{RequestID: "r", Number: 1}.Manifest(), []byte("{}"), nil); err != nil {
		t.Fatal(err)
	}

	queue := &requests{}
	i := &Intake{
		Ledger:      fix.Records,
		Queue:       queue,
		Wakeups:     wakeup.New(queue, fix.Look),
		Validator:   v,
		RetryDelays: []time.Duration{time.Hour},
		Now:         fix.Look,
		Logger:      slog.New(slog.DiscardHandler),
	}

	const try = 3
	second := dsr.Attempt{RequestID: "r", Number: 2}
	fix.Step = retryTime

	for deliveries := 1; ; deliveries++ {
		sent := len(queue.messages)
		m := Received{Body: []byte(body), EnqueuedTime: fix.Time(), Properties: map[string]any{dsr.PropAttempt: int64(2), dsr.PropTry: int64(try)}}
		if err := i.Accept(t.Context(), m); err != nil {
			t.Fatal(err)
		}

		if _, planned, err := fix.Records.Plan(t.Context(), second); err != nil {
			t.Fatal(err)
		} else if planned {
			if deliveries != 4 {
				t.Errorf("planned by %d deliveries", deliveries)
			}
			break
		}

		if len(queue.messages) != sent+1 {
			t.Fatalf("delivery %d: %d messages", deliveries, len(queue.messages)-sent)
		}

		again := queue.messages[sent]
		if again.Properties[dsr.PropTry] != int64(try) || again.NotBefore.Sub(fix.Time()) > time.Second {
			t.Errorf("sent again as try %v at %s, now is %s", again.Properties[dsr.PropTry], again.NotBefore, fix.Time())
		}
	}
	if _, left, err := fix.Records.RetryProgress(t.Context(), second); left || err != nil {
		t.Errorf("the progress is still there: %t, %v", left, err)
	}
}
