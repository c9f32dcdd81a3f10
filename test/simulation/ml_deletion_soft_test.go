package simulation_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// softlyDelete is somebody who deletes the workspace in the portal.
func (sim *simulation) softlyDelete() {
	sim.t.Helper()
	r, err := http.NewRequestWithContext(sim.t.Context(), http.MethodDelete, mlSpaceURL, http.NoBody)
	if err != nil {
		sim.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer secret")
	sim.upstream.ServeHTTP(discarded{http.Header{}}, r)
	if !sim.upstream.SoftDeleted(mlSpaceURL) {
		sim.t.Fatal("the workspace is not softly deleted")
	}
}

// discarded is an answer that nobody reads.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header         { return d.header }
func (d discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d discarded) WriteHeader(int)             {}

func TestAWorkspaceThatIsSoftlyDeletedBeforeTheApprovalIsPurged(t *testing.T) {
	simulateAccount(t, mlAccount(), 100, func(t *testing.T, sim *simulation) {
		sim.planMLDeletion(func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true })
		sim.softlyDelete()
		began := time.Now()
		sim.executePlan()

		m := sim.manifest()
		if m.Status != dsr.StatusSucceeded || len(m.Failures) > 0 {
			t.Errorf("%s: %v", m.Status, reasons(m))
		}
		if sim.upstream.SoftDeleted(mlSpaceURL) {
			t.Error("the service still keeps the workspace")
		}
		if took := m.ClosedAt.Sub(began); took > 2*time.Hour {
			t.Errorf("it took %s", took)
		}
		for what, outcome := range sim.proofs() {
			if container := strings.HasPrefix(what, "DW03 "); (outcome == dsr.OutcomeDeleted) != container {
				t.Errorf("%s: %s", what, outcome)
			}
		}
		sim.checkEvidence(attempt1)
	})
}

func TestWhatIsSoftlyDeletedAndNotPurgedIsCertifiedAsThat(t *testing.T) {
	for name, tt := range map[string]struct {
		what  string
		given func(*simulation)
	}{
		"with a workspace that the request does not delete": {dsr.WhatSubject, func(*simulation) {}},
		"with a workspace of which the service says that there is none": {"", func(sim *simulation) {
			sim.upstream.SetFaults(fake.Fault{Endpoint: "DW03", Status: http.StatusNotFound})
		}},
		"with a workspace of which the service says so by a 204": {"", func(sim *simulation) {
			sim.upstream.SetFaults(fake.Fault{Endpoint: "DW03", Status: http.StatusNoContent})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			simulateAccount(t, mlAccount(), 100, func(t *testing.T, sim *simulation) {
				sim.planMLDeletion(func(r *dsr.Request) { r.What, r.AcknowledgeOthers = tt.what, true })
				sim.softlyDelete()
				tt.given(sim)
				began := time.Now()
				sim.executePlan()

				m := sim.manifest()
				if took := m.ClosedAt.Sub(began); took > 2*time.Hour {
					t.Errorf("it took %s", took)
				}
				for _, f := range m.Failures {
					told := f.Reason == dsr.ReasonSoftDeleted && strings.Contains(f.Error, "Recently deleted")
					if !told && f.Reason != dsr.ReasonDependencyFailed {
						t.Errorf("%s %s: %s", f.Endpoint, f.Reason, f.Error)
					}
				}
				for what, outcome := range sim.proofs() {
					if outcome == dsr.OutcomeDeleted || outcome == dsr.OutcomeAlreadyGone {
						t.Errorf("%s: %s", what, outcome)
					}
				}
				sim.checkEvidence(attempt1)
			})
		})
	}
}

func TestARequestForAWorkspaceThatWasSoftlyDeletedSaysSo(t *testing.T) {
	for _, kind := range []string{dsr.KindExport, dsr.KindDelete} {
		simulateAccount(t, mlAccount(), 100, func(t *testing.T, sim *simulation) {
			sim.softlyDelete()
			sim.submit(sim.mlDeletionRequest(func(r *dsr.Request) { r.Kind, r.What, r.AcknowledgeOthers = kind, "", true }))
			sim.run(time.Hour)
			for _, f := range sim.manifest().Failures {
				if f.Endpoint == "W03" && f.Reason == dsr.ReasonTargetNotFound && strings.Contains(f.Error, "Recently deleted") {
					return
				}
			}
			t.Errorf("%s: %+v", kind, sim.manifest().Failures)
		})
	}
}
