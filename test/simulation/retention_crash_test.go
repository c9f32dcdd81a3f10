package simulation_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestACrashBeforeOrAfterAnyEffectOfARemovalChangesNothing(t *testing.T) {
	var effects []string
	simulate(t, func(t *testing.T, sim *simulation) {
		closedAndExpired(t, sim)
		faults := &faultInjector{}
		if err := watch(sim.newProcess(faults)); err != nil {
			t.Fatal(err)
		}
		effects = faults.names
	})
	if len(effects) < 10 || !strings.HasPrefix(effects[0], "put "+attempt1.Retention()) ||
		!strings.HasPrefix(effects[len(effects)-2], "delete "+dsr.SubjectBlob(testRequest)) || !strings.HasPrefix(effects[len(effects)-1], "delete _expires/") {
		t.Fatalf("effects %v, want the record, the documents, the subject, the index", effects)
	}

	for i := range sampled(len(effects)) {
		name := effects[i]
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%03d after=%t", i+1, after), func(t *testing.T) {
				simulate(t, func(t *testing.T, sim *simulation) {
					_, evidence := closedAndExpired(t, sim)
					want := sim.expectedRetention()
					if err := watch(sim.newProcess(&faultInjector{at: i + 1, after: after})); err == nil {
						t.Fatalf("the process survived %s", name)
					}
					sim.removeExpired()

					checkRemoved(t, sim, evidence, want)
				})
			})
		}
	}
}

func TestConcurrentRemovalsAgree(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		_, evidence := closedAndExpired(t, sim)
		want := sim.expectedRetention()
		var g sync.WaitGroup
		for range 3 {
			p := sim.newProcess(&faultInjector{gate: func(string) { <-time.After(time.Millisecond) }})
			g.Go(func() {
				if err := watch(p); err != nil {
					t.Error(err)
				}
			})
		}

		g.Wait()
		checkRemoved(t, sim, evidence, want)
	})
}

func TestALateWakeUpAfterARemovalLeavesNothing(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		_, evidence := closedAndExpired(t, sim)
		want := sim.expectedRetention()
		p := sim.newProcess(&faultInjector{})
		if err := watch(p); err != nil {
			t.Fatal(err)
		}
		wakeUp, err := dsr.WakeUpMessage(attempt1, time.Now())
		if err != nil {
			t.Fatal(err)
		}

		sim.send(dsr.QueueClosings, wakeUp)
		sim.live = p
		sim.run(time.Minute)
		synctest.Wait()
		if err := watch(p); err != nil {
			t.Fatal(err)
		}

		checkRemoved(t, sim, evidence, want)
	})
}

func TestASubjectStaysWhenTheRequestIsOpenedAgainMeanwhile(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		closedAndExpired(t, sim)
		second := dsr.Attempt{RequestID: testRequest, Number: 2}
		faults := &faultInjector{gate: func(name string) {
			if strings.HasPrefix(name, "delete "+attempt1.Prefix()) {
				_ = sim.index.Replace(context.Background(), second.Open(), []byte("{}"))
			}
		}}
		if err := watch(sim.newProcess(faults)); err != nil {
			t.Fatal(err)
		}

		if got := sim.names(sim.exports, testRequest+"/"); len(got) != 1 || got[0] != dsr.SubjectBlob(testRequest) {
			t.Errorf("left %v, want the subject", got)
		}
		if got := sim.names(sim.index, dsr.ExpiresPrefix); len(got) != 1 {
			t.Errorf("index %v, want the attempt still on it", got)
		}
	})
}

func TestARemovalEndsBeforeItsInvocationAndTheNextRunGoesOn(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		_, evidence := closedAndExpired(t, sim)

		for i := range 100 { // more than are removed at once
			_ = sim.exports.Put(context.Background(), fmt.Sprintf("%sdata/artifacts/%03d", attempt1.Prefix(), i), []byte("x"), nil)
		}

		want, start := sim.expectedRetention(), time.Now()
		slow := &faultInjector{gate: func(name string) {
			if strings.HasPrefix(name, "delete ") {
				<-time.After(3 * time.Minute)
			}
		}}
		if err := watch(sim.newProcess(slow)); err != nil {
			t.Errorf("a run whose time was up counts as failed: %v", err)
		}

		if took := time.Since(start); took > 9*time.Minute || len(sim.names(sim.exports, testRequest+"/")) == 0 {
			t.Fatalf("it took %s and left %d blobs", took, len(sim.names(sim.exports, testRequest+"/")))
		}
		sim.removeExpired()

		checkRemoved(t, sim, evidence, want)
	})
}
