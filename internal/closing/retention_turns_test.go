package closing_test

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

func TestOneAttemptDoesNotStarveAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.expired(t, "a-huge", 100_000)
		v.expired(t, "b-stays", 3000)
		v.refusing = snapshots(func(name string) bool { return strings.HasPrefix(name, "b-stays/") })
		var small []dsr.Retention
		for i := range 20 {
			small = append(small, v.expired(t, fmt.Sprintf("small-%02d", i), 10))
		}

		r, _ := v.retention(time.Minute)
		_ = r.Run(t.Context())
		for _, want := range small {
			v.checkGone(t, want)
		}
	})
}

func TestExpiredAttemptsBeyondWhatARunLooksAtAllHaveTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		must(t, v.audit.Put(t.Context(), "_holds/h/0001.json", []byte(`{"id":"h","n":1,"on":"/subscriptions/s"}`), nil))

		for i := range 1500 { // first in the list, and held
			id := fmt.Sprintf("held-%04d", i)
			v.expired(t, id, 1)
			a := dsr.Attempt{RequestID: id, Number: 1}
			must(t, v.audit.Delete(t.Context(), a.Plan()))
			must(t, v.audit.Put(t.Context(), a.Plan(), []byte(`{"requestId":"`+id+`","attempt":1,"nodes":[{"node":1,"type":"models","target":"/subscriptions/s"}]}`), nil))
		}

		want := v.expired(t, "z", 10)

		for run := 0; v.left(v.exports, "z/") > 0; run++ {
			if run > 60 {
				t.Fatal("it never has its turn")
			}
			r, _ := v.retention(0)
			must(t, r.Run(t.Context()))
		}

		v.checkGone(t, want)

		if n := v.left(v.index, dsr.ExpiresPrefix); n != 1500 {
			t.Errorf("%d attempts are on the index", n)
		}
	})
}

func TestWhatHoldsKeepIsLookedUpOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.expired(t, "r", 5000)
		pages := "r/1/pages/00001/1-000001.json"
		must(t, v.audit.Delete(t.Context(), "r/1/plan.json"))
		must(t, v.audit.Put(t.Context(), "r/1/plan.json", []byte(`{"requestId":"r","attempt":1,"nodes":[{"node":1,"type":"models","target":"/subscriptions/s"}]}`), nil))
		must(t, v.audit.Put(t.Context(), pages, []byte(`{"node":"00001","generation":1,"page":1,"items":["m-1"]}`), nil))
		hold := func(n int, body string) {
			must(t, v.audit.Put(t.Context(), fmt.Sprintf("_holds/h/%04d.json", n), []byte(body), nil))
		}
		hold(1, `{"id":"h","n":1,"on":"m-2"}`)
		read := 0
		v.before = func(kind, name string) {
			if kind == "open" && name == pages {
				read++
			}
		}

		r, _ := v.retention(time.Second) // many runs of one process
		for range 5 {
			must(t, r.Run(t.Context()))
		}

		if read != 1 {
			t.Errorf("the pages were read %d times", read)
		}

		hold(2, `{"id":"h","n":2,"on":"m-1"}`)
		n := v.left(v.exports, "r/1/")
		must(t, r.Run(t.Context()))

		if got := v.left(v.exports, "r/1/"); got != n || got == 0 || read != 2 {
			t.Errorf("of %d blobs %d are left under a hold; the pages were read %d times", n, got, read)
		}
	})
}

func TestAHoldThatIsSetDuringARunIsSeenInIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.expired(t, "r", 100_000)
		began := time.Now()
		var once sync.Once
		v.before = func(kind, _ string) {
			if kind == "delete" && time.Since(began) > time.Minute {
				once.Do(func() {
					_ = v.audit.Put(context.Background(), "_holds/h/0001.json", []byte(`{"id":"h","n":1,"on":"r"}`), nil)
				})
			}
		}

		r, _ := v.retention(0)
		v.refusing = func(string) error { time.Sleep(time.Second); return nil } // slow deletes
		must(t, r.Run(t.Context()))

		if took := time.Since(began); took > 3*time.Minute+10*time.Second {
			t.Errorf("it went on for %s", took)
		}
	})
}
