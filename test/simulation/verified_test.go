package simulation_test

import (
	"net/http"
	"testing"
	"time"

	fake "azureml-dsr/test/emulator/fakeml"
)

// What is recorded of every list of the catalogue fits its stored answer: lists on ARM
// and on the data planes, by GET and by POST, lists of items, with children, of one page
// and of many, and those that a workspace lacks.
func TestThePagesOfEveryListFitTheirAnswers(t *testing.T) {
	t.Run("the first generation", func(t *testing.T) {
		simulateFull(t, fullRequest, func(t *testing.T, sim *simulation) { sim.checkEvidence(attempt1) })
	})
	t.Run("today's", func(t *testing.T) {
		simulateML(t, mlAccount(), func(t *testing.T, sim *simulation) { sim.checkEvidence(attempt1) })
	})
	t.Run("children that the query names too", func(t *testing.T) {
		simulateML(t, withChildrenInQuery(), func(t *testing.T, sim *simulation) { sim.checkEvidence(attempt1) })
	})

	for _, row := range []string{"W40", "W40m", "W44", "W46", "W48", "W67", "W67p", "W67c", "W28", "W50", "W54", "W59"} {
		t.Run("without "+row, func(t *testing.T) {
			simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
				sim.upstream.SetFaults(fake.Fault{Endpoint: row, Status: http.StatusNotFound})
				sim.submit(mlRequest())
				sim.run(time.Hour)
				sim.checkEvidence(attempt1)
			})
		})
	}
}
