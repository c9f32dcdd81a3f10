package closing

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// slowWrites is a container each of whose writes takes a second.
type slowWrites struct{ *memory.Backend }

func (s slowWrites) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	<-time.After(time.Second)
	return s.Backend.Put(ctx, name, body, meta)
}

// canceling is a deletion that was canceled.
type canceling struct {
	t      *testing.T
	ledger *ledger.Ledger
	plan   dsr.Plan
	open   dsr.OpenRecord
}

// newCanceling records the things of a deleting node in pages of 100. The node before it
// has none.
func newCanceling(t *testing.T, things int) *canceling {
	t.Helper()
	store := memory.New()
	quick := archive.New(store, nil)
	c := &canceling{t: t, plan: dsr.Plan{RequestID: "r", Attempt: 1, Nodes: deletionNodes()}}
	items := make([]string, things)
	for i := range items {
		items[i] = fmt.Sprint("m-", i)
	}

	c.ledger = ledger.New(quick, quick, quick)
	if err := ledger.RecordPages(t.Context(), c.ledger, c.first(), items, 100, 1, time.Now()); err != nil {
		t.Fatal(err)
	}

	slow := archive.New(slowWrites{store}, nil)
	c.ledger = ledger.New(slow, slow, slow)

	return c
}

// first is the first task of the node that deletes things.
func (c *canceling) first() dsr.Task { return c.plan.FirstTask(c.plan.Nodes[2]) }

// task returns the task that deletes a thing.
func (c *canceling) task(thing int) dsr.Task {
	t := c.first()
	t.Page, t.Chunk = 1+thing/100, thing%100
	return t
}

func (c *canceling) decide(thing int, verdict string) dsr.Decision {
	c.t.Helper()
	d, err := c.ledger.RecordDecision(c.t.Context(), c.task(thing), dsr.Decision{Verdict: verdict})
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

func (c *canceling) done(thing int) {
	c.t.Helper()
	if _, err := c.ledger.RecordReceipt(c.t.Context(), c.task(thing), dsr.NewReceipt(c.task(thing), dsr.Succeeded, time.Now())); err != nil {
		c.t.Fatal(err)
	}
}

// check concludes for the time of one check.
func (c *canceling) check() (working, more bool, took time.Duration) {
	c.t.Helper()
	began := time.Now()
	v := &visit{
		Reconciler: &Reconciler{Ledger: c.ledger, Now: time.Now},
		attempt:    dsr.Attempt{RequestID: "r", Number: 1},
		open:       c.open,
		began:      began,
		end:        began.Add(checkTime),
	}

	working, more, err := v.conclude(c.t.Context(), c.plan)
	if err != nil {
		c.t.Fatal(err)
	}

	c.open = v.open

	return working, more, time.Since(began)
}

// concluded checks until nothing more is to be concluded, most times at most.
func (c *canceling) concluded(most int) (working bool) {
	c.t.Helper()
	for checks := 1; ; checks++ {
		working, more, took := c.check()
		if took > checkTime+2*time.Second {
			c.t.Errorf("check %d took %s", checks, took)
		}

		if !more {
			return working
		}
		if checks == most {
			c.t.Fatalf("after %d checks it is not concluded: %+v", most, c.open.Checkpoint.Settled)
		}
	}
}

func TestALargeCanceledDeletionIsConcludedInSeveralChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const things = 12_000 // a check has the time for 3,840
		c := newCanceling(t, things)
		if c.concluded(4) {
			t.Error("nothing may delete, and something is at work")
		}

		for thing := 0; thing < things; thing += 97 {
			if d := c.decide(thing, dsr.Go); d.Verdict != dsr.No {
				t.Fatalf("thing %d may still be deleted", thing)
			}
		}

		if _, _, took := c.check(); took > 2*time.Minute {
			t.Errorf("what is concluded was concluded again: %s", took)
		}
	})
}

func TestWhatMayDeleteIsWaitedFor(t *testing.T) {
	for name, tt := range map[string]struct {
		may  []int // things that may be deleted
		done []int // that are, before the first check
		then []int // that are later
		want bool  // something is at work in the end
	}{
		"nothing may":                    {},
		"one may, and is done":           {may: []int{7}, done: []int{7}},
		"one may, and is done later":     {may: []int{7}, then: []int{7}},
		"one may, and is not done":       {may: []int{7}, want: true},
		"the last may":                   {may: []int{9_999}, want: true},
		"one of two is not done":         {may: []int{7, 8_000}, then: []int{7}, want: true},
		"both are done later":            {may: []int{7, 8_000}, then: []int{7, 8_000}},
		"what was done needs no word":    {done: []int{0, 1, 2, 9_999}},
		"the first may, and is not done": {may: []int{0}, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCanceling(t, 10_000)
				for _, thing := range tt.may {
					c.decide(thing, dsr.Go)
				}

				for _, thing := range tt.done {
					c.done(thing)
				}

				if got, want := c.concluded(4), len(tt.may) > len(tt.done); len(tt.may) > 0 && got != want {
					t.Errorf("at work %t, want %t", got, want)
				}

				for _, thing := range tt.then {
					c.done(thing)
				}

				if working, more, _ := c.check(); working != tt.want || more {
					t.Errorf("at work %t, want %t; more %t", working, tt.want, more)
				}
			})
		})
	}
}

// A mark only saves work. A check that finds none, or one of no task, starts from nothing.
func TestAMarkOfNoTaskConcludesNothing(t *testing.T) {
	for _, mark := range []dsr.Settled{
		{},
		{Behind: "zzz"},
		{Behind: "00003/x.json", AtWork: []string{"nonsense"}},
		{Behind: dsr.ReceiptName("00001", 1, 9, 0, "models")},
		{Behind: dsr.ReceiptName("99999", 1, 1, 0, dsr.DeleteType("models"))},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCanceling(t, 100)
			c.open.Checkpoint.Settled = mark
			c.decide(7, dsr.Go)
			if !c.concluded(1) || c.decide(50, dsr.Go).Verdict != dsr.No {
				t.Errorf("%+v: %+v", mark, c.open.Checkpoint.Settled)
			}
		})
	}
}
