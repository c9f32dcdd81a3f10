package simulation_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// countedOpens counts how often a blob is read.
type countedOpens struct {
	archive.Backend
	name  string
	times *int
}

func (o countedOpens) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	if name == o.name {
		*o.times++
	}
	return o.Backend.Open(ctx, name, offset)
}

func TestADeletionPlanIsNotReadAgainByEachTask(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		sim.approve(nil)
		times := 0
		sim.audit, sim.live = countedOpens{sim.audit, attempt1.DeletionPlan(), &times}, nil
		sim.run(2 * time.Hour)
		if m := sim.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s %v", m.Status, m.Failures)
		}

		if times > 2 { // once by the process, and once as it is to be vouched for
			t.Errorf("16 tasks read it %d times", times)
		}
	})
}

func TestAContainersPlanCountsWhoseDocumentsItTakes(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)

		for _, s := range sim.deletionPlan().Stages {
			if s.Container != (s.Matching+s.Others > 0) {
				t.Errorf("%s counts %d matching and %d others", s.Endpoint, s.Matching, s.Others)
			}
			// Three runs, of which the first is the subject's.
			if s.Endpoint == "D06" && (s.Matching == 0 || s.Others < 2) {
				t.Errorf("D06 counts %d matching and %d others", s.Matching, s.Others)
			}

			for _, item := range s.Items {
				if item.URL == "" {
					t.Errorf("%s %+v", s.Endpoint, item)
				}
			}
		}
	})
}

func TestWhatIsNotThePlannedThingIsLeftAlone(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		model := sim.account.ModelID(0)
		sim.upstream.SetFaults(fake.Fault{
			Endpoint: "E03",
			Match:    url.PathEscape(model),
			Status:   200,
			Body:     `{"id":"` + model + `","createdTime":"2030-01-01T00:00:00Z"}`,
		})
		sim.executePlan()

		if got := reasons(sim.manifest()); got["D02 NotAsPlanned"] != 1 {
			t.Errorf("failures %v", got)
		}
		if n := sim.deletes(); n["D02"] != 2 || n["D01"] != 0 {
			t.Errorf("DELETEs %v: the newer model and its account stay", n)
		}
	})
}

// Somebody makes a new model under the name of another just after its DELETE: at once, or
// after a GET has shown that it is gone.
func TestWhatIsMadeAgainUnderADeletedNameIsReportedAndLeftAlone(t *testing.T) {
	for name, after := range map[string]string{"at once": http.MethodDelete, "before it is confirmed": http.MethodGet} {
		t.Run(name, func(t *testing.T) {
			simulateDeletion(t, func(t *testing.T, sim *simulation) {
				sim.planDeletion(nil)
				model, front, deleted, renewed := sim.account.ModelID(0), sim.front, false, false
				sim.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
					front.ServeHTTP(out, r)
					if !strings.HasSuffix(r.URL.EscapedPath(), "/models/"+url.PathEscape(model)) {
						return
					}

					deleted = deleted || r.Method == http.MethodDelete
					if deleted && !renewed && r.Method == after {
						renewed = true
						if err := sim.upstream.Recreate(r.URL.String()); err != nil {
							t.Error(err)
						}
					}
				})

				sim.live = nil
				sim.executePlan()
				m := sim.manifest()
				i := slices.IndexFunc(m.Failures, func(f dsr.Failure) bool { return f.Item == model })
				if i < 0 || m.Failures[i].Reason != dsr.ReasonNotAsPlanned || !strings.Contains(m.Failures[i].Error, "what was planned is gone") {
					t.Errorf("failures %+v", m.Failures)
				}
				if n := sim.deletes(); n["D02"] != 3 || n["D01"] != 0 {
					t.Errorf("DELETEs %v: each model once, and the account of the new one stays", n)
				}

				for _, d := range sim.deletions() {
					if d.Item == model && (d.Outcome != dsr.OutcomeFailed || d.DeletedAt.IsZero() || !d.ConfirmedAt.IsZero()) {
						t.Errorf("proof %+v", d)
					}
				}

				sim.checkEvidence(attempt1)
			})
		})
	}
}

func TestWhatHasGrownGoesBackToApproval(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(nil)
		sim.approve(nil)
		account := sim.account
		account.Runs++ // somebody has started another run in each project
		sim.replaceUpstream(fake.Options{Account: account})
		sim.run(24 * time.Hour)
		m := sim.manifestOf(attempt1)
		if got := reasons(m); got["D06 GrownSincePlan"] != 2 || got["D08 DependencyFailed"] != 1 {
			t.Errorf("failures %v", got)
		}

		if n := sim.deletes(); n["D06"] != 0 || n["D08"] != 0 || n["D01"] != 1 {
			t.Fatalf("DELETEs %v", n)
		}

		// What is left is planned again, and waits for another approval.
		second := attemptOf(2)
		plan := decode[dsr.DeletionPlan](t, readBlob(t, sim.audit, second.DeletionPlan()))
		if want := map[string]int{"D06": 2, "D07": 1, "D08": 1}; !maps.Equal(planned(plan), want) {
			t.Errorf("planned again %v, want %v", planned(plan), want)
		}

		sim.approve(func(a map[string]string) { a["planSha256"] = hashOf(readBlob(t, sim.audit, second.DeletionPlan())) })
		sim.run(24 * time.Hour)
		m = sim.manifestOf(second)
		if n := sim.deletes(); m.Status != dsr.StatusSucceeded || n["D06"] != 2 || n["D08"] != 1 || !sim.idle() {
			t.Errorf("the second attempt is %s, %v; DELETEs %v", m.Status, m.Failures, n)
		}

		sim.checkEvidence(second)
	})
}
