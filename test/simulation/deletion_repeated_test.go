package simulation_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

// repeats lets the last page of a list name again what its first page has named: on the
// same page or on another.
func (sim *simulation) repeats(list string, onPage int) {
	front := sim.front
	var first json.RawMessage
	page := 0
	sim.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, list) {
			front.ServeHTTP(out, r)
			return
		}
		rec := httptest.NewRecorder()
		front.ServeHTTP(rec, r)
		page++
		var doc struct {
			Value    []json.RawMessage `json:"value"`
			NextLink string            `json:"nextLink,omitempty"`
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &doc); err == nil && len(doc.Value) > 0 {
			if page == 1 {
				first = doc.Value[0]
			}
			if page == onPage {
				doc.Value = append(doc.Value, first)
			}
			body, _ := json.Marshal(doc)
			rec.Body = bytes.NewBuffer(body)
		}
		for k, v := range rec.Header() {
			if k != "Content-Length" {
				out.Header()[k] = v
			}
		}
		out.WriteHeader(rec.Code)
		_, _ = out.Write(rec.Body.Bytes())
	})
	sim.live = nil
}

func TestWhatAPageRepeatsIsPlannedOnce(t *testing.T) {
	for _, onPage := range []int{1, 2, 3} {
		account := smallAccount()
		account.Images, account.Models, account.Services = 6, 2, 2
		simulateAccount(t, account, 2, func(t *testing.T, sim *simulation) {
			sim.repeats("/images", onPage)
			sim.planDeletion(nil)
			plan := sim.deletionPlan()
			t.Log(planned(plan))
			sim.executePlan()
			m := sim.manifest()
			t.Log(m.Status, m.Failures, m.Totals["D04"], m.Totals["E07"])
			if m.Status != dsr.StatusSucceeded {
				t.Error()
			}
		})
	}
}
