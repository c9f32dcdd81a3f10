package simulation_test

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

func TestAnExportIsReadBackBeforeAnythingIsDeleted(t *testing.T) {
	export := func(r *dsr.Request) { r.Kind = dsr.KindExportThenDelete }
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		sim.planDeletion(export)
		sim.executePlan()
		m := sim.manifest()
		if m.Status != dsr.StatusSucceeded || m.Totals["E16"].Documents != 6 || m.Totals["D06"].Documents != 2 {
			t.Errorf("%s %v, E16 %+v, D06 %+v", m.Status, m.Failures, m.Totals["E16"], m.Totals["D06"])
		}

		sim.checkEvidence(attempt1)
	})

	for _, broken := range []string{"data/runs/", "/content/"} {
		simulateDeletion(t, func(t *testing.T, sim *simulation) {
			done := false
			sim.boot = func() *process {
				return sim.newProcess(&faultInjector{gate: func(name string) {
					if done || !strings.HasPrefix(name, "put "+attempt1.Pages()) || len(sim.resends(attempt1)) > 0 {
						return
					}
					for _, blob := range sim.names(sim.exports, attempt1.Prefix()) { // somebody has been at the copy
						if !done && strings.Contains(blob, broken) && sim.exported() {
							done = sim.exports.Delete(context.Background(), blob) == nil
						}
					}
				}})
			}

			sim.submit(sim.deletionRequest(export))
			sim.run(24 * time.Hour)

			if n := sim.deletes(); len(n) > 0 || !done {
				t.Errorf("deleted %v, broken %t", n, done)
			}
			if got := reasons(sim.manifest()); got["read-back Changed"] != 1 || got["D06 InventoryFailed"] != 2 {
				t.Errorf("failures %v", got)
			}
		})
	}
}

func TestADocumentTooLongToHoldIsDeletedToo(t *testing.T) {
	simulateDeletion(t, func(t *testing.T, sim *simulation) {
		model, front := url.PathEscape(sim.account.ModelID(0)), sim.front
		sim.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.EscapedPath(), "/models/"+model) {
				out = &padded{ResponseWriter: out}
			}
			front.ServeHTTP(out, r)
		})

		sim.runDeletion(func(r *dsr.Request) { r.Kind = dsr.KindExportThenDelete })

		if m := sim.manifest(); m.Status != dsr.StatusSucceeded || sim.deletes()["D02"] != sim.account.Models {
			t.Errorf("%s %v; %d of %d models deleted", m.Status, m.Failures, sim.deletes()["D02"], sim.account.Models)
		}
	})
}

// padded puts more spaces before a body than a worker holds.
type padded struct {
	http.ResponseWriter
	begun bool
}

func (p *padded) WriteHeader(status int) {
	p.Header().Del("Content-Length")
	p.ResponseWriter.WriteHeader(status)
}

func (p *padded) Write(b []byte) (int, error) {
	if !p.begun {
		p.begun = true
		if _, err := p.ResponseWriter.Write(bytes.Repeat([]byte(" "), 300<<10)); err != nil {
			return 0, err
		}
	}
	return p.ResponseWriter.Write(b)
}

// exported reports whether all tasks of the export have their receipts.
func (sim *simulation) exported() bool {
	plan, found, err := sim.records().Plan(context.Background(), attempt1)
	if err != nil || !found {
		return false
	}
	for t, err := range survey.New(sim.records(), plan.Reading()).Tasks(context.Background()) {
		if err != nil || !t.Done {
			return false
		}
	}
	return true
}
