package bus_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/bus"
	"azureml-dsr/test/emulator/servicebus"
)

// allAtOnce makes each call from many goroutines, which start at one moment.
func allAtOnce(t *testing.T, each func(i int)) (wait func()) {
	t.Helper()
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			<-start
			each(i)
		})
	}
	synctest.Wait()
	close(start)
	return wg.Wait
}

// A bubble ends only when every goroutine in it has, so these tests fail when a
// link is lost: it keeps those that renew its claim.

func TestAnOutageLeavesNothingBehind(t *testing.T) {
	for name, do := range map[string]func(context.Context, *bus.Bus, string) error{
		"of sends": sending, "of settlements": settling, "of looks": looking,
	} {
		for _, outage := range []time.Duration{2 * time.Second, 30 * time.Second, 5 * time.Minute} {
			t.Run(fmt.Sprintf("%s, %s long", name, outage), func(t *testing.T) {
				inRig(t, func(t *testing.T, r *rig) { surviveOutage(t, r, outage, do) })
			})
		}
	}
}

func TestCallersThatFindALinkClosedLoseNone(t *testing.T) {
	inRig(t, func(t *testing.T, r *rig) {
		if err := sending(t.Context(), r.bus, queue); err != nil {
			t.Fatal(err)
		}

		r.setDown(true)
		if sending(t.Context(), r.bus, queue) == nil {
			t.Fatal("it was sent without a connection")
		}

		r.setDown(false)
		r.dying = 1 // whoever waits for the first one then opens the link as well

		allAtOnce(t, func(int) {
			if err := sending(t.Context(), r.bus, queue); err != nil {
				t.Error(err)
			}
		})()
	})
}

// surviveOutage makes calls before, during and after an outage.
func surviveOutage(t *testing.T, r *rig, outage time.Duration, do func(context.Context, *bus.Bus, string) error) {
	use := func(int) { _ = do(t.Context(), r.bus, queue) }
	allAtOnce(t, use)()

	r.setDown(true)
	during := allAtOnce(t, use)
	<-time.After(outage)
	r.setDown(false)
	after := allAtOnce(t, use)
	during()
	after()

	if err := sending(t.Context(), r.bus, queue); err != nil {
		t.Errorf("after the outage: %v", err)
	}
}

func TestALinkThatIsOfNoUseIsMadeAnew(t *testing.T) {
	for name, effect := range map[string]servicebus.Effect{
		"detached": servicebus.Detach, "cut": servicebus.Drop,
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, func(t *testing.T, r *rig) {
				if err := sending(t.Context(), r.bus, queue); err != nil {
					t.Fatal(err)
				}

				fault := r.server.Inject(servicebus.Fault{On: servicebus.Sending, Do: effect})
				if sending(t.Context(), r.bus, queue) == nil {
					t.Fatal("it was not refused")
				}

				fault.Remove()

				if err := sending(t.Context(), r.bus, queue); err != nil {
					t.Errorf("the next send: %v", err)
				}
			})
		})
	}
}

func TestALinkIsKeptWhenServiceBusIsBusy(t *testing.T) {
	inRig(t, func(t *testing.T, r *rig) {
		connected := func() int {
			r.mu.Lock()
			defer r.mu.Unlock()
			return len(r.conns)
		}
		if err := sending(t.Context(), r.bus, queue); err != nil {
			t.Fatal(err)
		}

		before := connected()
		r.server.Inject(servicebus.Fault{Do: servicebus.Busy})

		for _, do := range []func(context.Context, *bus.Bus, string) error{sending, settling, looking} {
			if do(t.Context(), r.bus, queue) == nil {
				t.Error("it was not refused")
			}
		}

		if n := connected(); n != before {
			t.Errorf("%d connections were made", n-before)
		}
	})
}
