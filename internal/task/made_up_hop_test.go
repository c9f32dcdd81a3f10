package task_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestAHopThatNobodyRecordedSpendsNoTry(t *testing.T) {
	throttled := dsr.Errorf(dsr.Throttled, dsr.ReasonThrottled, "x")
	for name, hop := range map[string]int{"the last": dsr.MaxHop, "a late one": dsr.MaxHop - 1, "the next": 1} {
		f := newFixture(t)
		f.work = func([]string) error { return throttled }
		forged := f.first()
		forged.Hop = hop
		if err := f.run(forged, 1); dsr.ClassOf(err) != dsr.NoTask {
			t.Errorf("%s: run as %v", name, err)
		}
		f.redrive(forged, "MaxDeliveryCountExceeded")
		if _, found, err := f.ledger.Receipt(t.Context(), f.first()); found || err != nil {
			t.Errorf("%s: the task has a receipt, %v", name, err)
		}
		if last, _, err := f.ledger.Hops(t.Context(), f.first()); last != 0 || err != nil {
			t.Errorf("%s: hop %d is recorded, %v", name, last, err)
		}
	}
}
