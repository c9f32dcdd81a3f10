package copysize

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/verify"
)

// mostMemory bounds what each process of the handler has resident, in bytes.
const mostMemory = 64 << 20

func TestTheCopyIsTheSameHoweverOftenTheWorkerIsKilled(t *testing.T) {
	w := newWorker(t)
	began := time.Now()
	w.must(export(t.Context(), w.connections, *documents))
	written := time.Since(began)

	w.start()
	undisturbed := w.make(nil)
	w.checkCopy("undisturbed", undisturbed)
	alone := w.peak()
	w.revoke()
	w.checkStored("revoked")

	disturbed := w.make(moments(undisturbed.parts))
	w.checkCopy("killed", disturbed)
	if disturbed.Number != undisturbed.Number+1 || disturbed.sum != undisturbed.sum {
		t.Errorf("copy %d of a worker that was killed has the hash %s, copy %d of one that was not %s",
			disturbed.Number, disturbed.sum, undisturbed.Number, undisturbed.sum)
	}

	peak := slices.Max(append(w.peaks, w.peak()))
	if peak > mostMemory {
		t.Errorf("a handler had %d MiB resident", peak>>20)
	}
	w.checkEvidence()

	t.Logf("%d documents (written in %.0f s): copied in %.0f s, %.0f documents/s, peak %.1f MiB; with %d kills in %.0f s, peak %.1f MiB, %d steps, resubmitted %d times; %.1f MiB, sha256 %s",
		*documents, written.Seconds(), undisturbed.took.Seconds(), float64(*documents)/undisturbed.took.Seconds(), mib(alone),
		len(w.peaks), disturbed.took.Seconds(), mib(peak), disturbed.steps, w.resubmitted, mib(disturbed.Bytes), disturbed.sum)
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// moments returns when the worker is killed, by how many parts of the archive are read: once in
// each of as many equal shares as there are kills.
func moments(parts int) (out []int) {
	random := rand.New(rand.NewPCG(*seed, 41))
	for i := range *kills {
		at := (float64(i) + 0.1 + 0.8*random.Float64()) / float64(*kills)
		out = append(out, max(1, int(at*float64(parts))))
	}
	return out
}

// checkCopy checks that a copy is whole, and that nothing is left of its making.
func (w *worker) checkCopy(what string, c copied) {
	w.t.Helper()
	if c.State != operator.CopyReady || c.SHA256 != c.sum {
		w.t.Fatalf("%s: the copy is %s, its receipt has the hash %s, and %s is stored", what, c.State, c.SHA256, c.sum)
	}
	// With the lists: a page has its own, and that of the children of each run.
	lists := (*documents+pageItems-1)/pageItems + *documents
	own, people := int64(ownOf(*documents)), int64(min(*documents, others))
	if c.Documents != own || c.People != people || c.Uncertain != own || c.Searched != int64(*documents+lists) {
		w.t.Errorf("%s: %d documents of %d, %d people, %d uncertain places; want %d, %d, %d, %d",
			what, c.Documents, c.Searched, c.People, c.Uncertain, own, *documents+lists, people, own)
	}
	w.checkStored(what, dsr.CopyBlob(attempt.RequestID))
}

// checkStored checks what is stored below the copy's prefix in the exports container.
func (w *worker) checkStored(what string, want ...string) {
	w.t.Helper()
	if got := w.beside(w.t.Context()); !slices.Equal(got, want) {
		w.t.Errorf("%s: stored are %q, want %q", what, got, want)
	}
}

// checkEvidence checks that `dsr verify` finds no fault in the export or its copies.
func (w *worker) checkEvidence() {
	w.t.Helper()
	evidence, _, err := w.operator.StoredEvidence(w.t.Context(), attempt.RequestID, attempt.Number)
	w.must(err)
	report, err := verify.Verify(w.t.Context(), evidence, attempt, nil)
	w.must(err)
	for _, f := range report.Faults[:min(10, len(report.Faults))] {
		w.t.Errorf("fault %+v", f)
	}
}
