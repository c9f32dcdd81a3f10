package erase_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

// scenario is one thing that is to be deleted, and what comes of it.
type scenario struct {
	typ   string // of the thing
	given func(s *scene)
	// outcome and reason are those of the proof; class is that of the error that leaves
	// the task open, which then has no proof.
	outcome, reason string
	class           dsr.Class
	lost            bool // the answer to the DELETE that deleted it
	// calls are those of the upstream, in their order, of which repeated ones count once.
	calls []string
}

func TestEachDeletionEndsInAProofOrStaysOpen(t *testing.T) {
	for _, table := range []map[string]map[string]scenario{scenariosBefore, scenariosGone} {
		for what, rows := range table {
			for name, tt := range rows {
				t.Run(fmt.Sprint(what, "/", name), func(t *testing.T) {
					synctest.Test(t, tt.run)
				})
			}
		}
	}
}

// run works on the thing, and checks the proof and the calls.
func (tt scenario) run(t *testing.T) {
	s := newScene(t, tt.typ)
	if tt.given != nil {
		tt.given(s)
	}

	began := time.Now()
	proof, reason, err := s.work()
	if dsr.ClassOf(err) != tt.class || (err == nil) != (tt.class == dsr.Unclear) {
		t.Fatalf("got %v of class %v, want %v", err, dsr.ClassOf(err), tt.class)
	}

	if e, open := errors.AsType[*dsr.Error](err); open && e.Class == dsr.Unfinished && e.Progress == 0 {
		t.Error("without progress: two such ends in a row count as a failure")
	} else if open && e.Class != dsr.Unfinished {
		reason = e.Reason
	}

	if proof.Outcome != tt.outcome || reason != tt.reason {
		t.Errorf("proof %q for %q, want %q for %q", proof.Outcome, reason, tt.outcome, tt.reason)
	}
	if diff := cmp.Diff(tt.calls, slices.Compact(s.calls)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}

	if fault := contradiction(proof, tt.lost); fault != "" {
		t.Errorf("the proof contradicts itself: %s in %+v", fault, proof)
	}

	confirmed := tt.outcome == dsr.OutcomeDeleted || tt.outcome == dsr.OutcomeAlreadyGone
	if confirmed == proof.ConfirmedAt.IsZero() || (confirmed && proof.ConfirmedAt.Sub(began) < 2*time.Second) {
		t.Errorf("confirmed %s after the beginning", proof.ConfirmedAt.Sub(began))
	}
}

// contradiction returns what a proof may not say beside its outcome: whose DELETE it was
// stands in all of its fields, or in none. lost reports whether the answer to ours was.
func contradiction(proof dsr.DeletionProof, lost bool) string {
	answered := proof.RequestID != "" && !proof.DeletedAt.IsZero()
	switch proof.Outcome {
	case dsr.OutcomeDeleted:
		switch {
		case answered == lost:
			return "our DELETE without its answer, or an answer that was lost"
		case answered && proof.Status != http.StatusOK, lost && proof.Status != 0:
			return "a status that is not that of our DELETE"
		}
	case dsr.OutcomeAlreadyGone:
		if answered || proof.Status != http.StatusNotFound {
			return "an answer to our DELETE, although it was somebody else's"
		}
	}
	return ""
}
