package fanout_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// expire runs the retention of new processes until the index is empty, and gives
// how many runs that took.
func expire(t *testing.T, v *vault, limit time.Duration) (runs int) {
	t.Helper()
	for ; v.left(v.index, dsr.ExpiresPrefix) > 0; runs++ {
		if runs > 200 {
			t.Fatal("it never ends")
		}
		began := time.Now()
		r, _ := v.retention(limit)
		must(t, r.Run(t.Context()))
		if took := time.Since(began); took >= 5*time.Minute {
			t.Fatalf("run %d took %s", runs, took)
		}
		time.Sleep(15 * time.Minute)
	}
	return runs
}

// 300,000 blobs are what 10,000,000 documents come to in parts of 50, and a third
// of them again in artifacts.
func TestALargeAttemptExpiresInSeveralRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const blobs = 300_000
		v := newVault()
		want := v.expired(t, "large", blobs)
		if v.left(v.exports, "large/1/") != blobs { // the backend keeps an order of its own from here on
			t.Fatal("not all is stored")
		}
		empty := v.weigh()
		v.before = func(kind, _ string) {
			if kind == "replace" { // while it counts, and nothing is gone
				v.weigh()
			}
		}
		runs := expire(t, v, 45*time.Second)
		v.checkGone(t, want)

		calls := v.counts()
		t.Logf("%d runs, %v", runs, calls)
		if runs < 3 || runs > 6 {
			t.Errorf("%d runs of 45 seconds", runs)
		}
		if listed := calls["list"]; listed > 2*blobs/v.listed+10*runs {
			t.Errorf("%d listing calls", listed)
		}
		if calls["delete"] > blobs+2 || v.most > 32 {
			t.Errorf("%d deletes, %d at once", calls["delete"], v.most)
		}
		if grown := (v.heap - empty) >> 20; grown > 8 {
			t.Errorf("it takes %d MiB", grown)
		}
	})
}

func TestTheDefaultRunEndsBeforeFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.listed = 10 // slow: a call of half a second for ten names
		want := v.expired(t, "slow", 20_000)
		if runs := expire(t, v, 0); runs < 8 {
			t.Errorf("%d runs", runs)
		}
		v.checkGone(t, want)
	})
}

func TestAProcessThatDiesAtAnyCallLosesAndDoublesNothing(t *testing.T) {
	const blobs = 60
	scene := func(t *testing.T) (*vault, dsr.Retention) {
		v := newVault()
		v.listed = 10
		return v, v.expired(t, "r", blobs)
	}
	var calls int
	synctest.Test(t, func(t *testing.T) {
		v, want := scene(t)
		expire(t, v, 2*time.Second)
		v.checkGone(t, want)
		calls = v.counts()["all"]
	})
	for i := range 2 * calls {
		synctest.Test(t, func(t *testing.T) {
			v, want := scene(t)
			dies := i/2 + 1
			v.dieAt, v.after = dies, i%2 == 1
			for v.counts()["all"] < dies {
				r, _ := v.retention(2 * time.Second)
				_ = r.Run(t.Context())
			}
			v.dieAt = 0
			expire(t, v, 2*time.Second)
			v.checkGone(t, want)
		})
	}
}

func TestTwoRunsAtOnceCountOnce(t *testing.T) {
	for seed := range 20 {
		synctest.Test(t, func(t *testing.T) {
			v := newVault()
			v.listed = 7
			want := v.expired(t, "r", 200)
			slow := 0
			var mu sync.Mutex
			v.before = func(string, string) { // one falls behind the other, in turns
				mu.Lock()
				slow++
				wait := time.Duration((slow*(seed+3))%5) * 300 * time.Millisecond
				mu.Unlock()
				time.Sleep(wait)
			}
			for range 50 {
				var g sync.WaitGroup
				for i := range 3 {
					r, _ := v.retention(time.Duration(2+i) * time.Second)
					g.Go(func() { _ = r.Run(t.Context()) })
				}
				g.Wait()
			}
			v.before = nil
			expire(t, v, time.Minute)
			v.checkGone(t, want)
		})
	}
}

// snapshots refuses to delete some blobs, as storage does where one has a snapshot.
func snapshots(has func(name string) bool) func(string) error {
	return func(name string) error {
		if !has(name) {
			return nil
		}
		return &dsr.Error{Class: dsr.Transient, Reason: dsr.ReasonTransient, Message: "storage answered 409 SnapshotsPresent", Status: 409, Code: "SnapshotsPresent"}
	}
}

func TestABlobThatStaysDoesNotKeepTheOthers(t *testing.T) {
	for name, refusing := range map[string]func(string) error{
		"SnapshotsPresent":             snapshots(func(name string) bool { return name == stays }),
		"a policy or a legal hold":     underHold,
		"2 blobs could not be removed": snapshots(func(name string) bool { return name == stays || name == "r/1/data/runs/0000107" }),
	} {
		synctest.Test(t, func(t *testing.T) {
			v := newVault()
			want := v.expired(t, "r", 200)
			other := v.expired(t, "other", 50)
			v.refusing = refusing
			r, log := v.retention(0)
			err := r.Run(t.Context())
			if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), stays) {
				t.Errorf("%s: %v", name, err)
			}
			if !strings.Contains(log.String(), stays) {
				t.Errorf("the log names no blob: %s", log)
			}
			if n := v.left(v.exports, "r/1/"); n == 0 || n > 2 {
				t.Errorf("%s: %d blobs are left", name, n)
			}
			if v.left(v.exports, dsr.SubjectBlob("r")) != 1 || v.left(v.index, dsr.ExpiresPrefix) != 1 {
				t.Error("the subject or the index is gone before the last document")
			}
			v.checkGone(t, other)

			v.refusing = nil
			expire(t, v, 0)
			v.checkGone(t, want)
		})
	}
}

// stays is a blob that can't be removed.
const stays = "r/1/data/runs/0000007"

// underHold refuses a blob as storage does where a policy or a hold keeps it.
func underHold(name string) error {
	if name == stays {
		return fmt.Errorf("deleting a blob: %w", archive.ErrExists)
	}
	return nil
}

func TestManyBlobsThatStayDoNotKeepThoseBehindThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const stay, all = 2500, 3000
		v := newVault()
		want := v.expired(t, "r", all)
		v.refusing = snapshots(func(name string) bool { return name < fmt.Sprintf("r/1/data/runs/%07d", stay) })
		for run := range 4 {
			before := v.counts()["delete"]
			r, _ := v.retention(0)
			if r.Run(t.Context()) == nil {
				t.Fatal("a run that could not remove all is taken for a good one")
			}
			if tried := v.counts()["delete"] - before; tried > 1000+32+all-stay {
				t.Errorf("run %d: %d deletes", run, tried)
			}
		}
		if n := v.left(v.exports, "r/1/"); n != stay {
			t.Errorf("%d blobs are left, want the %d that stay", n, stay)
		}
		v.refusing = nil
		expire(t, v, 0)
		v.checkGone(t, want)
	})
}

func TestStorageThatAsksForAPauseGetsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault()
		v.expired(t, "r", 3000)
		v.refusing = func(string) error { return &dsr.Error{Class: dsr.Throttled, Reason: dsr.ReasonThrottled} }
		r, _ := v.retention(0)
		if err := r.Run(t.Context()); dsr.ClassOf(err) != dsr.Throttled {
			t.Errorf("got %v", err)
		}
		if n := v.counts()["delete"]; n > 64 {
			t.Errorf("%d deletes", n)
		}
	})
}

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
		must(t, v.audit.Put(t.Context(), pages, []byte(`{"items":["m-1"]}`), nil))
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
		v.listed = 10
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
		v.listed = 5000
		r, _ := v.retention(0)
		v.refusing = func(string) error { time.Sleep(time.Second); return nil } // slow deletes
		must(t, r.Run(t.Context()))
		if took := time.Since(began); took > 3*time.Minute+10*time.Second {
			t.Errorf("it went on for %s", took)
		}
	})
}
