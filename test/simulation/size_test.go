package simulation_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/closing"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/verify"
	"azureml-dsr/internal/wakeup"
)

// documents is how many documents the large attempt has; `make test-size` sets
// 10,000,000.
var documents = flag.Int("documents", 400_000, "documents of the large attempt in TestAnAttemptOfAnySizeClosesAndExpires")

// liveHeapBound keeps the handler below 64 MiB: the collector lets the heap grow to
// twice what is live.
const liveHeapBound = 32 << 20

// figures are what closing an attempt has cost.
type figures struct {
	documents, checks, calls int
	cpu, longest             time.Duration
	live                     uint64
	verified                 cost
}

// cost is what a verification has cost.
type cost struct {
	took, cpu time.Duration
	calls     int
	live      uint64
}

func (f figures) String() string {
	return fmt.Sprintf("%d documents: %d checks, %d calls (%.2f for 1,000 receipts), %s CPU, longest invocation %s, live heap up to %d MiB; verified in %s with %d calls, %s CPU, live heap up to %d MiB",
		f.documents, f.checks, f.calls, float64(f.calls)*1000/(float64(f.documents)/50), f.cpu.Round(time.Millisecond), f.longest.Round(time.Second), f.live>>20,
		f.verified.took.Round(time.Second), f.verified.calls, f.verified.cpu.Round(time.Millisecond), f.verified.live>>20)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// discardingQueue loses what is sent to it, and holds nothing.
type discardingQueue struct{}

func (discardingQueue) Send(context.Context, string, ...dsr.Message) error { return nil }
func (discardingQueue) Oldest(context.Context, string) (time.Time, bool, error) {
	return time.Time{}, false, nil
}
func (discardingQueue) MayHold(context.Context, string, string, string) (bool, error) {
	return false, nil
}

// vastAttempt is an open attempt that grows by 100 tasks a second, with containers whose
// every call takes a number of times its usual latency.
type vastAttempt struct {
	t              *testing.T
	pages          int
	records        *ledger.Ledger
	audit, exports *vast
}

// openVast records the request and the plan of an attempt of so many documents.
func openVast(t *testing.T, count int, slower time.Duration) *vastAttempt {
	t.Helper()
	a := &vastAttempt{t: t, pages: max(1, count/pageItems)}
	bodies, begun := newMadeUp(a.pages), time.Now()
	done := func() int { return min(a.pages, int(time.Since(begun)/time.Second)*50) }
	a.audit = &vast{
		Backend: memory.New(),
		made:    bodies,
		done:    done,
		slower:  slower,
	}
	a.exports = &vast{
		Backend: memory.New(),
		made:    bodies,
		done:    done,
		slower:  slower,
		exports: true,
		removed: map[made]bool{},
	}
	a.records = ledger.New(archive.New(a.audit, nil), archive.New(a.exports, nil), archive.New(memory.New(), nil))

	_, err := a.records.RecordRequest(t.Context(), dsr.RequestRecord{Request: dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            testRequest,
		Kind:          dsr.KindExport,
		DueAt:         begun.AddDate(0, 1, 0),
	}})
	a.must(err)

	_, err = a.records.RecordPlan(t.Context(), dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     testRequest,
		Attempt:       1,
		Kind:          dsr.KindExport,
		CreatedAt:     begun,
		SubNodes:      dsr.SubNodesByPlace,
		Nodes:         []dsr.Node{{Number: 1, Type: "runs", Followers: []string{}, Target: vastTarget.ID()}},
	})
	a.must(err)

	return a
}

func (a *vastAttempt) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// close reconciles the attempt as often as it may be until it is closed.
func (a *vastAttempt) close(f *figures) {
	a.t.Helper()
	reconciler := &closing.Reconciler{
		Ledger:     a.records,
		Queue:      discardingQueue{},
		Wakeups:    wakeup.New(discardingQueue{}, time.Now),
		DeadLetter: func(q string) string { return q },
		Endpoints:  []string{"E16"},
		LostAfter:  lostAfter,
		Retention:  30 * 24 * time.Hour,
		Now:        time.Now,
		Logger:     slog.New(slog.DiscardHandler),
	}

	f.documents = a.pages * pageItems
	cpu, calls := cpuTime(), a.audit.calls

	for closed := false; !closed; <-time.After(2 * time.Second) {
		wakeUp, err := dsr.WakeUpMessage(attempt1, time.Now())
		a.must(err)

		begun := time.Now()
		a.must(reconciler.Reconcile(a.t.Context(), wakeUp.Body))
		f.longest = max(f.longest, time.Since(begun))
		if f.checks++; f.checks > 100_000 {
			a.t.Fatal("it never closes")
		}

		_, _, closed, err = a.records.Manifest(a.t.Context(), attempt1)
		a.must(err)
	}

	f.cpu, f.calls, f.live = cpuTime()-cpu, a.audit.calls-calls, a.audit.live
}

// checkManifest checks that the manifest counts all documents and names all receipts.
func (a *vastAttempt) checkManifest() {
	a.t.Helper()
	m, _, _, err := a.records.Manifest(a.t.Context(), attempt1)
	a.must(err)

	documents, receipts := int64(a.pages*pageItems), chunksPerPage*a.pages
	parts := (receipts + dsr.ReceiptsPerPart - 1) / dsr.ReceiptsPerPart
	if m.Status != dsr.StatusSucceeded || m.Totals["E16"].Documents != documents || len(m.Parts) != parts {
		a.t.Errorf("%s, %+v in %d parts", m.Status, m.Totals["E16"], len(m.Parts))
	}

	named := 0
	for ref, err := range a.records.ManifestParts(a.t.Context(), attempt1, m.Parts) {
		a.must(err)
		if strings.HasPrefix(ref.Name, "receipts/00001/1-") {
			named++
		}
	}

	if named != receipts {
		a.t.Errorf("the manifest names %d receipts, want %d", named, receipts)
	}
}

// verify verifies the attempt as `dsr verify` does.
func (a *vastAttempt) verify(f *figures) {
	a.t.Helper()
	audit, exports := a.audit, a.exports
	audit.live, exports.live = 0, 0
	begun, cpu, calls := time.Now(), cpuTime(), audit.calls+exports.calls

	stored := operator.New(&config.Connections{
		Ledger:  a.records,
		Audit:   archive.New(audit, nil),
		Exports: archive.New(exports, nil),
	}, operator.Options{})

	evidence, _, err := stored.StoredEvidence(a.t.Context(), testRequest, 1)
	a.must(err)
	r, err := verify.Verify(a.t.Context(), evidence, attempt1, nil)
	a.must(err)

	f.verified = cost{
		took:  time.Since(begun),
		cpu:   cpuTime() - cpu,
		calls: audit.calls + exports.calls - calls,
		live:  max(audit.live, exports.live),
	}

	if len(r.Faults) > 0 {
		a.t.Errorf("%d faults, the first: %+v", len(r.Faults), r.Faults[0])
	}
	if want := int64(f.documents + f.documents/pageItems); r.Documents != want {
		a.t.Errorf("%d documents are verified, want %d with the lists' answers", r.Documents, want)
	}
}

// expire lets the attempt's documents expire and checks that all are removed.
func (a *vastAttempt) expire(f *figures) {
	a.t.Helper()
	blobs := (1 + chunksPerPage) * a.pages
	<-time.After(32 * 24 * time.Hour)
	retention := &closing.Retention{
		Ledger: a.records,
		After:  30 * 24 * time.Hour,
		Now:    time.Now,
		Logger: slog.New(slog.DiscardHandler),
	}

	for runs := 1; len(a.exports.removed) < blobs; runs++ {
		at := time.Now()
		a.must(retention.Run(a.t.Context()))
		f.longest = max(f.longest, time.Since(at))
		if runs > 200 {
			a.t.Fatalf("%d of %d blobs are removed after %d runs", len(a.exports.removed), blobs, runs)
		}

		<-time.After(15*time.Minute - time.Since(at))
	}

	r := decode[dsr.Retention](a.t, readBlob(a.t, a.audit.Backend, attempt1.Retention()))
	if r.Blobs != int64(blobs) || r.Documents != int64(f.documents+f.documents/pageItems) {
		a.t.Errorf("the record of the removal says %+v; want %d blobs", r, blobs)
	}
}

// closeVast closes an attempt of so many documents, verifies it and lets it expire.
func closeVast(t *testing.T, count int) (f figures) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := openVast(t, count, 1)
		a.close(&f)
		a.checkManifest()
		a.verify(&f)
		a.expire(&f)
	})
	return f
}

func TestAnAttemptOfAnySizeClosesAndExpires(t *testing.T) {
	small, large := closeVast(t, *documents/10), closeVast(t, *documents)
	t.Log(small)
	t.Log(large)

	for _, f := range []figures{small, large} {
		if f.longest > 5*time.Minute {
			t.Errorf("an invocation took %s", f.longest)
		}
		if f.live > liveHeapBound || f.verified.live > liveHeapBound {
			t.Errorf("the live heap grew to %d MiB, and to %d MiB when it was verified", f.live>>20, f.verified.live>>20)
		}
	}

	perDocument := func(f figures) float64 { return float64(f.calls) / float64(f.documents) }
	if perDocument(large) > 1.3*perDocument(small) {
		t.Errorf("%d documents cost %.4f calls each, %d cost %.4f", small.documents, perDocument(small), large.documents, perDocument(large))
	}
}

// A storage account so slow that the manifest's parts take longer than a check: each
// check goes on behind the parts that were written before.
func TestAClosingThatIsLongerThanACheckGoesOnInTheNext(t *testing.T) {
	var f figures
	synctest.Test(t, func(t *testing.T) {
		a := openVast(t, 3_000_000, 40)
		a.close(&f)
		a.checkManifest()
	})
	t.Log(f)

	if f.longest > 5*time.Minute || f.longest < 4*time.Minute {
		t.Errorf("an invocation took %s", f.longest)
	}
}
