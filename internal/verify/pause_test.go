package verify_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestVerifyHoldsAPauseOfTheClockAgainstTheRequest(t *testing.T) {
	f := newFixture(t, nil)
	edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) {
		m.Paused = &dsr.Pause{From: theTime, Until: theTime.AddDate(0, 0, 10)}
	})
	wantFaults(t, f.verify(nil), "inconsistent 1/manifest.json")
}
