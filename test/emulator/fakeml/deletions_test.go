package fakeml

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// sight asks for a URL n times, with the clock moved on before each.
func (f *fake) sight(t *testing.T, clock *clock, path string, n int, step time.Duration) string {
	t.Helper()
	var all []int
	for range n {
		clock.add(step)
		all = append(all, f.get(t, path).status)
	}
	return fmt.Sprint(all)
}

func TestWhatIsGoneMayLingerOrReturn(t *testing.T) {
	tests := []struct {
		name string
		how  Deletion
		want string // of a GET each minute from the first minute on
	}{
		{"gone at once", Deletion{}, "[404 404 404 404 404 404]"},
		{"lingers for a time", Deletion{LingerFor: 3 * time.Minute}, "[200 200 404 404 404 404]"},
		{"lingers for reads", Deletion{LingerReads: 3}, "[200 200 200 404 404 404]"},
		{"lingers for reads, but longer", Deletion{LingerReads: 1, LingerFor: 3 * time.Minute}, "[200 200 404 404 404 404]"},
		{"returns after a time", Deletion{ReturnAfter: 3 * time.Minute}, "[404 404 200 200 200 200]"},
		{"returns after reads", Deletion{ReturnAfterReads: 1}, "[404 200 200 200 200 200]"},
		{"returns after reads, but later", Deletion{ReturnAfterReads: 1, ReturnAfter: 4 * time.Minute}, "[404 404 404 200 200 200]"},
		{"lingers, and returns", Deletion{LingerReads: 2, ReturnAfterReads: 2}, "[200 200 404 404 200 200]"},
		{"lingers when it is done at last", Deletion{Takes: 2 * time.Minute, LingerFor: 2 * time.Minute}, "[200 200 200 404 404 404]"},
		{"returns when it was done at last", Deletion{Takes: 2 * time.Minute, ReturnAfter: 2 * time.Minute}, "[200 404 404 200 200 200]"},
	}
	for _, test := range tests {
		for thing, path := range slowly {
			t.Run(test.name+", "+thing, func(t *testing.T) {
				clock := newClock()
				f := startFake(t, Options{Now: clock.now, Faults: []Fault{{Method: "DELETE", Times: 1, Deletion: test.how}}})
				before := f.get(t, path)
				f.delete(t, path)

				if got := f.sight(t, clock, path, 6, time.Minute); got != test.want {
					t.Errorf("%s, want %s", got, test.want)
				}

				// What is there again is what it was, and the next deletion is for good.
				if after := f.get(t, path); after.status == http.StatusOK {
					if !bytes.Equal(after.body, before.body) {
						t.Errorf("it came back as %s", after.body)
					}
					f.gone(t, path)
				}

				if got := f.sight(t, clock, path, 2, time.Hour); got != "[404 404]" {
					t.Errorf("at last %s", got)
				}
			})
		}
	}
}

func TestWhatLingersIsListedButDeletedAlready(t *testing.T) {
	clock := newClock()
	f := startFake(t, Options{Now: clock.now, Deletion: Deletion{LingerFor: time.Minute}})
	f.gone(t, testProject+armVersion)
	projects := testWorkspace + "/projects" + armVersion
	if n := len(f.page(t, projects).Value); n != 3 {
		t.Errorf("%d are listed", n)
	}
	if g := f.get(t, testRuns); g.status != http.StatusOK {
		t.Errorf("its runs: status %d", g.status)
	}
	if g := f.delete(t, testProject+armVersion); g.status != http.StatusNotFound {
		t.Errorf("DELETE again: status %d", g.status)
	}

	clock.add(time.Minute)

	if n := len(f.page(t, projects).Value); n != 2 {
		t.Errorf("%d are listed after it", n)
	}
	if g := f.get(t, testRuns); g.status != http.StatusNotFound {
		t.Errorf("its runs: status %d after it", g.status)
	}
}

func TestWhatLingersIsNotInTheWay(t *testing.T) {
	f := startFake(t, Options{Deletion: Deletion{LingerReads: 9}})
	f.gone(t, hosted("service", 1), hosted("image", 1))
}

func TestAContainerReturnsWithWhatLayInIt(t *testing.T) {
	clock := newClock()
	f := startFake(t, Options{Now: clock.now})
	other := testEA + "/workspaces/workspace-00/projects/project-01" + armVersion
	f.gone(t, other)
	f.SetFaults(Fault{Endpoint: "D07", Deletion: Deletion{ReturnAfter: time.Minute}})
	f.gone(t, testWorkspace+armVersion)

	if g := f.get(t, testRuns); g.status != http.StatusNotFound {
		t.Errorf("status %d", g.status)
	}

	clock.add(time.Minute)

	if g := f.get(t, testRuns); g.status != http.StatusOK {
		t.Errorf("status %d when it is back", g.status)
	}
	if g := f.get(t, other); g.status != http.StatusNotFound {
		t.Errorf("what was deleted before came with it: status %d", g.status)
	}
}

func TestReadsOfOneThingDontCountForAnother(t *testing.T) {
	f := startFake(t, Options{Deletion: Deletion{LingerReads: 1}})
	f.gone(t, hosted("service", 0), hosted("service", 1))
	for range 3 {
		f.get(t, hosted("service", 0))
		f.page(t, testAccountMM+"/services"+mmVersion)
	}
	if g := f.get(t, hosted("service", 1)); g.status != http.StatusOK {
		t.Errorf("status %d", g.status)
	}
}
