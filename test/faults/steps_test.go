package faults

import (
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// step is a call that the handler makes, and whether the handler is killed before
// the call or after, while the answer is still on its way.
type step struct {
	name  string
	fits  func(*http.Request) bool
	after bool
}

// put reports whether a call stores a blob whose name has a part.
func put(part string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Method == http.MethodPut && strings.Contains(r.URL.Path, part) }
}

func get(part string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Method == http.MethodGet && strings.Contains(r.URL.Path, part) }
}

// steps are those of a request, in the order in which they come: its opening,
// the steps of a task, and the closing.
func steps(after bool) []step {
	var out []step
	for _, s := range []struct {
		name string
		fits func(*http.Request) bool
	}{
		{"the index of what is open", put("/_open/")},
		{"the subject", put("/subject.json")},
		{"the request", put("/request.json")},
		{"the plan", put("/plan.json")},
		{"the list", get("/runs")},
		{"the list's answer", put("/data/runs/")},
		{"the page's record", put("/pages/")},
		{"an item", get("/runs/run-")},
		{"an artifact's document", get("/contentinfo/")},
		{"an artifact's bytes", put("/content/")},
		{"the part", put("/part-")},
		{"the receipt", put("/receipts/")},
		{"a part of the manifest", put("/manifest/part-")},
		{"the manifest", put("/manifest.json")},
		{"the day of expiry", put("/_expires/")},
	} {
		out = append(out, step{s.name, s.fits, after})
	}
	return out
}

// stepKiller kills the handler once at each step, in whatever order the steps come.
type stepKiller struct {
	h *handler

	mu   sync.Mutex
	left []step
	done []string
}

func (e *stepKiller) before(r *http.Request) bool       { return e.look(r, false) }
func (e *stepKiller) afterwards(r *http.Request, _ int) { e.look(r, true) }

func (e *stepKiller) look(r *http.Request, after bool) (killed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()

	for i, s := range e.left {
		if s.after != after || !s.fits(r) {
			continue
		}
		if !e.h.kill(syscall.SIGKILL) {
			return false
		}

		e.left = append(e.left[:i:i], e.left[i+1:]...)
		e.done = append(e.done, s.name)
		return true
	}

	return false
}

func TestKilledOnceAtEachStepTheExportEqualsTheUndisturbedOne(t *testing.T) {
	moments := map[string]bool{"after": true}
	if *long {
		moments["before"] = false
	}

	for name, after := range moments {
		t.Run(name, func(t *testing.T) {
			r := newHarness(t, options{account: account(times(800, 120)), faults: slow(), env: hasty()})
			e := &stepKiller{h: r.handlers[0], left: steps(after)}
			r.upstream.watch(e.before, e.afterwards)
			r.storage.watch(e.before, e.afterwards)
			r.send(dsr.QueueRequests, request("steps", r.account))

			// Each third kill stops the host, which leaves what it had received locked
			// for a minute; the opening alone is killed at four steps.
			locked := time.Duration(len(steps(after))/3) * time.Minute
			m := r.awaitWith("steps", patience+locked, r.resubmit)
			r.checkComplete("steps", m)
			r.awaitIdle()
			e.mu.Lock()
			defer e.mu.Unlock()

			for _, s := range e.left {
				t.Errorf("it was never killed at %s", s.name)
			}

			kills := len(e.done)
			t.Logf("%d kills", kills)
			r.checkRepeated(kills, m)

			if most := r.mostListed(); most > 1+kills {
				t.Errorf("a page was read %d times at %d kills", most, kills)
			}
		})
	}
}
