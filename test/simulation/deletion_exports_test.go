package simulation_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
	fake "azureml-dsr/test/emulator/fakeml"
)

func TestAnExportIsReadBackBeforeAnythingIsDeleted(t *testing.T) {
	export := func(r *dsr.Request) { r.Kind = dsr.KindExportThenDelete }
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(export))
		w.run(time.Hour)
		w.approve(nil)
		w.run(24 * time.Hour)
		m := w.manifest()
		if m.Status != dsr.StatusSucceeded || m.Totals["E16"].Documents != 6 || m.Totals["D06"].Documents != 2 {
			t.Errorf("%s %v, E16 %+v, D06 %+v", m.Status, m.Failures, m.Totals["E16"], m.Totals["D06"])
		}

		w.verified(attempt1)
	})

	for _, broken := range []string{"data/runs/", "/content/"} {
		inDeletionSimulation(t, func(t *testing.T, w *simulation) {
			done := false
			w.boot = func() *process {
				return w.newProcess(&faultInjector{gate: func(name string) {
					if done || !strings.HasPrefix(name, "put "+attempt1.Pages()) || len(w.names(w.audit, attempt1.Prefix()+"hops/")) > 0 {
						return
					}
					for _, blob := range w.names(w.exports, attempt1.Prefix()) { // somebody has been at the copy
						if !done && strings.Contains(blob, broken) && w.exported() {
							done = w.exports.Delete(context.Background(), blob) == nil
						}
					}
				}})
			}

			w.submit(w.deletionRequest(export))
			w.run(24 * time.Hour)

			if n := w.deletes(); len(n) > 0 || !done {
				t.Errorf("deleted %v, broken %t", n, done)
			}
			if got := reasons(w.manifest()); got["read-back Changed"] != 1 || got["D06 InventoryFailed"] != 2 {
				t.Errorf("failures %v", got)
			}
		})
	}
}

func TestADocumentTooLongToHoldIsDeletedToo(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		model, front := url.PathEscape(w.account.ModelID(0)), w.front
		w.front = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.EscapedPath(), "/models/"+model) {
				out = &padded{ResponseWriter: out}
			}
			front.ServeHTTP(out, r)
		})

		w.deleted(func(r *dsr.Request) { r.Kind = dsr.KindExportThenDelete })

		if m := w.manifest(); m.Status != dsr.StatusSucceeded || w.deletes()["D02"] != w.account.Models {
			t.Errorf("%s %v; %d of %d models deleted", m.Status, m.Failures, w.deletes()["D02"], w.account.Models)
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

// exported reports whether all that is read first has its receipts.
func (w *simulation) exported() bool {
	plan, found, err := w.records().Plan(context.Background(), attempt1)
	if err != nil || !found {
		return false
	}
	for t, err := range survey.New(w.records(), plan.Reading()).Tasks(context.Background()) {
		if err != nil || !t.Done {
			return false
		}
	}
	return true
}

func TestEarlierExportsAreErasedLastOfAll(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.send(dsr.QueueRequests, dsr.Message{ID: "earlier", Body: []byte(strings.Replace(exportRequest, testRequest, "earlier", 1))})
		w.send(dsr.QueueRequests, dsr.Message{ID: "elsewhere", Body: []byte(strings.NewReplacer(testRequest, "elsewhere", "sub-1", "sub-2").Replace(exportRequest))})
		w.send(dsr.QueueRequests, dsr.Message{ID: "neighbor", Body: []byte(strings.NewReplacer(testRequest, "neighbor", "team", "team-2", `"models"`, `"models-2"`).Replace(exportRequest))})
		w.run(time.Hour)
		earlier := w.names(w.audit, "earlier/")
		w.live = w.newProcess(&faultInjector{gate: func(name string) {
			if n := len(w.deletions()); strings.HasPrefix(name, "delete earlier/") && n != 16 {
				t.Errorf("%s when %d of 16 things are deleted", name, n)
			}
		}})

		w.deleted(func(r *dsr.Request) { r.EraseExports = true })
		if m := w.manifest(); m.Status != dsr.StatusSucceeded {
			t.Fatalf("%s %v", m.Status, m.Failures)
		}

		if left := w.names(w.exports, "earlier/"); len(left) > 0 {
			t.Errorf("still stored: %v", left)
		}

		r := decode[dsr.Retention](t, readBlob(t, w.audit, "earlier/1/retention.json"))
		if r.ErasedBy != testRequest || r.Documents == 0 || len(w.names(w.audit, "earlier/")) != len(earlier)+1 {
			t.Errorf("recorded %+v; evidence before %v", r, earlier)
		}
		if kept := w.names(w.exports, "elsewhere/"); len(kept) == 0 {
			t.Error("another place's export is gone")
		}
		if gone := w.names(w.audit, "neighbor/1/retention"); len(gone) > 0 {
			t.Error("the export of other accounts in the same group is gone")
		}
		if own := w.names(w.exports, testRequest+"/"); len(own) == 0 {
			t.Error("what the request itself keeps is gone before it has expired")
		}

		w.verified(attempt1)
	})
}

func TestAHoldKeepsAnEarlierExport(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		for _, id := range []string{"earlier", "held", "later"} {
			w.send(dsr.QueueRequests, dsr.Message{ID: id, Body: []byte(strings.Replace(exportRequest, testRequest, id, 1))})
		}

		w.run(time.Hour)
		w.hold("held")
		w.deleted(func(r *dsr.Request) { r.EraseExports = true })

		if m := w.manifest(); m.Status != dsr.StatusPartiallyFailed || reasons(m)["erase-exports Held"] != 1 {
			t.Errorf("%s %v", m.Status, m.Failures)
		}
		if kept := w.names(w.exports, "held/"); len(kept) == 0 {
			t.Error("the held export is gone")
		}
		if left := slices.Concat(w.names(w.exports, "earlier/"), w.names(w.exports, "later/")); len(left) > 0 {
			t.Errorf("still stored: %v", left)
		}
	})
}

func TestAnEarlierExportIsKeptWhenADeletionFails(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.send(dsr.QueueRequests, dsr.Message{ID: "earlier", Body: []byte(strings.Replace(exportRequest, testRequest, "earlier", 1))})
		w.run(time.Hour)
		w.upstream.SetFaults(fake.Fault{Endpoint: "D07", Status: 403, Times: 1})
		before := w.names(w.exports, "earlier/")
		w.deleted(func(r *dsr.Request) { r.EraseExports = true })
		want := map[string]int{"D07 Forbidden": 1, "D08 DependencyFailed": 1, "erase-exports DependencyFailed": 1}
		if got := reasons(w.manifest()); !maps.Equal(got, want) {
			t.Errorf("failures %v, want %v", got, want)
		}
		if kept := w.names(w.exports, "earlier/"); !slices.Equal(kept, before) {
			t.Errorf("of %d blobs of the copy %d are left", len(before), len(kept))
		}

		w.verified(attempt1)
	})
}

func TestALargeCopyIsErasedInSeveralInvocations(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.send(dsr.QueueRequests, dsr.Message{ID: "earlier", Body: []byte(strings.Replace(exportRequest, testRequest, "earlier", 1))})
		w.run(time.Hour)

		for i := range 800 {
			if err := w.exports.Put(t.Context(), fmt.Sprintf("earlier/1/data/artifacts/content/%03d", i), []byte("x"), nil); err != nil {
				t.Fatal(err)
			}
		}

		w.boot = func() *process {
			return w.newProcess(&faultInjector{gate: func(name string) {
				if strings.HasPrefix(name, "delete earlier/1/") {
					<-time.After(time.Minute)
				}
			}})
		}

		w.live = nil
		w.deleted(func(r *dsr.Request) { r.EraseExports = true })

		if m := w.manifest(); m.Status != dsr.StatusSucceeded {
			t.Errorf("%s %v", m.Status, m.Failures)
		}
		if left := w.names(w.exports, "earlier/"); len(left) > 0 {
			t.Errorf("%d blobs are still stored", len(left))
		}

		unfinished := 0
		for _, name := range w.names(w.audit, attempt1.Prefix()+"hops/") {
			switch h := decode[dsr.Hop](t, readBlob(t, w.audit, name)); h.Class {
			case dsr.HopUnfinished:
				if unfinished++; h.Progress == 0 {
					t.Errorf("%s counts no progress", name)
				}
			case dsr.HopStage:
			default:
				t.Errorf("%s: %s, %s", name, h.Class, h.LastError)
			}
		}

		if unfinished < 2 {
			t.Errorf("%d invocations were too short: the copy is too small for this test", unfinished)
		}
	})
}
