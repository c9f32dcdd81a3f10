package closing_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// expire runs the retention of new processes until the index is empty. It returns the
// number of runs.
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
	const blobs = 40 // more than are removed at once
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
		if v.counts()["replace"] == 0 {
			t.Fatal("nothing is counted in stretches: this test shows too little")
		}
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
		return &dsr.Error{
			Class:   dsr.Transient,
			Reason:  dsr.ReasonTransient,
			Message: "storage answered 409 SnapshotsPresent",
			Status:  409,
			Code:    "SnapshotsPresent",
		}
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
