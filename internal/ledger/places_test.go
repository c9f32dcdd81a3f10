package ledger_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
)

// longAttempt records pages of one node, each with one document, and returns the container with
// slow reads.
func longAttempt(t *testing.T, pages int) (*slowReads, dsr.Plan) {
	t.Helper()
	store := &slowReads{Backend: memory.New()}
	plan := dsr.Plan{RequestID: "r", Attempt: 1, Nodes: []dsr.Node{{Number: 1, Type: "models", Target: "/subscriptions/s/resourceGroups/g"}}}
	l := aLedgerOn(store.Backend)
	for page := range pages {
		of := plan.FirstTask(plan.Nodes[0])
		of.Page = page + 1
		_, _, err := l.RecordPage(t.Context(), of, dsr.NewPage(of, []string{fmt.Sprint("doc-", page)}, nil, 1))
		ok(t, err)
	}
	return store, plan
}

func TestALookForDocumentsContinuesWhereItStopped(t *testing.T) {
	const pages = 1000 // a call of 20 s reads 320 of them
	for name, tt := range map[string]struct {
		ids  []string
		want []string // that are found
	}{
		"none is there":       {[]string{"x", "y"}, nil},
		"on the first page":   {[]string{"doc-0", "x"}, []string{"doc-0"}},
		"on the last page":    {[]string{"x", "doc-999"}, []string{"doc-999"}},
		"between two of them": {[]string{"doc-320", "doc-319"}, []string{"doc-319", "doc-320"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, plan := longAttempt(t, pages)
				calls, read := 0, 0
				var found []string
				for done := false; !done; calls++ {
					began := time.Now()
					got, err := aLedgerOn(store).Places(t.Context(), plan, "", tt.ids, began.Add(20*time.Second)) // in a new process
					ok(t, err)
					if read += got.Pages; got.Pages == 0 || time.Since(began) > 30*time.Second {
						t.Fatalf("call %d has read %d pages in %s", calls, got.Pages, time.Since(began))
					}
					if done = got.Done; done != (read == pages) {
						t.Fatalf("call %d: done %t after %d pages", calls, done, read)
					}

					found = slices.Sorted(maps.Keys(got.Of))
				}

				if calls < 3 || !slices.Equal(found, tt.want) {
					t.Errorf("%d calls have found %v, want %v", calls, found, tt.want)
				}

				got, err := aLedgerOn(store).Places(t.Context(), plan, "", tt.ids, past)
				if err != nil || !got.Done || got.Pages != 0 || !slices.Equal(slices.Sorted(maps.Keys(got.Of)), tt.want) {
					t.Errorf("asked again: %+v, %v", got, err)
				}
			})
		})
	}
}

// Progress for some ids or in one scope does not count for others.
func TestALookForOtherDocumentsStartsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, plan := longAttempt(t, 200)
		l := aLedgerOn(store)
		if got, err := l.Places(t.Context(), plan, "", []string{"x"}, past); err != nil || got.Done {
			t.Fatalf("%+v, %v", got, err)
		}

		target := plan.Nodes[0].Target
		for name, tt := range map[string]struct {
			scope string
			ids   []string
		}{
			"another id":         {"", []string{"doc-0"}},
			"one more":           {"", []string{"doc-0", "x"}},
			"in a place":         {target, []string{"doc-0"}},
			"the same in places": {target, []string{"doc-0", "x"}},
		} {
			got, err := l.Places(t.Context(), plan, tt.scope, tt.ids, soon())
			if err != nil || !got.Done || !slices.Equal(got.Of["doc-0"], []string{target}) || got.Pages != 200 {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
	})
}

// Two concurrent looks may record the same step. The first record counts.
func TestOfTwoLooksTheOneThatIsRecordedCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, plan := longAttempt(t, 300)
		done := make(chan map[string][]string, 2)
		for _, length := range []time.Duration{3 * time.Second, 9 * time.Second} {
			go func() {
				for {
					got, err := aLedgerOn(store).Places(t.Context(), plan, "", []string{"doc-7", "doc-299"}, time.Now().Add(length))
					if err != nil || got.Done {
						done <- got.Of
						return
					}
				}
			}()
		}

		for range 2 {
			if got := <-done; len(got) != 2 || len(got["doc-7"]) != 1 {
				t.Errorf("found %v", got)
			}
		}
	})
}
