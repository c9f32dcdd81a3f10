package ledger_test

import (
	"context"
	"fmt"
	"io"
	"slices"
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

// old is an exports container with the index of an earlier version. Each removal takes a
// second.
type old struct {
	*memory.Backend
	index  *memory.Backend
	keeps  func(name string) bool // whether removing a blob fails; nil means never
	breaks func(name string) bool // whether reading a blob fails; nil means never

	mu    sync.Mutex
	tries int
}

func (o *old) Delete(ctx context.Context, name string) error {
	o.mu.Lock()
	o.tries++
	o.mu.Unlock()
	<-time.After(time.Second)
	if o.keeps != nil && o.keeps(name) {
		return fmt.Errorf("deleting a blob: %w", archive.ErrExists)
	}
	return o.Backend.Delete(ctx, name)
}

func (o *old) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	if o.breaks != nil && o.breaks(name) {
		return nil, archive.Info{}, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "not now")
	}
	return o.Backend.Open(ctx, name, offset)
}

// newOld returns a container with a number of open attempts and as many that expire.
func newOld(t *testing.T, blobs int) (*old, *ledger.Ledger) {
	t.Helper()
	o := &old{Backend: memory.New(), index: memory.New()}
	for n := range blobs {
		a := dsr.Attempt{RequestID: fmt.Sprintf("r-%04d", n), Number: 1}
		ok(t, o.Put(t.Context(), a.Open(), []byte("{}"), nil))
		ok(t, o.Put(t.Context(), a.Expires(time.Unix(0, 0)), []byte("{}"), nil))
	}
	return o, o.ledger()
}

func (o *old) ledger() *ledger.Ledger {
	return ledger.New(archive.New(memory.New(), nil), archive.New(o, nil), archive.New(o.index, nil))
}

// run adopts for ten seconds in a new process.
func (o *old) run(t *testing.T) (got ledger.Adopted, took time.Duration, tries int) {
	t.Helper()
	o.tries = 0
	began := time.Now()
	got, err := o.ledger().AdoptIndex(t.Context(), began.Add(10*time.Second))
	ok(t, err)
	return got, time.Since(began), o.tries
}

func all(string) bool { return true }

func TestAnAdoptionContinuesWhereItStopped(t *testing.T) {
	for name, keeps := range map[string]func(string) bool{"all goes": nil, "nothing goes": all} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const blobs = 400
				o, _ := newOld(t, blobs)
				o.keeps = keeps
				runs := 0
				for complete := false; !complete; runs++ {
					got, took, _ := o.run(t)
					if complete = got.Complete; complete != (count(o.index, dsr.OpenPrefix) == blobs) {
						t.Fatalf("run %d: %+v with %d on the index", runs, got, count(o.index, dsr.OpenPrefix))
					}
					if took > 13*time.Second {
						t.Errorf("run %d took %s", runs, took)
					}
				}

				if runs < 2 || runs > 4 {
					t.Errorf("%d runs for %d blobs, 160 a run", runs, blobs)
				}

				for range 6 { // the expiry blobs, and then all once more
					if got, _, _ := o.run(t); !got.Complete {
						t.Errorf("%+v: it was complete before", got)
					}
				}

				if n := count(o.index, dsr.ExpiresPrefix); n != blobs {
					t.Errorf("%d of %d that expire are on the index", n, blobs)
				}
			})
		})
	}
}

// Adopted blobs that can't be removed cost a listing and a few attempts to remove them.
func TestWhatWasAdoptedIsPassedOverByOneListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const blobs = 400
		o, _ := newOld(t, blobs)
		o.keeps = all

		for range 8 {
			o.run(t)
		}

		got, took, tries := o.run(t)
		if !got.Complete || got.Kept != 2*blobs || took > 15*time.Second || tries > 100 {
			t.Errorf("%+v in %s with %d tries", got, took, tries)
		}

		last := dsr.Attempt{RequestID: fmt.Sprintf("r-%04d", blobs-1), Number: 1}.Open()
		o.keeps = func(name string) bool { return name != last }

		for range 12 { // each has its turn
			o.run(t)
		}

		if count(o.Backend, last) > 0 || count(o.index, "_adopted/"+last) > 0 {
			t.Error("what may be removed by now is still there")
		}
		if count(o.index, last) != 1 {
			t.Error("and is not on the index")
		}
	})
}

func TestABlobThatCannotBeAdoptedStopsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, l := newOld(t, 40)
		first := dsr.Attempt{RequestID: "r-0000", Number: 1}.Open()
		o.breaks = func(name string) bool { return name == first }
		got, err := l.AdoptIndex(t.Context(), soon())
		if err == nil || !strings.Contains(err.Error(), "1 blobs") || got.Complete || got.Moved != 79 {
			t.Errorf("%+v, %v", got, err)
		}

		o.breaks = nil

		if got, _, _ := o.run(t); !got.Complete || count(o.Backend, "") > 0 {
			t.Errorf("when it can be read: %+v", got)
		}
	})
}

// A pass that takes several runs and misses an open attempt is not whole when it ends.
func TestAPassThatMissedSomethingIsNotWhole(t *testing.T) {
	o, l := newOld(t, 40)
	first := dsr.Attempt{RequestID: "r-0000", Number: 1}.Open()
	synctest.Test(t, func(t *testing.T) {
		o.breaks = func(name string) bool { return name == first }
		var complete []bool
		for range 6 {
			got, _ := l.AdoptIndex(t.Context(), past)
			complete = append(complete, got.Complete)
		}

		if slices.Contains(complete, true) {
			t.Errorf("complete %v without %s", complete, first)
		}
	})
}

func TestInvalidProgressStartsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, _ := newOld(t, 5)
		ok(t, o.index.Put(t.Context(), "_adopted/progress.json", []byte(`{"open":{"next":"zzz"},"expires":{"next":"_open/x"}}`), nil))
		if got, _, _ := o.run(t); !got.Complete || got.Moved != 10 {
			t.Errorf("%+v", got)
		}
	})
}
