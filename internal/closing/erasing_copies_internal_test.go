package closing

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// copyFixture has earlier exports on the index of expiring attempts. Their place is the
// one that a deletion is of.
type copyFixture struct {
	*Reconciler
	t      *testing.T
	store  *memory.Backend
	index  *memory.Backend
	ledger *ledger.Ledger
	plan   dsr.Plan
}

func newCopyFixture(t *testing.T, copies int) *copyFixture {
	t.Helper()
	b := &copyFixture{t: t, store: memory.New(), index: memory.New(), plan: dsr.Plan{
		RequestID: "r",
		Attempt:   1,
		Kind:      dsr.KindDelete,
		Nodes:     deletionNodes(),
	}}
	store := archive.New(b.store, nil)
	b.ledger = ledger.New(store, store, archive.New(b.index, nil))
	b.Reconciler = &Reconciler{Ledger: b.ledger, Now: time.Now}
	b.record(b.plan)
	for n := range copies {
		b.add(n)
	}
	return b
}

func (b *copyFixture) record(p dsr.Plan) {
	b.t.Helper()
	if _, err := b.ledger.RecordPlan(b.t.Context(), p); err != nil {
		b.t.Fatal(err)
	}
}

// name returns the index blob of copy n; names sort like their numbers.
func (b *copyFixture) name(n int) string {
	return dsr.Attempt{RequestID: fmt.Sprintf("copy-%05d", n), Number: 1}.Expires(time.Unix(0, 0))
}

func (b *copyFixture) add(n int) {
	b.t.Helper()
	p := dsr.Plan{
		RequestID: fmt.Sprintf("copy-%05d", n),
		Attempt:   1,
		Kind:      dsr.KindExport,
		Nodes:     b.plan.Nodes[:1],
	}
	b.record(p)
	if err := b.index.Put(b.t.Context(), b.name(n), []byte("{}"), nil); err != nil {
		b.t.Fatal(err)
	}
}

// Copies come and go between two checks, of which the first one crashes while it records
// pages.
func TestNoCopyIsSkippedWhenCopiesComeAndGoBetweenTwoChecks(t *testing.T) {
	const copies = 2*deletionPageItems + 500
	for name, between := range map[string]func(b *copyFixture){
		"nothing changes": func(*copyFixture) {},
		"the first have expired": func(b *copyFixture) {
			for n := range 700 {
				_ = b.index.Delete(b.t.Context(), b.name(n))
			}
		},
		"most have expired": func(b *copyFixture) {
			for n := range 2400 {
				_ = b.index.Delete(b.t.Context(), b.name(n))
			}
		},
		"all have expired": func(b *copyFixture) {
			for n := range copies {
				_ = b.index.Delete(b.t.Context(), b.name(n))
			}
		},
		"others were closed meanwhile": func(b *copyFixture) {
			for n := range 700 {
				b.add(copies + n)
			}
		},
	} {
		for pages := range 4 {
			t.Run(fmt.Sprint(name, " after ", pages, " pages"), func(t *testing.T) {
				b := newCopyFixture(t, copies)
				first := b.plan.FirstTask(b.plan.Nodes[4])
				b.Ledger = dyingAfter(pages, b.store, b.index)
				if err := b.recordCopies(t.Context(), first); pages < 3 && !errors.Is(err, errCrash) {
					t.Fatal(err)
				}

				between(b)
				b.Ledger = b.ledger
				if err := b.recordCopies(t.Context(), first); err != nil {
					t.Fatal(err)
				}

				named := b.named(first)
				slices.Sort(named)
				if once := len(slices.Compact(slices.Clone(named))); once != len(named) {
					t.Errorf("%d of %d names are named before", len(named)-once, len(named))
				}

				for n := range copies {
					_, err := b.index.Stat(t.Context(), b.name(n))
					if _, found := slices.BinarySearch(named, b.name(n)); err == nil && !found {
						t.Fatalf("copy %d is on the index, and no page names it", n)
					}
				}
			})
		}
	}
}

// named returns the copies that the pages name, to the end of the list.
func (b *copyFixture) named(of dsr.Task) []string {
	b.t.Helper()
	var names []string
	for ; ; of.Page++ {
		page, _, found, err := b.ledger.Page(b.t.Context(), of)
		if err != nil || !found {
			b.t.Fatalf("page %d: found %t, %v: the list does not end", of.Page, found, err)
		}
		if names = append(names, page.Items...); page.State != dsr.PageNext {
			return names
		}
	}
}
