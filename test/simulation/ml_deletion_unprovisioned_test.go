package simulation_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// unprovisioned is the document of a workspace whose provisioning has failed. It has no
// data plane.
const unprovisioned = `{"id": "` + mlSpaceID + `", "name": "ml-00", "location": "eastus2", "kind": "Default",
	"properties": {"discoveryUrl": null, "provisioningState": "Failed", "creationTime": "2026-01-01T00:00:00Z"}}`

func TestAWorkspaceThatWasNeverProvisionedCanBeErased(t *testing.T) {
	account := mlAccount()
	simulateAccount(t, account, 100, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{
			Endpoint: "W03",
			Method:   http.MethodGet,
			Match:    "ml-00?",
			Status:   http.StatusOK,
			Body:     unprovisioned,
			Times:    20,
		})
		sim.planMLDeletion(func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true })
		sim.upstream.SetFaults()
		plan := decode[dsr.Plan](t, readBlob(t, sim.audit, attempt1.Plan()))
		if !slices.ContainsFunc(plan.NotCovered, func(n dsr.NotCovered) bool {
			return n.Why == "neverProvisioned" && strings.HasSuffix(n.What, mlSpaceID)
		}) {
			t.Errorf("the plan does not say what is not covered: %v", plan.NotCovered)
		}
		for _, n := range plan.Nodes {
			if n.Failed != nil {
				t.Errorf("node %d, %s, fails: %+v", n.Number, n.Type, n.Failed)
			}
		}
		if n := planned(sim.deletionPlan()); n["DW03"] != 1 {
			t.Errorf("planned %v", n)
		}
	})
}
