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

func TestWhatIsNewElsewhereIsNotPartOfARetry(t *testing.T) {
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

// retryFixture is an attempt that is retried.
type retryFixture struct{ *ledgertest.Attempt }

func newRetryFixture(t *testing.T) *retryFixture {
	t.Helper()
	return &retryFixture{ledgertest.NewAttempt(t)}
}

// failedAttempt is a closed attempt of six nodes of which two did not fail, one
// failed as a whole list and one in its plan.
func failedAttempt(b *retryFixture) {
	b.Plan.Kind = dsr.KindExport
	for i := range 6 {
		n := b.Node("runs", fmt.Sprintf("%s/experimentids/e-%d", testSpace, i))
		task := b.Plan.FirstTask(n)
		switch i {
		case 1, 4: // nothing failed
			b.Read(n, []ledgertest.Document{{Endpoint: "E16", Item: "run"}}, 1, 10)
		case 2: // the list
			f := dsr.Failure{Endpoint: "E15", Target: n.Target, Reason: dsr.ReasonForbidden}
			b.failPage(task, f)
		case 5: // its place was not there
			b.Plan.Nodes[i].Failed = &dsr.Failure{Reason: dsr.ReasonTargetNotFound}
			b.failPage(task, dsr.Failure{Endpoint: "E15", Target: n.Target, Reason: dsr.ReasonTargetNotFound})
		default:
			if err := ledger.RecordPages(b.T.Context(), b.Records, task, []string{"run-1", "run-2", "run-3"}, 2, 1, b.Time()); err != nil {
				b.T.Fatal(err)
			}
			for range 2 {
				b.fail(task, dsr.Failure{Endpoint: "E16", Target: n.Target, Reason: dsr.ReasonForbidden})
				task.Chunk++
			}
			task.Page, task.Chunk = 2, 0
			b.Record(task, nil)
		}
	}
	if _, err := b.Records.RecordPlan(b.T.Context(), b.Plan); err != nil {
		b.T.Fatal(err)
	}
	if _, err := b.Records.RecordRetry(b.T.Context(), dsr.Retry{RequestID: "r", Attempt: 2}); err != nil {
		b.T.Fatal(err)
	}
}

// failPage records a list that failed for good.
func (b *retryFixture) failPage(task dsr.Task, f dsr.Failure) {
	b.T.Helper()
	page := dsr.NewPage(task, nil, nil, 1)
	page.State, page.Failure = dsr.PageFailed, &f
	if _, _, err := b.Records.RecordPage(b.T.Context(), task, page); err != nil {
		b.T.Fatal(err)
	}
	b.fail(task, f)
}

func (b *retryFixture) fail(task dsr.Task, f dsr.Failure) {
	b.T.Helper()
	receipt := dsr.NewReceipt(task, dsr.Failed, b.Time())
	receipt.Fail(f)
	if _, err := b.Records.RecordReceipt(b.T.Context(), task, receipt); err != nil {
		b.T.Fatal(err)
	}
}

// retried makes the plan of the second attempt by as many tries as it takes.
func (b *retryFixture) retried() (nodes []string, tries int) {
	b.T.Helper()
	i := &Intake{Ledger: b.Records, Now: b.Look}
	second := dsr.Attempt{RequestID: "r", Number: 2}
	for tries = 1; ; tries++ {
		plan, err := i.planRetry(b.T.Context(), second, Parsed{})
		if dsr.ClassOf(err) == dsr.Unfinished && tries < 100 {
			continue
		}
		if err != nil {
			b.T.Fatal(err)
		}

		for _, n := range plan.Nodes {
			line := fmt.Sprintf("%d %s", n.Number, n.Target[len(testSpace)+len("/experimentids/"):])
			if page, _, found, err := b.Records.Page(b.T.Context(), plan.FirstTask(n)); err != nil {
				b.T.Fatal(err)
			} else if found {
				line += fmt.Sprint(" ", page.Items)
			}
			nodes = append(nodes, line)
		}

		return nodes, tries
	}
}

func TestTheLookAtWhatFailedBeforeGoesOnWhereItStopped(t *testing.T) {
	want := []string{"1 e-0 [run-1 run-2]", "2 e-2", "3 e-3 [run-1 run-2]"}
	for name, tt := range map[string]struct {
		step  time.Duration // of the clock, with each look at it
		tries int
	}{"in one try": {0, 1}, "in several": {retryTime, 4}} {
		b := newRetryFixture(t)
		failedAttempt(b)
		b.Step = tt.step
		nodes, tries := b.retried()
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

	b := newRetryFixture(t)
	p, err := v.Parse([]byte(body), b.Time())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Records.RecordRequest(t.Context(), dsr.NewRequestRecord(p.Request, p.ContentSHA256, false, b.Time())); err != nil {
		t.Fatal(err)
	}

	failedAttempt(b)
	if err := b.Store.Put(t.Context(), dsr.Attempt{RequestID: "r", Number: 1}.Manifest(), []byte("{}"), nil); err != nil {
		t.Fatal(err)
	}

	queue := &requests{}
	i := &Intake{
		Ledger:      b.Records,
		Queue:       queue,
		Wakeups:     wakeup.New(queue, b.Look),
		Validator:   v,
		RetryDelays: []time.Duration{time.Hour},
		Now:         b.Look,
		Logger:      slog.New(slog.DiscardHandler),
	}

	const try = 3
	second := dsr.Attempt{RequestID: "r", Number: 2}
	b.Step = retryTime

	for deliveries := 1; ; deliveries++ {
		sent := len(queue.messages)
		m := Received{Body: []byte(body), EnqueuedTime: b.Time(), Properties: map[string]any{dsr.PropAttempt: int64(2), dsr.PropTry: int64(try)}}
		if err := i.Accept(t.Context(), m); err != nil {
			t.Fatal(err)
		}

		if _, planned, err := b.Records.Plan(t.Context(), second); err != nil {
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
		if again.Properties[dsr.PropTry] != int64(try) || again.NotBefore.Sub(b.Time()) > time.Second {
			t.Errorf("sent again as try %v at %s, now is %s", again.Properties[dsr.PropTry], again.NotBefore, b.Time())
		}
	}
	if _, left, err := b.Records.RetryProgress(t.Context(), second); left || err != nil {
		t.Errorf("the progress is left behind: %t, %v", left, err)
	}
}
