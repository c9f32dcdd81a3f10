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

type discardingQueue struct{}

func (discardingQueue) Send(context.Context, string, ...dsr.Message) error { return nil }
func (discardingQueue) Oldest(context.Context, string) (time.Time, bool, error) {
	return time.Time{}, false, nil
}
func (discardingQueue) MayHold(context.Context, string, string, string) (bool, error) {
	return false, nil
}

// closeVast lets an attempt grow by 100 tasks a second and reconciles it as often as it
// may be, until it is closed, and then lets it expire.
func closeVast(t *testing.T, count int, slower time.Duration) (f figures) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		pages := max(1, count/pageItems)
		bodies := newMadeUp(pages)
		begun := time.Now()
		done := func() int { return min(pages, int(time.Since(begun)/time.Second)*50) }
		audit := &vast{
			Backend: memory.New(),
			made:    bodies,
			done:    done,
			slower:  slower,
		}
		exports := &vast{
			Backend: memory.New(),
			made:    bodies,
			done:    done,
			slower:  slower,
			exports: true,
			removed: map[made]bool{},
		}
		records := ledger.New(archive.New(audit, nil), archive.New(exports, nil), archive.New(memory.New(), nil))
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}

		_, err := records.RecordRequest(t.Context(), dsr.RequestRecord{Request: dsr.Request{
			SchemaVersion: dsr.SchemaVersion,
			ID:            testRequest,
			Kind:          dsr.KindExport,
			DueAt:         begun.AddDate(0, 1, 0),
		}})
		must(err)
		_, err = records.RecordPlan(t.Context(), dsr.Plan{
			SchemaVersion: dsr.SchemaVersion,
			RequestID:     testRequest,
			Attempt:       1,
			Kind:          dsr.KindExport,
			CreatedAt:     begun,
			SubNodes:      dsr.SubNodesByPlace,
			Nodes:         []dsr.Node{{Number: 1, Type: "runs", Followers: []string{}, Target: vastTarget.ID()}},
		})
		must(err)
		reconciler := &closing.Reconciler{
			Ledger:     records,
			Queue:      discardingQueue{},
			Wakeups:    wakeup.New(discardingQueue{}, time.Now),
			DeadLetter: func(q string) string { return q },
			Endpoints:  []string{"E16"},
			LostAfter:  lostAfter,
			Retention:  30 * 24 * time.Hour,
			Now:        time.Now,
			Logger:     slog.New(slog.DiscardHandler),
		}

		f.documents = pages * 100
		cpu, calls := cpuTime(), audit.calls

		for {
			wakeUp, err := dsr.WakeUpMessage(attempt1, time.Now())
			must(err)
			at := time.Now()
			must(reconciler.Reconcile(t.Context(), wakeUp.Body))
			f.longest = max(f.longest, time.Since(at))
			f.checks++
			if _, _, closed, err := records.Manifest(t.Context(), attempt1); closed || err != nil {
				must(err)
				break
			}
			if f.checks > 100_000 {
				t.Fatal("it never closes")
			}

			<-time.After(2 * time.Second)
		}

		f.cpu, f.calls, f.live = cpuTime()-cpu, audit.calls-calls, audit.live

		m, _, _, err := records.Manifest(t.Context(), attempt1)
		must(err)

		if m.Status != dsr.StatusSucceeded || m.Totals["E16"].Documents != int64(f.documents) || len(m.Parts) != (2*pages+dsr.ReceiptsPerPart-1)/dsr.ReceiptsPerPart {
			t.Errorf("%s, %+v in %d parts", m.Status, m.Totals["E16"], len(m.Parts))
		}

		named := 0
		for ref, err := range records.ManifestParts(t.Context(), attempt1, m.Parts) {
			must(err)
			if _, ok := strings.CutPrefix(ref.Name, "receipts/00001/1-"); ok {
				named++
			}
		}

		if named != 2*pages {
			t.Errorf("the manifest names %d receipts, want %d", named, 2*pages)
		}

		if slower > 1 {
			return // only its closing is looked at
		}

		verifyVast(t, records, audit, exports, &f)
		expireVast(t, records, audit, exports, (1+chunksPerPage)*pages, &f)
	})

	return f
}

// verifyVast verifies the attempt as `dsr verify` does.
func verifyVast(t *testing.T, records *ledger.Ledger, audit, exports *vast, f *figures) {
	t.Helper()
	audit.live, exports.live = 0, 0
	begun, cpu, calls := time.Now(), cpuTime(), audit.calls+exports.calls

	stored := operator.New(&config.Connections{
		Ledger:  records,
		Audit:   archive.New(audit, nil),
		Exports: archive.New(exports, nil),
	}, operator.Options{})

	evidence, _, err := stored.StoredEvidence(t.Context(), testRequest, 1)
	if err != nil {
		t.Fatal(err)
	}
	r, err := verify.Verify(t.Context(), evidence, attempt1, nil)
	if err != nil {
		t.Fatal(err)
	}

	f.verified = cost{
		took:  time.Since(begun),
		cpu:   cpuTime() - cpu,
		calls: audit.calls + exports.calls - calls,
		live:  max(audit.live, exports.live),
	}

	if len(r.Faults) > 0 {
		t.Errorf("%d faults, the first: %+v", len(r.Faults), r.Faults[0])
	}
	if want := int64(f.documents + f.documents/pageItems); r.Documents != want {
		t.Errorf("%d documents are verified, want %d with the lists' answers", r.Documents, want)
	}
}

// expireVast lets the attempt's documents expire.
func expireVast(t *testing.T, records *ledger.Ledger, audit, exports *vast, blobs int, f *figures) {
	t.Helper()
	<-time.After(32 * 24 * time.Hour)
	retention := &closing.Retention{
		Ledger: records,
		After:  30 * 24 * time.Hour,
		Now:    time.Now,
		Logger: slog.New(slog.DiscardHandler),
	}
	for runs := 1; len(exports.removed) < blobs; runs++ {
		at := time.Now()
		if err := retention.Run(t.Context()); err != nil {
			t.Fatal(err)
		}

		f.longest = max(f.longest, time.Since(at))
		if runs > 200 {
			t.Fatalf("%d of %d blobs are removed after %d runs", len(exports.removed), blobs, runs)
		}

		<-time.After(15*time.Minute - time.Since(at))
	}

	r := decode[dsr.Retention](t, readBlob(t, audit.Backend, attempt1.Retention()))
	if r.Blobs != int64(blobs) || r.Documents != int64(f.documents+f.documents/pageItems) {
		t.Errorf("the record of the removal says %+v; want %d blobs", r, blobs)
	}
}

func TestAnAttemptOfAnySizeClosesAndExpires(t *testing.T) {
	small, large := closeVast(t, *documents/10, 1), closeVast(t, *documents, 1)
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
	f := closeVast(t, 3_000_000, 40)
	t.Log(f)
	if f.longest > 5*time.Minute || f.longest < 4*time.Minute {
		t.Errorf("an invocation took %s", f.longest)
	}
}
