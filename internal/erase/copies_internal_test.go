package erase

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// copyLedger erases copies as a test says.
type copyLedger struct {
	Ledger
	erase  func(index string) (worked int, done bool, err error)
	erased []string
}

func (l *copyLedger) AnyFailed(context.Context, dsr.Attempt, dsr.NodeSet) (bool, error) {
	return false, nil
}

func (l *copyLedger) EraseCopy(_ context.Context, x dsr.Erasure, _ time.Time) (int, bool, error) {
	worked, done, err := l.erase(x.Index)
	if done {
		l.erased = append(l.erased, x.Index)
	}
	return worked, done, err
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
		l := &copyLedger{erase: func(index string) (int, bool, error) { return 1, tt.fails[index] == nil, tt.fails[index] }}
		w := &Worker{ledger: l, opts: Options{Now: time.Now}}
		if err := w.eraseCopies(t.Context(), task.Job{}, []string{"a", "b", "c"}); !errors.Is(err, tt.want) || len(l.erased) != tt.erased {
			t.Errorf("%s: %v; erased %v", name, err, l.erased)
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
			w := &Worker{ledger: &copyLedger{erase: func(string) (int, bool, error) { return erase() }}, opts: Options{Now: time.Now}}
			err := w.eraseCopies(ctx, task.Job{}, []string{"a", "b"})
			e, ok := errors.AsType[*dsr.Error](err)
			if !ok || e.Class != dsr.Unfinished || e.Progress != 7 {
				t.Errorf("%s: %#v", name, err)
			}
		})
	}
}
