package simulation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

const retentionDays = 30 * 24 * time.Hour

// expiring makes a process whose watch removes what is older than after, for limit a
// run.
func (w *simulation) expiring(wire *faultInjector, after, limit time.Duration) *process {
	w.retention, w.retentionTime = after, limit
	return w.newProcess(wire)
}

func watch(p *process) error { return p.DSRWatch(context.Background(), customhandler.Timer{}) }

// closedAndKept runs the standard request and moves the clock to just before its
// documents expire.
func closedAndKept(t *testing.T, w *simulation) (docs, evidence []string) {
	t.Helper()
	w.submit(exportRequest)
	w.run(time.Hour)
	m := decode[dsr.Manifest](t, readBlob(t, w.audit, attempt1.Manifest()))
	w.until(m.ClosedAt.Add(retentionDays - time.Second))
	return w.names(w.exports, testRequest+"/"), w.names(w.audit, "")
}

// checkRemoved checks that the documents are gone, the evidence is there, and
// that the record counts what there was.
func checkRemoved(t *testing.T, w *simulation, evidence []string, want dsr.Retention) {
	t.Helper()
	if names := slices.Concat(w.names(w.exports, ""), w.names(w.index, "")); len(names) > 0 {
		t.Errorf("still stored: %v", names)
	}
	if got := w.names(w.audit, ""); len(got) != len(evidence)+1 {
		t.Errorf("%d blobs of evidence, want those %d from before and the record", len(got), len(evidence))
	}
	got := decode[dsr.Retention](t, readBlob(t, w.audit, attempt1.Retention()))
	got.BeganAt, want.BeganAt = time.Time{}, time.Time{}
	if got != want {
		t.Errorf("recorded %+v, want %+v", got, want)
	}
}

// expected is what the record must say of what is stored now.
func (w *simulation) expected() dsr.Retention {
	m := decode[dsr.Manifest](w.t, readBlob(w.t, w.audit, attempt1.Manifest()))
	r := dsr.Retention{
		SchemaVersion: "1.0",
		RequestID:     testRequest,
		Attempt:       1,
		ClosedAt:      m.ClosedAt,
		RetentionDays: 30,
	}
	for _, p := range m.Totals {
		r.Documents += p.Documents
	}
	r.Documents -= m.Totals["E24"].Documents // it repeats E19
	for _, name := range w.names(w.exports, attempt1.Prefix()) {
		r.Blobs++
		r.Bytes += int64(len(readBlob(w.t, w.exports, name)))
	}
	return r
}

func TestExpiredDocumentsAreRemovedAndTheEvidenceStays(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		docs, evidence := closedAndKept(t, w)
		want := w.expected()
		p := w.expiring(&faultInjector{}, retentionDays, 0)
		if err := watch(p); err != nil {
			t.Fatal(err)
		}
		if got := w.names(w.exports, testRequest+"/"); len(got) != len(docs) {
			t.Fatalf("%d of %d documents are left a second before they expire", len(got), len(docs))
		}

		<-time.After(time.Second)
		if err := watch(p); err != nil {
			t.Fatal(err)
		}

		checkRemoved(t, w, evidence, want)
		began := decode[dsr.Retention](t, readBlob(t, w.audit, attempt1.Retention())).BeganAt
		if !began.Equal(time.Now()) {
			t.Errorf("began at %s, want %s", began, time.Now())
		}
	})
}

func TestACrashBeforeOrAfterAnyEffectOfARemovalChangesNothing(t *testing.T) {
	var effects []string
	inSimulation(t, func(t *testing.T, w *simulation) {
		closedAndKept(t, w)
		<-time.After(time.Second)
		wire := &faultInjector{}
		if err := watch(w.expiring(wire, retentionDays, 0)); err != nil {
			t.Fatal(err)
		}
		effects = wire.names
	})
	if len(effects) < 10 || !strings.HasPrefix(effects[0], "put "+attempt1.Retention()) ||
		!strings.HasPrefix(effects[len(effects)-2], "delete "+dsr.SubjectBlob(testRequest)) || !strings.HasPrefix(effects[len(effects)-1], "delete _expires/") {
		t.Fatalf("effects %v, want the record, the documents, the subject, the index", effects)
	}

	for i := range sampled(len(effects)) {
		name := effects[i]
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%03d after=%t", i+1, after), func(t *testing.T) {
				inSimulation(t, func(t *testing.T, w *simulation) {
					_, evidence := closedAndKept(t, w)
					<-time.After(time.Second)
					want := w.expected()
					if err := watch(w.expiring(&faultInjector{at: i + 1, after: after}, retentionDays, 0)); err == nil {
						t.Fatalf("the process survived %s", name)
					}
					if err := watch(w.expiring(&faultInjector{}, retentionDays, 0)); err != nil {
						t.Fatal(err)
					}

					checkRemoved(t, w, evidence, want)
				})
			})
		}
	}
}

func TestTwinsThatRemoveAtOnceAgree(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		_, evidence := closedAndKept(t, w)
		<-time.After(time.Second)
		want := w.expected()
		var g sync.WaitGroup
		for range 3 {
			p := w.expiring(&faultInjector{gate: func(string) { <-time.After(time.Millisecond) }}, retentionDays, 0)
			g.Go(func() {
				if err := watch(p); err != nil {
					t.Error(err)
				}
			})
		}

		g.Wait()
		checkRemoved(t, w, evidence, want)
	})
}

func TestDocumentsThatMustStayAreNotRemoved(t *testing.T) {
	for name, change := range map[string]func(w *simulation) time.Duration{
		"while an attempt of the request is open": func(w *simulation) time.Duration {
			a := dsr.Attempt{RequestID: testRequest, Number: 2}
			_ = w.index.Put(context.Background(), a.Open(), []byte("{}"), nil)
			return retentionDays
		},
		"while the setting of today keeps them longer": func(*simulation) time.Duration { return 2 * retentionDays },
		"of an attempt that has no manifest": func(w *simulation) time.Duration {
			_ = w.audit.Delete(context.Background(), attempt1.Manifest())
			return retentionDays
		},
	} {
		t.Run(name, func(t *testing.T) {
			inSimulation(t, func(t *testing.T, w *simulation) {
				docs, _ := closedAndKept(t, w)
				after := change(w)
				<-time.After(time.Hour)
				if err := watch(w.expiring(&faultInjector{}, after, 0)); err != nil {
					t.Fatal(err)
				}

				if got := w.names(w.exports, testRequest+"/"); len(got) != len(docs) {
					t.Errorf("%d of %d documents are left", len(got), len(docs))
				}
				if got := w.names(w.index, dsr.ExpiresPrefix); len(got) != 1 {
					t.Errorf("index %v, want the attempt still on it", got)
				}
			})
		})
	}
}

func TestTheSubjectGoesWithTheLastAttempt(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		closedAndKept(t, w)
		<-time.After(time.Second)
		second := dsr.Attempt{RequestID: testRequest, Number: 2}
		ctx := context.Background()
		later := time.Now().AddDate(0, 0, 10)
		for _, err := range []error{
			w.exports.Put(ctx, second.Prefix()+"data/x.json", []byte("[]"), nil),
			w.index.Put(ctx, second.Expires(later), []byte("{}"), nil),
			w.audit.Put(ctx, second.Manifest(), []byte(`{"closedAt":"`+later.Add(-retentionDays).Format(time.RFC3339)+`"}`), nil),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}

		p := w.expiring(&faultInjector{}, retentionDays, 0)
		if err := watch(p); err != nil {
			t.Fatal(err)
		}
		if got := w.names(w.exports, testRequest+"/"); len(got) != 2 {
			t.Fatalf("left %v, want the other attempt's document and the subject", got)
		}

		w.until(later.Add(time.Second))
		if err := watch(p); err != nil {
			t.Fatal(err)
		}

		if got := slices.Concat(w.names(w.exports, ""), w.names(w.index, "")); len(got) > 0 {
			t.Errorf("left %v", got)
		}
	})
}

func TestAnAttemptThatFailsDoesNotKeepTheOthers(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		_, evidence := closedAndKept(t, w)
		<-time.After(time.Second)
		want, ctx := w.expected(), context.Background()
		broken := dsr.Attempt{RequestID: "broken", Number: 1}
		index := []string{broken.Expires(time.Now().AddDate(0, 0, -9)), dsr.ExpiresPrefix + "0"}
		for _, name := range index { // the first in the list, and both before the good one
			_ = w.index.Put(ctx, name, []byte("{}"), nil)
		}

		_ = w.audit.Put(ctx, broken.Manifest(), []byte("no JSON"), nil)

		if err := watch(w.expiring(&faultInjector{}, retentionDays, 0)); err == nil {
			t.Error("a run that could not remove all is taken for a good one")
		}

		_ = w.audit.Delete(ctx, broken.Manifest())
		for _, name := range index {
			_ = w.index.Delete(ctx, name)
		}

		checkRemoved(t, w, evidence, want)
	})
}

func TestALateNudgeAfterARemovalLeavesNothing(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		_, evidence := closedAndKept(t, w)
		<-time.After(time.Second)
		want := w.expected()
		p := w.expiring(&faultInjector{}, retentionDays, 0)
		if err := watch(p); err != nil {
			t.Fatal(err)
		}
		nudge, err := dsr.WakeUpMessage(attempt1, time.Now())
		if err != nil {
			t.Fatal(err)
		}

		w.send(dsr.QueueClosings, nudge)
		w.live = p
		w.run(time.Minute)
		synctest.Wait()
		if err := watch(p); err != nil {
			t.Fatal(err)
		}

		checkRemoved(t, w, evidence, want)
	})
}

func TestASubjectStaysWhenTheRequestIsOpenedAgainMeanwhile(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		closedAndKept(t, w)
		<-time.After(time.Second)
		second := dsr.Attempt{RequestID: testRequest, Number: 2}
		wire := &faultInjector{gate: func(name string) {
			if strings.HasPrefix(name, "delete "+attempt1.Prefix()) {
				_ = w.index.Replace(context.Background(), second.Open(), []byte("{}"))
			}
		}}
		if err := watch(w.expiring(wire, retentionDays, 0)); err != nil {
			t.Fatal(err)
		}

		if got := w.names(w.exports, testRequest+"/"); len(got) != 1 || got[0] != dsr.SubjectBlob(testRequest) {
			t.Errorf("left %v, want the subject", got)
		}
		if got := w.names(w.index, dsr.ExpiresPrefix); len(got) != 1 {
			t.Errorf("index %v, want the attempt still on it", got)
		}
	})
}

func TestARemovalEndsBeforeItsInvocationAndTheNextRunGoesOn(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		_, evidence := closedAndKept(t, w)
		<-time.After(time.Second)

		for i := range 100 { // more than are removed at once
			_ = w.exports.Put(context.Background(), fmt.Sprintf("%sdata/artifacts/%03d", attempt1.Prefix(), i), []byte("x"), nil)
		}

		want, start := w.expected(), time.Now()
		slow := &faultInjector{gate: func(name string) {
			if strings.HasPrefix(name, "delete ") {
				<-time.After(3 * time.Minute)
			}
		}}
		if err := watch(w.expiring(slow, retentionDays, 0)); err != nil {
			t.Errorf("a run whose time was up counts as failed: %v", err)
		}

		if took := time.Since(start); took > 9*time.Minute || len(w.names(w.exports, testRequest+"/")) == 0 {
			t.Fatalf("it took %s and left %d blobs", took, len(w.names(w.exports, testRequest+"/")))
		}
		if err := watch(w.expiring(&faultInjector{}, retentionDays, 0)); err != nil {
			t.Fatal(err)
		}

		checkRemoved(t, w, evidence, want)
	})
}

func TestAWatchThatFailsInOneThingDoesTheOthers(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		_, evidence := closedAndKept(t, w)
		<-time.After(time.Second)
		want := w.expected()
		w.undrainable = true
		if err := watch(w.expiring(&faultInjector{}, retentionDays, 0)); err == nil {
			t.Error("the failure is not told")
		}
		checkRemoved(t, w, evidence, want)
	})
}

func TestAHoldKeepsExpiredDocuments(t *testing.T) {
	account := smallAccount()
	for name, on := range map[string]string{
		"a run":        account.RunID(0, 0, 1),
		"the request":  testRequest,
		"a project":    experimentationID + "/workspaces/workspace-00/projects/project-00",
		"a run's path": experimentationID + "/workspaces/workspace-00/projects/project-00/runs/" + account.RunID(0, 0, 1),
		"a group":      "/subscriptions/SUB-1/resourceGroups/group-1",
	} {
		t.Run(name, func(t *testing.T) {
			inSimulation(t, func(t *testing.T, w *simulation) {
				docs, _ := closedAndKept(t, w)
				<-time.After(time.Second)
				w.hold(on)
				p := w.expiring(&faultInjector{}, retentionDays, 0)
				if err := watch(p); err != nil {
					t.Fatal(err)
				}
				if got := w.names(w.exports, testRequest+"/"); len(got) != len(docs) {
					t.Fatalf("%d of %d documents are left", len(got), len(docs))
				}
				if _, err := w.records().RecordHold(t.Context(), dsr.Hold{
					ID:       "case-1",
					Number:   2,
					On:       on,
					Released: true,
				}); err != nil {
					t.Fatal(err)
				}
				if err := watch(p); err != nil {
					t.Fatal(err)
				}

				if got := w.names(w.exports, testRequest+"/"); len(got) > 0 {
					t.Errorf("still stored when the hold is released: %v", got)
				}
			})
		})
	}

	inSimulation(t, func(t *testing.T, w *simulation) {
		closedAndKept(t, w)
		<-time.After(time.Second)
		w.hold("/subscriptions/sub-1/resourceGroups/group-10")
		if err := watch(w.expiring(&faultInjector{}, retentionDays, 0)); err != nil {
			t.Fatal(err)
		}

		if got := w.names(w.exports, testRequest+"/"); len(got) > 0 {
			t.Error("a hold elsewhere keeps it")
		}
	})
}
