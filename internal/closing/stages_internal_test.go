package closing

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/wakeup"
)

// outbox keeps the tasks that are sent.
type outbox struct {
	Browser
	mu    sync.Mutex
	tasks []string
}

func (o *outbox) Send(_ context.Context, queue string, messages ...dsr.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range messages {
		if t, err := dsr.DecodeTask(m.Body); err == nil && queue == dsr.QueueDeletes {
			o.tasks = append(o.tasks, t.Node)
		}
	}
	return nil
}

func TestAStageBeginsWhenThoseBeforeItAreDone(t *testing.T) {
	for name, tt := range map[string]struct {
		open []int // nodes with something missing
		sent []int // stages that have begun
		late bool  // the time of the check is over
		want []string
		more bool
	}{
		"all are open":               {open: []int{1, 2, 3, 4}, want: []string{"00001", "00002"}},
		"some have begun":            {open: []int{1, 2, 3, 4}, sent: []int{1}, want: []string{"00002"}},
		"one of two is done":         {open: []int{2, 3, 4}, want: []string{"00002"}},
		"both are done":              {open: []int{3, 4}, want: []string{"00003"}},
		"only the last is open":      {open: []int{4}, want: []string{"00004"}},
		"all are done":               {},
		"there is no time":           {open: []int{1, 2, 3, 4}, late: true, more: true},
		"there is nothing to do yet": {open: []int{1, 3, 4}, sent: []int{1}},
	} {
		b := newPlanningFixture(t, nil)
		out := &outbox{}
		b.Queue, b.Logger = out, slog.New(slog.DiscardHandler)
		after := []dsr.NodeSet{nil, nil, dsr.NodesOf(1, 2), dsr.NodesOf(1, 2, 3)}
		var deletions dsr.DeletionPlan
		for _, before := range after {
			n := b.Node(dsr.DeleteType("models"), testSpace)
			b.Plan.Nodes[n.Number-1].After = before
			deletions.Stages = append(deletions.Stages, dsr.Deletions{Node: n.Number, After: before, Items: []dsr.Planned{{Item: "m"}}})
		}

		found := findings{incomplete: map[int]bool{}}
		for _, n := range tt.open {
			found.incomplete[n] = true
		}

		for _, n := range tt.sent {
			if _, err := b.Records.RecordHop(t.Context(), hopOne(b.Plan.FirstTask(b.Plan.Nodes[n-1])), dsr.Hop{Number: 1}); err != nil {
				t.Fatal(err)
			}
		}

		if tt.late {
			b.Step = 2 * stagesTime
		}

		more, err := b.sendStages(t.Context(), b.Plan, deletions, found)
		slices.Sort(out.tasks)

		if err != nil || more != tt.more || !slices.Equal(out.tasks, tt.want) {
			t.Errorf("%s: sent %v, want %v; more %t, %v", name, out.tasks, tt.want, more, err)
		}
	}
}

func hopOne(t dsr.Task) dsr.Task {
	t.Hop = 1
	return t
}

// A dry run is complete when all is read, but it must not be closed before its plan is
// made: the plan is its purpose.
func TestADryRunIsNotClosedWhileItsPlanIsMade(t *testing.T) {
	b := newPlanningFixture(t, personalRows)
	sharedWorkspace(b)
	out := &outbox{}
	b.Queue, b.Logger, b.Wakeups = out, slog.New(slog.DiscardHandler), wakeup.New(out, b.Now)
	request := dsr.RequestRecord{Request: dsr.Request{ID: "r", DryRun: true, Kind: dsr.KindDelete}}
	if _, err := b.Records.RecordRequest(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Records.RecordPlan(t.Context(), b.Plan); err != nil {
		t.Fatal(err)
	}

	a := dsr.Attempt{RequestID: "r", Number: 1}
	b.Step = time.Minute
	checks := 0
	for closed := false; !closed; checks++ {
		if checks > 100 {
			t.Fatal("it is never closed")
		}
		wakeUp, err := dsr.WakeUpMessage(a, b.Time())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Reconcile(t.Context(), wakeUp.Body); err != nil {
			t.Fatal(err)
		}

		_, _, planned, err := b.Records.DeletionPlan(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		if closed, err = b.Records.Closed(t.Context(), a); err != nil || closed != planned {
			t.Fatalf("closed %t, planned %t, %v", closed, planned, err)
		}

		open, found, err := b.Records.Open(t.Context(), a)
		if err != nil || (found && open.LastCheck.Interval != dsr.FirstCheckInterval) {
			t.Fatalf("the next check is far off: %+v, %v", open.LastCheck, err)
		}
	}

	if checks < 2 {
		t.Errorf("%d checks: the time of one is bounded", checks)
	}
	if _, left, err := b.Records.Planning(t.Context(), a); left || err != nil {
		t.Errorf("the progress is still stored: %t, %v", left, err)
	}
}
