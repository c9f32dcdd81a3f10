package erase

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/task"
)

// copies are erased as a test says.
type copies struct {
	erase  func(index string) (worked int, done bool, err error)
	erased []string
}

func (c *copies) EraseCopy(_ context.Context, x dsr.Erasure, _ time.Time) (int, bool, error) {
	worked, done, err := c.erase(x.Index)
	if done {
		c.erased = append(c.erased, x.Index)
	}
	return worked, done, err
}

// copyWorker is a worker that erases copies, of requests of which nothing failed.
func copyWorker(c copyEraser) *Worker {
	w := New(nil, newLedger(), nil, Options{})
	w.copies = c
	return w
}

func newLedger() *ledger.Ledger {
	store := archive.New(memory.New(), nil)
	return ledger.New(store, store, store)
}

func TestACopyThatStaysDoesNotKeepTheOthers(t *testing.T) {
	held := dsr.Errorf(dsr.Permanent, dsr.ReasonHeld, "a hold keeps it")
	stuck := dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "a blob can't be removed")
	throttled := dsr.Errorf(dsr.Throttled, dsr.ReasonThrottled, "later")
	for name, tt := range map[string]struct {
		fails  map[string]error
		erased int
		want   error
	}{
		"all go":                             {nil, 3, nil},
		"one is held":                        {map[string]error{"a": held}, 2, held},
		"one can't be removed":               {map[string]error{"b": stuck}, 2, stuck},
		"one may go later, one never":        {map[string]error{"a": stuck, "b": held}, 1, stuck},
		"storage asks for a pause":           {map[string]error{"b": throttled}, 1, throttled},
		"storage does, and one can't be now": {map[string]error{"a": stuck, "b": throttled}, 0, throttled},
	} {
		c := &copies{erase: func(index string) (int, bool, error) { return 1, tt.fails[index] == nil, tt.fails[index] }}
		w := copyWorker(c)
		if err := w.eraseCopies(t.Context(), task.Job{}, []string{"a", "b", "c"}); !errors.Is(err, tt.want) || len(c.erased) != tt.erased {
			t.Errorf("%s: %v; erased %v", name, err, c.erased)
		}
	}
}

func TestALargeCopyIsUnfinishedWithWhatWasDone(t *testing.T) {
	for name, erase := range map[string]func() (int, bool, error){
		"it ends by itself": func() (int, bool, error) { return 7, false, nil },
		"it is broken off": func() (int, bool, error) {
			time.Sleep(8*time.Minute + time.Second) // past the deadline
			return 7, false, context.DeadlineExceeded
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
			defer cancel()
			w := copyWorker(&copies{erase: func(string) (int, bool, error) { return erase() }})
			err := w.eraseCopies(ctx, task.Job{}, []string{"a", "b"})
			e, ok := errors.AsType[*dsr.Error](err)
			if !ok || e.Class != dsr.Unfinished || e.Progress != 7 {
				t.Errorf("%s: %#v", name, err)
			}
		})
	}
}
