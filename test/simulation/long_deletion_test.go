package simulation_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
)

// A workspace of more than 1,000 assets: the plan of their stage is in two parts, and so
// are its pages. Processes die while it is planned, while its pages are recorded, and
// amidst both of them.
func TestALongDeletionIsPlannedInPartsAndSurvivesCrashes(t *testing.T) {
	const assets = 1003
	synctest.Test(t, func(t *testing.T) {
		account := mlAccount()
		account.ML.Assets = assets
		sim := newSimulation(t, account, 100)
		defer sim.close()

		sim.chunk = 50

		crashes := []string{"/deletion-plan/", "1-000002.json", "1-000001-00500-delete-ml-assets.json", "1-000002-00001-delete-ml-assets.json"}
		died := 0
		sim.boot = func() *process {
			return sim.newProcess(&faultInjector{after: died%2 == 0, on: func(name string) bool {
				if died == len(crashes) || !strings.Contains(name, crashes[died]) {
					return false
				}
				died++
				return true
			}})
		}

		sim.planMLDeletion(func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true })
		plan := sim.deletionPlan()
		sim.approve(nil)
		sim.run(48 * time.Hour)

		if died != len(crashes) {
			t.Errorf("%d processes died, want %d", died, len(crashes))
		}

		for _, stage := range plan.Stages {
			if stage.Type == "ml-assets" && (len(stage.Parts) != 2 || stage.Things() != assets) {
				t.Errorf("%d things in %d parts", stage.Things(), len(stage.Parts))
			}
		}

		m := sim.manifest()
		if m.Status != dsr.StatusSucceeded || m.Totals["DW63i"].Documents != assets || m.Totals["W64c"].Documents == 0 {
			t.Errorf("%s, %+v of assets, %+v of data containers, failures %+v", m.Status, m.Totals["DW63i"], m.Totals["W64c"], m.Failures)
		}

		proved := 0
		for what, outcome := range sim.proofs() {
			if strings.HasPrefix(what, "DW63i ") && outcome == dsr.OutcomeDeleted {
				proved++
			}
		}

		if proved != assets {
			t.Errorf("%d deletions of assets are proved, want %d", proved, assets)
		}

		sim.checkEvidence(attempt1)
	})
}
