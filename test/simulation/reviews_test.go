package simulation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/personcopy"
)

// orderReviewed orders a copy that somebody must look at.
func (sim *simulation) orderReviewed() {
	sim.t.Helper()
	_, sum, _, err := sim.records().Manifest(context.Background(), attempt1)
	if err != nil {
		sim.t.Fatal(err)
	}
	_, err = sim.records().OrderCopy(context.Background(), dsr.CopyOrder{
		RequestID: copy1.RequestID,
		Number:    copy1.Number,
		Attempt:   1,
		Manifest:  dsr.HashRef{SHA256: sum},
		Status:    dsr.StatusSucceeded,
		Review:    dsr.ReviewRequired,
		AskedBy:   "desk",
		AskedAt:   time.Now().UTC(),
	})
	if err != nil {
		sim.t.Fatal(err)
	}
	sim.tellOfCopy()
}

func (sim *simulation) tellOfCopy() {
	sim.t.Helper()
	m, err := copy1.Message(time.Time{})
	if err != nil {
		sim.t.Fatal(err)
	}
	sim.send(dsr.QueueCopies, m)
}

// decideAndRelease decides about all files and places of names, and releases the copy. A
// decision that comes after the release changes nothing.
func (sim *simulation) decideAndRelease() {
	sim.t.Helper()
	records := sim.records()
	copied, found, err := records.PersonCopy(context.Background(), copy1)
	if err != nil || !found || !copied.AwaitsReview() {
		sim.t.Fatalf("the copy does not wait for a review: %+v, %v", copied, err)
	}
	decide := func(v dsr.Verdict, rule dsr.ReviewRule) {
		_, err := records.RecordReviewDecision(context.Background(), dsr.ReviewDecision{
			RequestID: testRequest,
			Verdict:   v,
			Rule:      rule,
			By:        "officer",
			At:        time.Now().UTC(),
		})
		if err != nil {
			sim.t.Fatal(err)
		}
	}
	decide(dsr.VerdictInclude, dsr.RuleFile)
	decide(dsr.VerdictRemove, dsr.RuleNamePart)
	_, err = records.ReleaseCopy(context.Background(), dsr.CopyRelease{
		RequestID: testRequest,
		Number:    1,
		List:      copied.Review.List,
		Decisions: 2,
		By:        "officer",
		At:        time.Now().UTC(),
	})
	if err != nil {
		sim.t.Fatal(err)
	}
	decide(dsr.VerdictRemove, dsr.RuleFile)
}

// listOf returns the list of what is uncertain, and fails the test if its record does not
// vouch for it.
func (sim *simulation) listOf() ([]byte, ledger.PersonCopy) {
	sim.t.Helper()
	copied, found, err := sim.records().PersonCopy(context.Background(), copy1)
	if err != nil || !found || copied.Review == nil {
		sim.t.Fatalf("nothing is listed: %+v, %v", copied, err)
	}
	list := readBlob(sim.t, sim.audit, copy1.Places())
	if hashOf(list) != copied.Review.List.SHA256 || int64(bytes.Count(list, []byte("\n"))) != copied.Review.Places {
		sim.t.Errorf("%+v is not the record of a list of %d bytes", copied.Review, len(list))
	}
	return list, copied
}

func TestACopyWaitsForAReview(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.export()
		sim.orderReviewed()
		sim.run(24 * time.Hour)
		if n := len(sim.names(sim.exports, dsr.CopyPrefix(testRequest))); n > 0 {
			t.Fatal("a copy was made that nobody has released")
		}
		if _, copied := sim.listOf(); copied.Review.Places == 0 {
			t.Error("nothing is uncertain in this archive, so that the test shows nothing")
		}

		sim.decideAndRelease() // and the worker is not told: the watch finds it
		sim.runUntil(func() bool { return len(sim.names(sim.audit, copy1.Receipt())) > 0 })
		sim.run(time.Hour)
		_, receipt := sim.madeCopy()
		if receipt.Decided == 0 || receipt.Uncertain < receipt.Decided {
			t.Errorf("%+v", receipt)
		}
	})
}

// TestACrashAnywhereInAReviewMakesTheSameCopy kills the process before or after each effect of
// listing what is uncertain and of making the copy that follows what was decided.
func TestACrashAnywhereInAReviewMakesTheSameCopy(t *testing.T) {
	whole := func(sim *simulation, boot func() *process) {
		sim.export()
		sim.live = nil
		if boot != nil {
			sim.boot = boot
		}
		sim.orderReviewed()
		sim.runUntil(func() bool { return len(sim.names(sim.audit, copy1.Review())) > 0 })
		sim.decideAndRelease()
		sim.tellOfCopy()
		sim.runUntil(func() bool { return len(sim.names(sim.audit, copy1.Receipt())) > 0 })
		sim.run(3 * time.Hour)
		sim.mustBeIdle()
		sim.checkReviewed()
	}

	var effects []string
	simulate(t, func(_ *testing.T, sim *simulation) {
		whole(sim, nil)
		effects = sim.live.faults.names
	})
	if len(effects) < 8 {
		t.Fatalf("effects %v", effects)
	}

	for i, effect := range effects {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%03d %s after=%t", i+1, effect, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sim := newSimulation(t, smallAccount(), 2)
					defer sim.close()
					faults := []*faultInjector{{at: i + 1, after: after}}
					whole(sim, func() *process {
						next := &faultInjector{}
						if len(faults) > 0 {
							next, faults = faults[0], faults[1:]
						}
						return sim.newProcess(next)
					})
				})
			})
		}
	}
}

// checkReviewed holds that list and copy are those of the documents and of the decisions that
// were recorded before the release, made without any fault.
func (sim *simulation) checkReviewed() {
	sim.t.Helper()
	list, _ := sim.listOf()
	body, _ := sim.madeCopy()

	order, documents, err := personcopy.OrderOf(context.Background(), sim.records(), attempt1)
	if err != nil {
		sim.t.Fatal(err)
	}
	order.Status, order.Reviewed = dsr.StatusSucceeded, true
	decisions, err := sim.records().ReviewDecisions(context.Background(), testRequest, 2)
	if err != nil || len(decisions) != 2 {
		sim.t.Fatal(decisions, err)
	}
	for _, d := range decisions {
		order.Decisions.Add(d)
	}
	var wantList, want bytes.Buffer
	lines := json.NewEncoder(&wantList)
	order.Uncertain = func(p dsr.ReviewPlace) error { return lines.Encode(p) }
	if _, err := personcopy.Write(context.Background(), &want, order, documents); err != nil {
		sim.t.Fatal(err)
	}
	if !bytes.Equal(list, wantList.Bytes()) || !bytes.Equal(body, want.Bytes()) {
		sim.t.Errorf("a list of %d bytes and a copy of %d, want %d and %d", len(list), len(body), wantList.Len(), want.Len())
	}
}
