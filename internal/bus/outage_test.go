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

// allAtOnce calls each from many goroutines, which start at the same moment.
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

// A bubble ends only when every goroutine in it has ended, so these tests fail when a
// link is forgotten: the goroutines that renew its claim keep running.

func TestAnOutageLeaksNoGoroutines(t *testing.T) {
	for name, do := range map[string]func(context.Context, *bus.Bus, string) error{
		"of sends": sending, "of settlements": settling, "of scans": browsing,
	} {
		for _, outage := range []time.Duration{2 * time.Second, 30 * time.Second, 5 * time.Minute} {
			t.Run(fmt.Sprintf("%s, %s long", name, outage), func(t *testing.T) {
				withFixture(t, func(t *testing.T, f *fixture) { surviveOutage(t, f, outage, do) })
			})
		}
	}
}

func TestCallersThatFindALinkClosedLeakNoGoroutines(t *testing.T) {
	withFixture(t, func(t *testing.T, f *fixture) {
		if err := sending(t.Context(), f.bus, queue); err != nil {
			t.Fatal(err)
		}

		f.setDown(true)
		if sending(t.Context(), f.bus, queue) == nil {
			t.Fatal("it was sent without a connection")
		}

		f.setDown(false)
		f.dying = 1 // whoever waits for the first one then opens the link as well

		allAtOnce(t, func(int) {
			if err := sending(t.Context(), f.bus, queue); err != nil {
				t.Error(err)
			}
		})()
	})
}

// surviveOutage makes calls before, during and after an outage.
func surviveOutage(t *testing.T, f *fixture, outage time.Duration, do func(context.Context, *bus.Bus, string) error) {
	use := func(int) { _ = do(t.Context(), f.bus, queue) }
	allAtOnce(t, use)()

	f.setDown(true)
	during := allAtOnce(t, use)
	<-time.After(outage)
	f.setDown(false)
	after := allAtOnce(t, use)
	during()
	after()

	if err := sending(t.Context(), f.bus, queue); err != nil {
		t.Errorf("after the outage: %v", err)
	}
}

func TestAnUnusableLinkIsReplaced(t *testing.T) {
	for name, effect := range map[string]servicebus.Effect{
		"detached": servicebus.Detach, "cut": servicebus.Drop,
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(t *testing.T, f *fixture) {
				if err := sending(t.Context(), f.bus, queue); err != nil {
					t.Fatal(err)
				}

				fault := f.server.Inject(servicebus.Fault{On: servicebus.Sending, Do: effect})
				if sending(t.Context(), f.bus, queue) == nil {
					t.Fatal("it was not refused")
				}

				fault.Remove()

				if err := sending(t.Context(), f.bus, queue); err != nil {
					t.Errorf("the next send: %v", err)
				}
			})
		})
	}
}

func TestALinkIsKeptWhenServiceBusIsBusy(t *testing.T) {
	withFixture(t, func(t *testing.T, f *fixture) {
		connected := func() int {
			f.mu.Lock()
			defer f.mu.Unlock()
			return len(f.conns)
		}
		if err := sending(t.Context(), f.bus, queue); err != nil {
			t.Fatal(err)
		}

		before := connected()
		f.server.Inject(servicebus.Fault{Do: servicebus.Busy})

		for _, do := range []func(context.Context, *bus.Bus, string) error{sending, settling, browsing} {
			if do(t.Context(), f.bus, queue) == nil {
				t.Error("it was not refused")
			}
		}

		if n := connected(); n != before {
			t.Errorf("%d connections were made", n-before)
		}
	})
}
