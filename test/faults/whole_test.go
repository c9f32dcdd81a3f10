package faults

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/fakeml"
)

// TestALongListClosesWhole exports a list that still grows while the reconciler looks
// at the attempt: between any two calls of its listings, pages and receipts are
// recorded. Nothing else disturbs the export.
func TestALongListClosesWhole(t *testing.T) {
	elements, times := 400, 1
	if *long {
		elements, times = 8000, 5
	}

	a := fakeml.Account{
		Seed:            *seed,
		SubscriptionID:  "8d0c7c4a-3f0e-4d7b-9a52-5f6f0d1b2c3e",
		ResourceGroup:   "research",
		Location:        "eastus2",
		ModelManagement: "hosting",
		Models:          elements,
	}

	r := newHarness(t, options{account: a, pageSize: 2})

	for n := range times {
		id := fmt.Sprintf("long-%d", n)
		begun := time.Now()
		r.send(dsr.QueueRequests, modelsOf(id, a))
		m := r.await(id, 20*time.Minute)
		t.Logf("%s: %d documents on %d pages in %s", id, m.Totals["E03"].Documents, m.Totals["E02"].Documents, time.Since(begun).Round(time.Second))

		if m.Status != dsr.StatusSucceeded || m.Totals["E03"].Documents != int64(elements) || m.Totals["E02"].Documents != int64(elements/2) {
			t.Errorf("%s closed as %s: %+v, %+v; want %d documents", id, m.Status, m.Totals["E02"], m.Totals["E03"], elements)
		}

		r.checkEvidence(id)
	}
}

// modelsOf asks for the models of an account.
func modelsOf(id string, a fakeml.Account) dsr.Message {
	body, err := json.Marshal(dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            id,
		Kind:          dsr.KindExport,
		ResourceTypes: []string{"models"},
		Scope: []dsr.Scope{{
			SubscriptionID: a.SubscriptionID, ResourceGroup: a.ResourceGroup, Location: a.Location, ModelManagementAccount: a.ModelManagement,
		}},
	})
	if err != nil {
		panic(err) // plain strings
	}
	return dsr.Message{ID: id, Body: body}
}
