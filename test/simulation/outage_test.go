package simulation_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	fake "azureml-dsr/test/emulator/fakeml"
)

// defaultDelays are those of REDRIVE_DELAYS.
func defaultDelays() []time.Duration {
	return []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour}
}

// counting counts the calls by their path and query.
type counting struct {
	next  http.Handler
	mu    sync.Mutex
	calls map[string]int
}

func (c *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.calls[r.URL.RequestURI()]++
	c.mu.Unlock()
	c.next.ServeHTTP(w, r)
}

func TestAnUpstreamThatIsDownForAnHourIsAskedSeldomAndAllSucceedsAfterwards(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	for name, fault := range map[string]fake.Fault{
		"it fails":             {Status: 500},
		"it is unavailable":    {Status: 503},
		"it throttles":         {Status: 429},
		"it throttles by 10 s": {Status: 429, RetryAfter: "10"},
		"it never answers":     {Stall: true},
	} {
		for _, steps := range []int{0, 1, 9} { // before discovery, after it, and amidst the work
			t.Run(fmt.Sprintf("%s after %d messages", name, steps), func(t *testing.T) {
				simulate(t, func(t *testing.T, sim *simulation) {
					sim.delays = defaultDelays()
					sim.submit(exportRequest)

					for range steps {
						sim.step()
					}

					sim.upstream.SetFaults(fault)
					asked := &counting{next: sim.upstream, calls: map[string]int{}}
					sim.front, sim.live = asked, nil

					for end := time.Now().Add(time.Hour); time.Now().Before(end); {
						if !sim.step() {
							<-time.After(time.Second)
						}
					}

					// Four tries at once, and after each pause: of 1, 5 and 30 minutes, or
					// of half a minute that doubles; or as often as the upstream asks for.
					most := 4 * 4
					switch {
					case fault.RetryAfter != "":
						most = int(time.Hour/(10*time.Second)) + 1
					case fault.Status == http.StatusTooManyRequests:
						most = 4 * 7
					}

					for url, n := range asked.calls {
						if n > most {
							t.Errorf("%s was called %d times in an hour", url, n)
						}
					}

					if len(asked.calls) == 0 {
						t.Error("the upstream was not asked at all")
					}

					sim.upstream.SetFaults()
					sim.run(4 * time.Hour)
					checkOutcome(t, sim, want)
				})
			})
		}
	}
}

func TestClocksThatAreOffByFiveMinutesChangeNothing(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	const off = 5 * time.Minute
	for name, skews := range map[string][]time.Duration{
		"fast": {off}, "slow": {-off}, "one of each": {off, -off},
	} {
		for _, fault := range []fake.Fault{{}, {Endpoint: "E16", Status: 500, Times: 9}, {Endpoint: "E02", Status: 429, RetryAfter: "600", Times: 3}} {
			t.Run(fmt.Sprintf("%s, status %d", name, fault.Status), func(t *testing.T) {
				simulateAccount(t, smallAccount(), 2, func(t *testing.T, sim *simulation) {
					if fault.Status != 0 {
						sim.upstream.SetFaults(fault)
					}

					n := 0

					// Each message is for the next process; the first one of each dies amidst it.
					sim.boot = func() *process {
						sim.skew = skews[n%len(skews)]
						faults := &faultInjector{}
						if n < 2*len(skews) {
							faults.at = 3 + 20*n
						}
						n++
						return sim.newProcess(faults)
					}

					sim.submit(exportRequest)
					sim.run(3 * time.Hour)
					if n <= 2*len(skews) {
						t.Fatalf("%d processes: not all that were to die did", n)
					}

					checkOutcome(t, sim, want)
				})
			})
		}
	}
}
