package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// copied is a closed attempt with its documents.
type copied struct {
	audit, exports, index *memory.Backend
	ledger                *ledger.Ledger
	expired               ledger.Expired
}

func newCopied(t *testing.T, blobs int) *copied {
	t.Helper()
	c := &copied{audit: memory.New(), exports: memory.New(), index: memory.New()}
	c.ledger = ledger.New(archive.New(c.audit, nil), archive.New(c.exports, nil), archive.New(c.index, nil))
	a, ctx := dsr.Attempt{RequestID: "r", Number: 1}, t.Context()
	c.expired = ledger.Expired{Attempt: a, Index: a.Expires(time.Now())}

	for i := range blobs {
		name := fmt.Sprintf("%sdata/runs/%04d", a.Prefix(), i)
		ok(t, c.exports.Put(ctx, name, []byte("[]"), map[string]string{archive.MetaDocuments: "3"}))
	}

	ok(t, c.exports.Put(ctx, dsr.SubjectBlob("r"), []byte("{}"), nil))
	ok(t, c.audit.Put(ctx, a.Plan(), []byte(`{"requestId":"r","attempt":1}`), nil))
	ok(t, c.audit.Put(ctx, a.Manifest(), []byte("{}"), nil))
	ok(t, c.index.Put(ctx, c.expired.Index, []byte("{}"), nil))

	return c
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func count(b *memory.Backend, prefix string) (n int) {
	for range b.List(context.Background(), prefix, "") {
		n++
	}
	return n
}

// past is an end time with which each call stops as soon as it has done something.
var past = time.Unix(0, 0)

func TestEachCallOfAnErasureMakesProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const blobs = 100
		c := newCopied(t, blobs)
		<-time.After(time.Hour)
		calls, worked := 0, 0
		for done := false; !done; calls++ {
			var n int
			var err error
			n, done, err = c.ledger.EraseCopy(t.Context(), c.erasure(), past)
			ok(t, err)
			if worked += n; !done && (n == 0 || worked > 2*blobs) {
				t.Fatalf("call %d comes no further: %d", calls, n)
			}
		}

		if worked != 2*blobs || calls <= blobs {
			t.Errorf("%d calls worked on %d blobs, want each counted and removed", calls, worked)
		}

		got, found, err := retention(t, c)
		if err != nil || !found || got.Blobs != blobs || got.Documents != 3*blobs || got.Bytes != 2*blobs || got.ErasedBy != "other" {
			t.Errorf("recorded %+v, %t, %v", got, found, err)
		}
		if n := count(c.exports, "") + count(c.index, ""); n > 0 {
			t.Errorf("%d blobs are left", n)
		}
	})
}

// erasure returns an erasure by another request, now.
func (c *copied) erasure() dsr.Erasure {
	return dsr.Erasure{Index: c.expired.Index, By: "other", At: time.Now()}
}

// A canceled attempt closes while its tasks run. What they store is erased too.
func TestWhatIsStoredAfterTheClosingIsErasedToo(t *testing.T) {
	for late := range 15 { // minutes after the closing
		synctest.Test(t, func(t *testing.T) {
			c := newCopied(t, 3)
			go func() {
				<-time.After(time.Duration(late) * time.Minute)
				_ = c.exports.Put(context.Background(), c.expired.Prefix()+"data/runs/0000-late", []byte("[]"), nil)
			}()

			tries := 0
			for done := false; !done; tries++ {
				if tries > 5 {
					t.Fatal("it does not end")
				}

				var err error
				_, done, err = c.ledger.EraseCopy(t.Context(), c.erasure(), time.Now().Add(time.Hour))
				if e, later := errors.AsType[*dsr.Error](err); later && e.Class == dsr.Throttled {
					<-time.After(e.RetryAfter)
					continue
				}

				ok(t, err)
			}

			<-time.After(time.Hour)

			if n := count(c.exports, "") + count(c.index, ""); n > 0 {
				t.Errorf("stored %d minutes after the closing: %d blobs are left after %d tries", late, n, tries)
			}
		})
	}
}

func TestACopyThatNobodyVouchesForIsNotCalledErased(t *testing.T) {
	c := newCopied(t, 3)
	ok(t, c.audit.Delete(t.Context(), c.expired.Manifest()))
	if _, done, err := c.ledger.EraseCopy(t.Context(), c.erasure(), soon()); done || dsr.ClassOf(err) != dsr.Transient {
		t.Errorf("done %t, %v", done, err)
	}
	if n := count(c.exports, ""); n != 4 {
		t.Errorf("%d blobs are left", n)
	}
}

func retention(t *testing.T, c *copied) (dsr.Retention, bool, error) {
	t.Helper()
	counted, err := c.ledger.RecordRetention(t.Context(), c.expired, dsr.Retention{}, time.Now().Add(time.Hour))
	return counted.Record, counted.Done, err
}

// When two processes count at the same time, the last write may discard the progress of the
// other one. That costs work and changes no result.
func TestAnOlderCountIsNotWrong(t *testing.T) {
	c := newCopied(t, 50)
	r := dsr.Retention{RequestID: "r", Attempt: 1}
	bodies := [][]byte{[]byte("{}")}
	for range 20 {
		if _, err := c.ledger.RecordRetention(t.Context(), c.expired, r, past); err != nil {
			t.Fatal(err)
		}
		body, _, err := archive.New(c.index, nil).Read(t.Context(), c.expired.Index, 1<<20)
		ok(t, err)
		bodies = append(bodies, body)
	}

	for i, body := range bodies {
		ok(t, c.index.Replace(t.Context(), c.expired.Index, body))
		ok(t, c.audit.Delete(t.Context(), c.expired.Retention()))
		if got, done, err := retention(t, c); err != nil || !done || got.Blobs != 50 || got.Documents != 150 {
			t.Errorf("after %d: %+v, %t, %v", i, got, done, err)
		}
	}
}

func TestTheFirstRecordOfARemovalStands(t *testing.T) {
	c := newCopied(t, 50)
	first, _, err := retention(t, c)
	ok(t, err)
	ok(t, c.index.Replace(t.Context(), c.expired.Index, []byte(`{"counted":{"through":"r/1/data/runs/0010","blobs":1}}`)))
	if _, err := c.ledger.RemoveDocuments(t.Context(), c.expired, past); err != nil {
		t.Fatal(err)
	}
	if again, _, err := retention(t, c); err != nil || again != first || first.Blobs != 50 {
		t.Errorf("recorded %+v, then %+v, %v", first, again, err)
	}
}

// keeping is a container from which nothing can be removed.
type keeping struct {
	*memory.Backend
	on *bool
}

func (k keeping) Delete(ctx context.Context, name string) error {
	if *k.on {
		return fmt.Errorf("deleting a blob: %w", archive.ErrExists)
	}
	return k.Backend.Delete(ctx, name)
}

// earlier returns containers with blobs of an earlier version in the exports container.
func earlier(t *testing.T, names ...string) (exports, index, audit *memory.Backend, l *ledger.Ledger, kept *bool) {
	t.Helper()
	kept = new(bool)
	exports, index, audit = memory.New(), memory.New(), memory.New()
	l = ledger.New(archive.New(audit, nil), archive.New(keeping{exports, kept}, nil), archive.New(index, nil))
	for _, name := range names {
		ok(t, exports.Put(t.Context(), name, []byte(`{"attempt":1}`), nil))
	}
	return exports, index, audit, l, kept
}

func soon() time.Time { return time.Now().Add(time.Hour) }

func TestTheIndexOfAnEarlierVersionIsAdopted(t *testing.T) {
	names := []string{"_open/r~1", "_expires/2026-11-24~q~1", "_poison/dsr-exports/20261124T083940Z-7.json"}
	exports, index, _, l, _ := earlier(t, append(names, "r/1/data/x.json")...)
	ok(t, index.Put(t.Context(), "_open/new~1", []byte("{}"), nil))

	got, err := l.AdoptIndex(t.Context(), soon())
	if want := (ledger.Adopted{Moved: 3, Complete: true}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}

	for _, name := range names {
		body, _, err := archive.New(index, nil).Read(t.Context(), name, 100)
		if err != nil || string(body) != `{"attempt":1}` {
			t.Errorf("%s: %s, %v", name, body, err)
		}
	}

	if count(exports, "_") != 0 || count(exports, "") != 1 || count(index, "") != 4 {
		t.Error("something is in both containers, or in none")
	}
}

func TestANewerIndexBlobIsNotReplacedByAnEarlierVersions(t *testing.T) {
	_, index, _, l, _ := earlier(t, "_open/r~1")
	ok(t, index.Put(t.Context(), "_open/r~1", []byte(`{"newer":1}`), nil))
	if _, err := l.AdoptIndex(t.Context(), soon()); err != nil {
		t.Fatal(err)
	}
	if body, _, err := archive.New(index, nil).Read(t.Context(), "_open/r~1", 100); err != nil || string(body) != `{"newer":1}` {
		t.Errorf("%s, %v", body, err)
	}
}

func TestAClosedAttemptIsMovedForTheStepsAfterItsManifest(t *testing.T) {
	exports, index, audit, l, _ := earlier(t, "_open/r~1")
	ok(t, audit.Put(t.Context(), "r/1/manifest.json", []byte("{}"), nil))
	got, err := l.AdoptIndex(t.Context(), soon())
	if err != nil || !got.Complete || count(index, "_open/") != 1 || count(exports, "") > 0 {
		t.Errorf("%+v, %v; %d on the index", got, err, count(index, ""))
	}
}

func TestWhatCannotBeRemovedIsAdoptedOnce(t *testing.T) {
	names := []string{"_expires/2026-11-24~q~1", "_open/r~1", "_poison/dsr-exports/20261124T083940Z-7.json"}
	exports, index, _, l, kept := earlier(t, names...)
	*kept = true

	for run := range 3 {
		got, err := l.AdoptIndex(t.Context(), soon())
		if want := (ledger.Adopted{Kept: 3, Complete: true}); err != nil || got != want {
			t.Fatalf("run %d: %+v, %v", run, got, err)
		}

		if run == 0 && (count(index, "_open/") != 1 || count(index, "_poison/") != 1) {
			t.Error("not all was copied")
		}

		for _, name := range names { // they are closed, removed and purged in the meantime
			ok(t, index.Delete(t.Context(), name))
		}
	}

	if n := count(index, "_adopted/"); n != 3 || count(index, "") != n {
		t.Errorf("%d marks among %d blobs: something was adopted again", n, count(index, ""))
	}

	*kept = false

	if _, err := l.AdoptIndex(t.Context(), soon()); err != nil || count(index, "")+count(exports, "") > 0 {
		t.Errorf("when it may be removed: %v, %d left", err, count(index, "")+count(exports, ""))
	}
}

func TestAnInterruptedAdoptionReturnsAnError(t *testing.T) {
	exports, index, _, l, _ := earlier(t, "_open/r~1", "_open/s~1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := l.AdoptIndex(ctx, soon()); got.Complete || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", got, err)
	}
	if count(exports, "_open/")+count(index, "_open/") != 2 {
		t.Error("something is lost")
	}
}

func TestANameThatIsNoAttemptIsLeftWhereItIs(t *testing.T) {
	exports, index, _, l, _ := earlier(t, "_open/nonsense")
	got, err := l.AdoptIndex(t.Context(), soon())
	if err != nil || !got.Complete || got.Kept != 1 || count(exports, "") != 1 || count(index, "") != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
