package ledger_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// aLedgerOn returns a ledger with its evidence in the given container.
func aLedgerOn(audit archive.Backend) *ledger.Ledger {
	return ledger.New(archive.New(audit, nil), archive.New(memory.New(), nil), archive.New(memory.New(), nil))
}

// things returns n planned deletions with names of the given length.
func things(n, length int) []dsr.Planned {
	out := make([]dsr.Planned, n)
	for i := range out {
		out[i].Item = fmt.Sprintf("%0*d", length, i)
	}
	return out
}

// plannedAttempts records the deletion plans of some attempts, each with one part, and returns
// the references to the parts.
func plannedAttempts(t *testing.T, l *ledger.Ledger, attempts int, items []dsr.Planned) []dsr.PlanPartRef {
	t.Helper()
	refs := make([]dsr.PlanPartRef, attempts)
	for n := range attempts {
		part := dsr.PlanPart{
			RequestID: fmt.Sprint("r", n),
			Attempt:   1,
			Node:      1,
			Page:      1,
			Items:     items,
		}
		var err error
		refs[n], err = l.RecordPlanPart(t.Context(), part)
		ok(t, err)
		_, _, err = l.RecordDeletionPlan(t.Context(), dsr.DeletionPlan{RequestID: part.RequestID, Attempt: 1, Stages: []dsr.Deletions{
			{Node: 1, Parts: refs[n : n+1]},
			{Node: 2, Items: items[:1]},
		}})
		ok(t, err)
	}
	return refs
}

func TestDeletionPlansAndTheirPartsAreReadOnceForAllCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const attempts, tasks = 20, 8
		store := &slowReads{Backend: memory.New()}
		refs := plannedAttempts(t, aLedgerOn(store.Backend), attempts, things(10, 20))

		l := aLedgerOn(store)
		for range 2 { // the second time from the cache
			var asking sync.WaitGroup
			for n := range attempts {
				a := dsr.Attempt{RequestID: fmt.Sprint("r", n), Number: 1}
				for range tasks { // at once
					asking.Go(func() {
						p, sum, found, err := l.DeletionPlan(t.Context(), a)
						if err != nil || !found || sum == "" || len(p.Stages) != 2 {
							t.Errorf("%+v, %q, %t, %v", p, sum, found, err)
						}
					})
					asking.Go(func() {
						if items, err := l.PlanPart(t.Context(), a, refs[n]); err != nil || len(items) != 10 {
							t.Errorf("%v, %v", items, err)
						}
					})
				}
			}
			asking.Wait()
		}

		if n := store.n.Load(); n != 2*attempts {
			t.Errorf("%d reads of %d plans and as many parts", n, attempts)
		}
	})
}

func TestAPlanThatIsNotThereIsLookedForAgain(t *testing.T) {
	l := aLedgerOn(memory.New())
	a := dsr.Attempt{RequestID: "r0", Number: 1}
	if _, _, found, err := l.DeletionPlan(t.Context(), a); found || err != nil {
		t.Errorf("found %t, %v", found, err)
	}
	plannedAttempts(t, l, 1, things(1, 20))
	if _, _, found, err := l.DeletionPlan(t.Context(), a); !found || err != nil {
		t.Errorf("recorded since: found %t, %v", found, err)
	}
}

// The cache is bounded by size: it keeps a few large parts or many small ones.
func TestPartsOfDeletionPlansAreCachedByTheirSize(t *testing.T) {
	for name, tt := range map[string]struct {
		items []dsr.Planned
		kept  bool
	}{
		"small ones are all kept": {things(10, 20), true},
		"large ones are not":      {things(1000, 1000), false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const parts = 40
				store := &slowReads{Backend: memory.New()}
				refs := plannedAttempts(t, aLedgerOn(store.Backend), parts, tt.items)
				l := aLedgerOn(store)
				for range 2 {
					for n, ref := range refs {
						_, err := l.PlanPart(t.Context(), dsr.Attempt{RequestID: fmt.Sprint("r", n), Number: 1}, ref)
						ok(t, err)
					}
				}

				if got := store.n.Load() == parts; got != tt.kept {
					t.Errorf("%d reads for %d parts", store.n.Load(), parts)
				}
			})
		})
	}
}

func TestACanceledReaderFailsNoOtherReaderOfAPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &endingReads{slowReads{Backend: memory.New()}}
		ref := plannedAttempts(t, aLedgerOn(store.Backend), 1, things(3, 20))[0]
		l, a := aLedgerOn(store), dsr.Attempt{RequestID: "r0", Number: 1}

		ctx, cancel := context.WithCancel(t.Context())
		var asking sync.WaitGroup
		asking.Go(func() {
			if _, err := l.PlanPart(ctx, a, ref); err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
				t.Errorf("its context has ended, and it got %v", err)
			}
		})

		asking.Go(func() {
			synctest.Wait()
			if items, err := l.PlanPart(t.Context(), a, ref); len(items) != 3 || err != nil {
				t.Errorf("%v, %v", items, err)
			}
		})

		<-time.After(time.Second / 2)
		cancel()
		asking.Wait()
	})
}

// endingReads are slow reads that end with their context.
type endingReads struct{ slowReads }

func (e *endingReads) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	body, info, err := e.slowReads.Open(ctx, name, offset)
	if ctx.Err() != nil {
		return nil, archive.Info{}, ctx.Err()
	}
	return body, info, err
}
