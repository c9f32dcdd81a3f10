package simulation_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"

	"github.com/google/go-cmp/cmp"
)

// answering puts a change of each JSON answer before the upstream.
func (sim *simulation) answering(change func(r *http.Request, status int, body []byte) (int, []byte)) {
	upstream := sim.front
	sim.front = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := httptest.NewRecorder()
		upstream.ServeHTTP(seen, r)
		status, body := seen.Code, seen.Body.Bytes()
		if strings.Contains(seen.Header().Get("Content-Type"), "json") {
			status, body = change(r, status, body)
			seen.Header().Del("Content-Length")
		}
		for name, values := range seen.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
}

func marked(_ *http.Request, status int, body []byte) (int, []byte) {
	return status, append([]byte("\xef\xbb\xbf"), body...)
}

// outcomes runs what fills a simulation twice: with the upstream's answers, and with
// changed ones.
func outcomes(t *testing.T, account fake.Account, change func(r *http.Request, status int, body []byte) (int, []byte), run func(*simulation) any) (plain, changed any) {
	t.Helper()
	simulateAccount(t, account, 2, func(_ *testing.T, sim *simulation) { plain = run(sim) })
	simulateAccount(t, account, 2, func(_ *testing.T, sim *simulation) {
		sim.answering(change)
		changed = run(sim)
	})
	return plain, changed
}

func TestAByteOrderMarkBeforeEveryAnswerChangesNothing(t *testing.T) {
	export := func(request string) func(*simulation) any {
		return func(sim *simulation) any {
			sim.submit(request)
			sim.run(time.Hour)
			m := sim.manifestOf(attempt1)
			return []any{m.Status, m.Totals, m.Failures, m.SubjectMatches}
		}
	}
	erase := func(sim *simulation) any {
		sim.planMLDeletion(nil)
		sim.executePlan()
		return []any{sim.manifestOf(attempt1).Status, sim.proofs()}
	}
	for name, tt := range map[string]struct {
		account fake.Account
		run     func(*simulation) any
	}{
		"an export of the first generation": {smallAccount(), export(exportRequest)},
		"an export of today's":              {mlAccount(), export(mlRequest())},
		"an erasure":                        {mlAccount(), erase},
	} {
		t.Run(name, func(t *testing.T) {
			plain, changed := outcomes(t, tt.account, marked, tt.run)
			if diff := cmp.Diff(plain, changed); diff != "" {
				t.Errorf("(-without +with a mark):\n%s", diff)
			}
		})
	}
}

func TestWhatIsNotTheDocumentIsNoSuccess(t *testing.T) {
	for name, answer := range map[string]string{
		"null":             "null",
		"another type":     `"no document"`,
		"an error":         `{"error":{"code":"ResourceNotFound","message":"m"}}`,
		"null with a mark": "\xef\xbb\xbfnull",
	} {
		t.Run(name, func(t *testing.T) {
			simulateAccount(t, smallAccount(), 2, func(t *testing.T, sim *simulation) {
				sim.answering(func(r *http.Request, status int, body []byte) (int, []byte) {
					if strings.Contains(r.URL.Path, "/runs/") && strings.Count(r.URL.Path[strings.Index(r.URL.Path, "/runs/"):], "/") == 2 {
						return status, []byte(answer)
					}
					return status, body
				})
				sim.submit(exportRequest)
				sim.run(time.Hour)
				m := sim.manifestOf(attempt1)
				if m.Status != dsr.StatusPartiallyFailed || len(m.Failures) != 3 {
					t.Fatalf("%s with %d failures", m.Status, len(m.Failures))
				}
				for _, f := range m.Failures {
					if f.Endpoint != "E16" || f.Reason != dsr.ReasonMalformedAnswer {
						t.Errorf("failure %+v", f)
					}
				}
				sim.checkEvidence(attempt1)
			})
		})
	}
}

func TestAPersonWithoutNotificationsHasNone(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		want dsr.Status
	}{
		"no such user":         {`{"error":{"code":"UserError","innerError":{"code":"NotFound"}}}`, dsr.StatusSucceeded},
		"no such subscription": {`{"error":{"code":"SubscriptionNotFound"}}`, dsr.StatusPartiallyFailed}, // which says nothing of the person
	} {
		t.Run(name, func(t *testing.T) {
			simulateAccount(t, smallAccount(), 2, func(t *testing.T, sim *simulation) {
				sim.answering(func(r *http.Request, status int, body []byte) (int, []byte) {
					if strings.HasPrefix(r.URL.Path, "/notification/") {
						return http.StatusNotFound, []byte(tt.body)
					}
					return status, body
				})
				sim.submit(exportRequest)
				sim.run(24 * time.Hour)
				if m := sim.manifestOf(attempt1); m.Status != tt.want {
					t.Errorf("%s with %+v", m.Status, m.Failures)
				}
				sim.checkEvidence(attempt1)
			})
		})
	}
}
