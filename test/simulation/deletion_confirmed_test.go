package simulation_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestDeletionsThatTakeTheirTime(t *testing.T) {
	for name, d := range map[string]fake.Deletion{
		"an operation":                       {Takes: 3 * time.Minute, AsyncOperation: true},
		"an operation by a relative link":    {Takes: 3 * time.Minute, AsyncOperation: true, Relative: true, RetryAfter: "20"},
		"a location":                         {Takes: 3 * time.Minute, Location: true, Status: 204},
		"longer than an invocation":          {Takes: 25 * time.Minute, AsyncOperation: true, RetryAfter: "30"},
		"a 202 that says no place to ask":    {Takes: 20 * time.Second},
		"visible for a while":                {LingerFor: 20 * time.Second},
		"visible for longer than is waited":  {LingerFor: 5 * time.Minute},
		"204 and 404 as the services say it": {Status: 204, Missing: 204},
	} {
		t.Run(name, func(t *testing.T) {
			inDeletionSimulation(t, func(t *testing.T, w *simulation) {
				w.replaceUpstream(fake.Options{Account: w.account, Deletion: d})
				w.deleted(nil)
				m := w.manifest()
				if m.Status != dsr.StatusSucceeded {
					t.Fatalf("%s: %v", m.Status, m.Failures)
				}

				if proofs := w.proofs(); len(proofs) != 16 {
					t.Errorf("%d proofs", len(proofs))
				}
			})
		})
	}
}

func TestWhatComesBackIsDeletedAgain(t *testing.T) {
	for name, comesBack := range map[string]fake.Deletion{
		"when it was looked for": {ReturnAfterReads: 1}, "within the confirmation time": {ReturnAfter: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inDeletionSimulation(t, func(t *testing.T, w *simulation) {
				w.submit(w.deletionRequest(nil))
				w.run(time.Hour)
				w.upstream.SetFaults(fake.Fault{Endpoint: "D02", Times: 1, Deletion: comesBack})
				w.approve(nil)
				w.run(24 * time.Hour)

				if m := w.manifest(); m.Status != dsr.StatusSucceeded {
					t.Errorf("%s: %v", m.Status, m.Failures)
				}
				if n := w.deletes()["D02"]; n != 4 {
					t.Errorf("%d DELETEs of three models, one of which came back", n)
				}
			})
		})
	}
}

// A model comes back after our DELETE, and somebody else deletes it right before our
// second one, which finds nothing.
func TestWhatWeDeletedStaysOursWhenTheNextDeleteFindsNothing(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		model := w.account.ModelID(0)
		w.upstream.SetFaults(fake.Fault{
			Endpoint: "D02",
			Match:    url.PathEscape(model),
			Times:    1,
			Deletion: fake.Deletion{ReturnAfterReads: 1},
		})
		deletes, front := 0, w.front
		w.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && strings.HasSuffix(r.URL.EscapedPath(), "/models/"+url.PathEscape(model)) {
				if deletes++; deletes == 2 {
					front.ServeHTTP(httptest.NewRecorder(), r.Clone(r.Context()))
				}
			}
			front.ServeHTTP(out, r)
		})

		w.live = nil
		w.approve(nil)
		w.run(24 * time.Hour)

		if m := w.manifest(); m.Status != dsr.StatusSucceeded || deletes != 2 {
			t.Errorf("%s after %d DELETEs: %v", m.Status, deletes, m.Failures)
		}
		for _, d := range w.deletions() {
			if d.Item == model && (d.Outcome != dsr.OutcomeDeleted || d.Status != http.StatusOK || d.RequestID == "") {
				t.Errorf("proof %+v, want that of our first DELETE", d)
			}
		}
	})
}

func TestAnOperationThatFailsIsAFailureAndStopsWhatDependsOnIt(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		w.upstream.SetFaults(fake.Fault{Endpoint: "D05", Status: 403, Times: 1})
		w.approve(nil)
		w.run(24 * time.Hour)
		got := reasons(w.manifest())
		want := map[string]int{"D05 Forbidden": 1, "D03 DependencyFailed": 3, "D02 DependencyFailed": 3, "D01 DependencyFailed": 1}
		if !maps.Equal(got, want) {
			t.Errorf("failures %v, want %v: the other account's go on", got, want)
		}
		if n := w.deletes(); n["D08"] != 1 || n["D03"] != 0 {
			t.Errorf("DELETEs %v", n)
		}
	})
}

func TestWhatCannotBeSeenToBeGoneIsUnconfirmedAndTriedAgain(t *testing.T) {
	for status, times := range map[int]int{403: 2, 500: 6} { // of the 500s some are quick retries
		inDeletionSimulation(t, func(t *testing.T, w *simulation) {
			w.submit(w.deletionRequest(nil))
			w.run(time.Hour)
			refusals, front := map[string]int{}, w.front
			w.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
				model := strings.Contains(r.URL.Path, "/models/model")
				if model && r.Method == http.MethodGet && refusals[r.URL.Path] > 0 {
					refusals[r.URL.Path]--
					out.WriteHeader(status)
					return
				}

				front.ServeHTTP(out, r)

				if model && r.Method == http.MethodDelete {
					refusals[r.URL.Path] = times
				}
			})

			w.live = nil
			w.approve(nil)
			w.run(24 * time.Hour)

			if m := w.manifest(); m.Status != dsr.StatusSucceeded {
				t.Errorf("%d: %s %v", status, m.Status, m.Failures)
			}
			if classes := w.names(w.audit, attempt1.Prefix()+"hops/"); len(classes) < 10 { // one a stage, and what was tried again
				t.Errorf("%d: nothing was tried again: %v", status, classes)
			}

			for what, outcome := range w.proofs() {
				if outcome != dsr.OutcomeDeleted {
					t.Errorf("%s: %s", what, outcome)
				}
			}
		})
	}
}

func TestAConflictIsWaitedForAndThenReported(t *testing.T) {
	for times, status := range map[int]dsr.Status{2: dsr.StatusSucceeded, 0: dsr.StatusPartiallyFailed} {
		inDeletionSimulation(t, func(t *testing.T, w *simulation) {
			w.submit(w.deletionRequest(nil))
			w.run(time.Hour)
			w.upstream.SetFaults(fake.Fault{Endpoint: "D07", Status: 409, Times: times})
			w.approve(nil)
			w.run(24 * time.Hour)

			if m := w.manifest(); m.Status != status {
				t.Errorf("409 %d times: %s, %v", times, m.Status, m.Failures)
			} else if slices.ContainsFunc(m.Failures, func(f dsr.Failure) bool { return f.Item == "" }) {
				t.Errorf("a failure doesn't name what was not deleted: %+v", m.Failures)
			}
		})
	}
}

func TestWhatIsNotThePlannedThingIsLeftAlone(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		model := w.account.ModelID(0)
		w.upstream.SetFaults(fake.Fault{
			Endpoint: "E03",
			Match:    url.PathEscape(model),
			Status:   200,
			Body:     `{"id":"` + model + `","createdTime":"2030-01-01T00:00:00Z"}`,
		})
		w.approve(nil)
		w.run(24 * time.Hour)

		if got := reasons(w.manifest()); got["D02 NotAsPlanned"] != 1 {
			t.Errorf("failures %v", got)
		}
		if n := w.deletes(); n["D02"] != 2 || n["D01"] != 0 {
			t.Errorf("DELETEs %v: the newer model and its account stay", n)
		}
	})
}

// Somebody makes a new model under the name of one just after its DELETE: at once,
// or when a GET has already said that it is gone.
func TestWhatIsMadeAnewUnderADeletedNameIsToldAndLeftAlone(t *testing.T) {
	for name, after := range map[string]string{"at once": http.MethodDelete, "before it is confirmed": http.MethodGet} {
		t.Run(name, func(t *testing.T) {
			inDeletionSimulation(t, func(t *testing.T, w *simulation) {
				w.submit(w.deletionRequest(nil))
				w.run(time.Hour)
				model, front, deleted, renewed := w.account.ModelID(0), w.front, false, false
				w.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
					front.ServeHTTP(out, r)
					if !strings.HasSuffix(r.URL.EscapedPath(), "/models/"+url.PathEscape(model)) {
						return
					}

					deleted = deleted || r.Method == http.MethodDelete
					if deleted && !renewed && r.Method == after {
						renewed = true
						if err := w.upstream.Recreate(r.URL.String()); err != nil {
							t.Error(err)
						}
					}
				})

				w.live = nil
				w.approve(nil)
				w.run(24 * time.Hour)
				m := w.manifest()
				i := slices.IndexFunc(m.Failures, func(f dsr.Failure) bool { return f.Item == model })
				if i < 0 || m.Failures[i].Reason != dsr.ReasonNotAsPlanned || !strings.Contains(m.Failures[i].Error, "what was planned is gone") {
					t.Errorf("failures %+v", m.Failures)
				}
				if n := w.deletes(); n["D02"] != 3 || n["D01"] != 0 {
					t.Errorf("DELETEs %v: each model once, and the account of the new one stays", n)
				}

				for _, d := range w.deletions() {
					if d.Item == model && (d.Outcome != dsr.OutcomeFailed || d.DeletedAt.IsZero() || !d.ConfirmedAt.IsZero()) {
						t.Errorf("proof %+v", d)
					}
				}

				w.verified(attempt1)
			})
		})
	}
}
