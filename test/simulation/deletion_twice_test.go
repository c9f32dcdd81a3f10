package simulation_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// A model that we deleted comes back, and somebody else deletes it just before our
// second DELETE.
func TestWhatWeDeletedStaysOursWhenTheNextDeleteFindsNothing(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		model := sim.account.ModelID(0)
		sim.upstream.SetFaults(fake.Fault{
			Endpoint: "D02",
			Match:    url.PathEscape(model),
			Times:    1,
			Deletion: fake.Deletion{ReturnAfterReads: 1},
		})
		deletes, front := 0, sim.front
		sim.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && strings.HasSuffix(r.URL.EscapedPath(), "/models/"+url.PathEscape(model)) {
				if deletes++; deletes == 2 {
					front.ServeHTTP(httptest.NewRecorder(), r.Clone(r.Context()))
				}
			}
			front.ServeHTTP(out, r)
		})

		sim.live = nil
		sim.executePlan()

		if m := sim.manifest(); m.Status != dsr.StatusSucceeded || deletes != 2 {
			t.Errorf("%s after %d DELETEs: %v", m.Status, deletes, m.Failures)
		}
		for _, d := range sim.deletions() {
			if d.Item == model && (d.Outcome != dsr.OutcomeDeleted || d.Status != http.StatusOK || d.RequestID == "") {
				t.Errorf("proof %+v, want that of our first DELETE", d)
			}
		}
	})
}
