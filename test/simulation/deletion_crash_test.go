package simulation_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

func TestCancelStopsBetweenTwoDeletes(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		w.approve(nil)

		for w.deletes()["D05"] == 0 {
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		if err := w.audit.Put(context.Background(), attempt1.Cancel(), []byte("{}"), nil); err != nil {
			t.Fatal(err)
		}

		at := w.deletes()
		w.run(24 * time.Hour)

		if m := w.manifest(); m.Status != dsr.StatusCanceled {
			t.Errorf("%s", m.Status)
		}
		if n := w.deletes(); n["D03"] != 0 || n["D08"] > at["D08"] || n["D05"] > at["D05"]+1 {
			t.Errorf("DELETEs %v, at the cancel %v", n, at)
		}

		for what, outcome := range w.proofs() {
			if strings.HasPrefix(what, "D05") && outcome != dsr.OutcomeDeleted {
				t.Errorf("%s: %s, and it was deleted", what, outcome)
			}
		}
	})
}

func TestACancelAfterADeleteStillProvesIt(t *testing.T) {
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		crash := &faultInjector{on: func(name string) bool {
			return w.deletes()["D05"] > 0 && strings.HasPrefix(name, "put "+attempt1.Receipts())
		}}
		w.live = w.newProcess(crash)
		w.approve(nil)

		for !crash.isDead() {
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		gone := w.deletes()["D05"]
		if err := w.audit.Put(context.Background(), attempt1.Cancel(), []byte("{}"), nil); err != nil {
			t.Fatal(err)
		}
		nudge, err := dsr.WakeUpMessage(attempt1, time.Now())
		if err != nil {
			t.Fatal(err)
		}

		<-time.After(time.Minute)                                                      // longer than a reconciler rests
		if err := w.boot().Reconciler.Reconcile(t.Context(), nudge.Body); err != nil { // before anybody has proved it
			t.Fatal(err)
		}

		w.run(24 * time.Hour)
		m, proved := w.manifest(), 0
		for d, err := range w.records().Deletions(t.Context(), attempt1, m) {
			if err != nil {
				t.Fatal(err)
			}
			if d.Endpoint == "D05" && d.Outcome == dsr.OutcomeDeleted {
				proved++
			}
		}

		if m.Status != dsr.StatusCanceled || proved < gone {
			t.Errorf("%s; %d are gone, %d of them proved", m.Status, gone, proved)
		}
	})
}

func TestACrashBeforeOrAfterAnyEffectOfADeletionProvesTheSame(t *testing.T) {
	var effects []string
	var want map[string]string
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.run(time.Hour)
		w.live = nil
		w.approve(nil)
		w.run(24 * time.Hour)
		effects = w.live.wire.names
		_, want = w.certified()
	})

	const every = 5 // of several hundred effects, many of them alike
	for n := range sampled(len(effects) / every) {
		i := n * every
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%03d %s after=%t", i+1, effects[i], after), func(t *testing.T) {
				inDeletionSimulation(t, func(t *testing.T, w *simulation) {
					w.submit(w.deletionRequest(nil))
					w.run(time.Hour)
					w.live = w.newProcess(&faultInjector{at: i + 1, after: after})
					w.approve(nil)
					w.run(24 * time.Hour)
					status, got := w.certified()
					if diff := cmp.Diff(want, got); status != dsr.StatusSucceeded || diff != "" {
						t.Errorf("%s; proofs (-undisturbed +got):\n%s", status, diff)
					}

					for id, n := range w.deletes() {
						if n > len(want) {
							t.Errorf("%s: %d DELETEs", id, n)
						}
					}
				})
			})
		}
	}
}

func TestTwoWorkersAndRandomDelaysKeepTheOrderOfTheStages(t *testing.T) {
	for n := range sampled(14) {
		t.Run(fmt.Sprintf("seed %d", n), func(t *testing.T) {
			inDeletionSimulation(t, func(t *testing.T, w *simulation) {
				r := rand.New(rand.NewPCG(uint64(n), 5))
				w.submit(w.deletionRequest(nil))
				w.pairs(r, 10*time.Minute)
				w.approve(nil)
				w.pairs(r, 12*time.Hour)
				if m := w.manifest(); m.Status != dsr.StatusSucceeded {
					t.Fatalf("%s %v", m.Status, m.Failures)
				}

				// A thing whose DELETE two workers sent at once is deleted once: the other
				// call found nothing, or found it going.
				deleted := map[string]int{}
				for _, s := range w.upstream.Served() {
					if s.Method == http.MethodDelete && s.Status < 300 {
						deleted[s.Endpoint] += s.Count
					}
				}

				want := map[string]int{"D01": 1, "D02": 3, "D03": 3, "D04": 2, "D05": 3, "D06": 2, "D07": 1, "D08": 1}
				if !maps.Equal(deleted, want) {
					t.Errorf("deleted %v, want %v", deleted, want)
				}

				for _, d := range w.deletions() { // whichever of the two was first with the receipt
					if d.Outcome != dsr.OutcomeDeleted || d.Status == 0 {
						t.Errorf("proof %+v", d)
					}
				}

				w.checkOrder()
			})
		})
	}
}
