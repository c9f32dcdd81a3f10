package simulation_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// wakeNow sends a wake-up for now and serves it with a process.
func (w *simulation) wakeNow(p *process) {
	w.t.Helper()
	m, err := dsr.WakeUpMessage(attempt1, time.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	err = p.DSRClose(context.Background(), customhandler.Message{Body: m.Body, MessageID: m.ID, DeliveryCount: 1})
	if err != nil && !strings.Contains(err.Error(), "lock is lost") { // no queue has delivered it
		w.t.Fatal(err)
	}
}

// opened makes an attempt whose tasks are sent and not worked.
func (w *simulation) opened() {
	w.t.Helper()
	w.submit(exportRequest)
	w.step()
	if _, found, err := w.records().Plan(context.Background(), attempt1); !found || err != nil {
		w.t.Fatalf("the request has no plan, %v", err)
	}
}

// alter rewrites the attempt's index record.
func (w *simulation) alter(change func(*dsr.OpenRecord)) {
	w.t.Helper()
	open, version, _, err := w.records().OpenVersion(context.Background(), attempt1)
	if err != nil {
		w.t.Fatal(err)
	}
	change(&open)
	if _, err := w.records().SwapOpen(context.Background(), open, version); err != nil {
		w.t.Fatal(err)
	}
}

// scheduled returns the ticks after which the wake-ups that wait are named.
func (w *simulation) scheduled() []time.Time {
	var ticks []time.Time
	for _, d := range w.queue(dsr.QueueClosings).Peek(0, 1<<20) {
		n, err := dsr.DecodeWakeUp(d.Payload.(dsr.Message).Body)
		if err != nil {
			w.t.Fatal(err)
		}
		ticks = append(ticks, n.At())
	}
	slices.SortFunc(ticks, time.Time.Compare)
	return ticks
}

func (w *simulation) emptyClosings() {
	for {
		if _, ok := w.queue(dsr.QueueClosings).Take(); !ok {
			return
		}
	}
}

func TestAClaimKeepsOthersFromLookingUntilItIsDead(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.opened()
		<-time.After(5 * time.Second) // the wake-up of the intake is due
		w.emptyClosings()
		w.alter(func(o *dsr.OpenRecord) { o.Claim = "another" })

		for range 60 {
			p := w.newProcess(&faultInjector{})
			w.wakeNow(p)
			if names := p.wire.names; slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "swap ") }) {
				t.Fatalf("a claim that is held was taken after %v: %q", time.Now(), names)
			}
			<-time.After(time.Second)
		}

		if waits := w.scheduled(); len(waits) == 0 || len(waits) > 2 {
			t.Errorf("60 nudges that found the attempt claimed are followed by %d: want one or two, and never none", len(waits))
		}

		<-time.After(2 * time.Second)
		p := w.newProcess(&faultInjector{})
		w.wakeNow(p)

		if !slices.Contains(p.wire.names, "swap "+attempt1.Open()) {
			t.Errorf("a dead claim was not taken: %q", p.wire.names)
		}
	})
}

// slowListing is a container whose listings of records take a second, and are counted.
type slowListing struct {
	archive.Backend
	mu               sync.Mutex
	calls, now, most int
}

func (s *slowListing) ListPage(ctx context.Context, prefix, from string, most int) ([]archive.Info, bool, error) {
	s.mu.Lock()
	s.calls, s.now = s.calls+1, s.now+1
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	<-time.After(time.Second)
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
	return s.Backend.ListPage(ctx, prefix, from, most)
}

func TestManyWakeUpsAtOnceMakeOneSurvey(t *testing.T) {
	calls := map[int]int{}
	for _, wakeUps := range []int{1, 15} {
		inSimulation(t, func(t *testing.T, w *simulation) {
			w.opened()
			listing := &slowListing{Backend: w.audit}
			w.audit = listing
			var running sync.WaitGroup
			for range wakeUps {
				p := w.newProcess(&faultInjector{}) // each on an instance of its own
				running.Go(func() { w.wakeNow(p) })
			}

			running.Wait()

			if calls[wakeUps] = listing.calls; listing.most != 1 {
				t.Errorf("%d wake-ups: %d listings at once", wakeUps, listing.most)
			}
		})
	}

	if calls[1] == 0 || calls[15] != calls[1] {
		t.Errorf("one wake-up makes %d calls, 15 at once make %d", calls[1], calls[15])
	}
}

func TestALongCheckKeepsItsClaim(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.opened()
		for range 12 {
			w.step()
		}

		slow := w.newProcess(&faultInjector{listing: 50 * time.Second})
		begun := time.Now()
		var running sync.WaitGroup
		running.Go(func() { w.wakeNow(slow) })

		for range 9 {
			<-time.After(10 * time.Second)
			other := w.newProcess(&faultInjector{})
			w.wakeNow(other)
			if slices.Contains(other.wire.names, "swap "+attempt1.Open()) {
				t.Fatal("the claim of a check that goes on was taken")
			}
		}

		running.Wait()

		if took := time.Since(begun); took < 100*time.Second {
			t.Errorf("the check took %s: no time to lose its claim", took)
		}
	})
}

func TestWhoLeavesAnAttemptOpenSchedulesThenReleasesThenCompletes(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.opened()
		p := w.newProcess(&faultInjector{})
		for {
			if d, ok := w.queue(dsr.QueueClosings).Receive(); ok {
				w.invoke(p, dsr.QueueClosings, d, p.DSRClose)
				break
			}
			<-time.After(time.Second)
		}

		want := []string{"swap " + attempt1.Open(), "send " + dsr.QueueClosings, "swap " + attempt1.Open(), "complete " + dsr.QueueClosings}
		if !slices.Equal(p.wire.names, want) {
			t.Errorf("its effects were %q, want %q", p.wire.names, want)
		}
	})
}

func TestWhatFollowsANudgeIsNamedLaterThanIt(t *testing.T) {
	for name, skew := range map[string]time.Duration{"a right clock": 0, "a slow clock": -90 * time.Second, "a fast clock": 90 * time.Second} {
		t.Run(name, func(t *testing.T) {
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.opened()
				<-time.After(5 * time.Second) // the wake-up of the intake is due
				w.emptyClosings()
				w.skew = skew
				tick := time.Now().Truncate(time.Second)
				w.wakeNow(w.newProcess(&faultInjector{}))
				waits := w.scheduled()
				clock := time.Now().Add(skew)
				if len(waits) != 1 || !waits[0].After(tick) || !waits[0].After(clock) {
					t.Errorf("the wake-up of %s is followed by %v, with a clock at %s", tick, waits, clock)
				}
			})
		})
	}
}

func TestALateCloserBringsNothingBack(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.opened()
		asleep, wake := make(chan struct{}), make(chan struct{})
		var once sync.Once
		var sleeps atomic.Bool
		late := w.newProcess(&faultInjector{gate: func(name string) {
			if name == "send "+dsr.QueueClosings {
				once.Do(func() { sleeps.Store(true); close(asleep) })
			}
			if sleeps.Load() { // its renewals too
				<-wake
			}
		}})

		var running sync.WaitGroup
		running.Go(func() { w.wakeNow(late) })
		<-asleep
		w.run(time.Hour)
		if _, _, closed, err := w.records().Manifest(t.Context(), attempt1); !closed || err != nil {
			t.Fatalf("nobody closed the attempt, %v", err)
		}

		close(wake)
		running.Wait()

		if _, found, err := w.records().Open(t.Context(), attempt1); found || err != nil {
			t.Errorf("the index record is back, %v", err)
		}
	})
}

func TestAForgedCheckpointClosesNothing(t *testing.T) {
	ended := func(nodes int) (s dsr.NodeSet) {
		for n := range nodes {
			s.Append(n + 1)
		}
		return s
	}

	forged := map[string]dsr.Checkpoint{
		"every node has ended": {Ended: ended(100)},
		"every page is passed": {Nodes: []dsr.NodeMark{{Node: 1, Pass: 1, Page: 999_999}, {Node: 2, Pass: 3, Page: 7}}, Ended: ended(1)},
		"parts that nobody wrote": {Ended: ended(100), Parts: []dsr.ManifestPartRef{
			{Name: "manifest/part-00001-0123456789abcdef.json", SHA256: strings.Repeat("01", 32), Receipts: 5000, Documents: 1},
		}},
		"a place that is none": {Looked: "../../x", Nodes: []dsr.NodeMark{{Node: -1}, {Node: 100_000, Pass: 9}}},
	}

	want, _ := undisturbed(t, smallAccount(), 2)
	for name, c := range forged {
		t.Run(name, func(t *testing.T) {
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.opened()
				c.Since = time.Now()
				w.alter(func(o *dsr.OpenRecord) { o.Checkpoint = c })
				w.wakeNow(w.newProcess(&faultInjector{}))
				if _, _, closed, err := w.records().Manifest(t.Context(), attempt1); closed || err != nil {
					t.Fatalf("an attempt of which nothing is done is closed, %v", err)
				}

				w.alter(func(o *dsr.OpenRecord) { o.Checkpoint = c })
				w.run(2 * time.Hour)
				checkOutcome(t, w, want)
			})
		})
	}
}

// A checkpoint that says more than is recorded, forged or kept over a restore of the
// records, plans no deletion and begins no stage.
func TestAForgedCheckpointDeletesNothingAndLeavesNothingOut(t *testing.T) {
	var want map[string]int
	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.deleted(nil)
		want = w.deletes()
	})

	all := func(w *simulation) (s dsr.NodeSet) {
		plan, _, _ := w.records().Plan(context.Background(), attempt1)
		for _, n := range plan.Reading().Nodes {
			s.Append(n.Number)
		}
		return s
	}

	inDeletionSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(w.deletionRequest(nil))
		w.step()

		for range 3 { // nothing is read, then some of it is
			w.alter(func(o *dsr.OpenRecord) {
				o.Checkpoint = dsr.Checkpoint{Since: time.Now(), Ended: all(w)}
				o.LastCheck = nil
			})

			w.wakeNow(w.newProcess(&faultInjector{}))
			if _, _, planned, err := w.records().DeletionPlan(t.Context(), attempt1); planned || err != nil {
				t.Fatalf("a deletion is planned from a part of what is there, %v", err)
			}

			for range 5 {
				w.step()
			}
		}

		w.run(time.Hour)
		w.approve(nil)
		w.alter(func(o *dsr.OpenRecord) { // all stages but the last are said to have ended
			plan, _, _ := w.records().Plan(context.Background(), attempt1)
			for _, n := range plan.Nodes[:len(plan.Nodes)-1] {
				o.Checkpoint.Ended = dsr.Union(o.Checkpoint.Ended, dsr.NodesOf(n.Number))
			}
			o.LastCheck = nil
		})

		w.run(24 * time.Hour)

		if got := w.deletes(); !maps.Equal(got, want) || w.manifest().Status != dsr.StatusSucceeded {
			t.Errorf("%s, DELETEs %v, want %v", w.manifest().Status, got, want)
		}
	})
}

func TestAForgedLastCheckStopsNoCheck(t *testing.T) {
	want, _ := undisturbed(t, smallAccount(), 2)
	for name, last := range map[string]dsr.Check{
		"long to come":             {At: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC), Interval: time.Minute},
		"that took very long":      {At: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Took: 1000 * time.Hour, Interval: time.Minute},
		"with an interval of ages": {At: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Interval: 1 << 62, Receipts: 1 << 62},
	} {
		t.Run(name, func(t *testing.T) {
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.opened()
				w.alter(func(o *dsr.OpenRecord) { o.LastCheck = &last })
				w.run(2 * time.Hour)
				checkOutcome(t, w, want)
			})
		})
	}
}

func testSigner(t *testing.T) ledger.KeySigner {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.KeySigner(key)
}

// signed reports whether the attempt's manifest has a signature, and whether that is
// right.
func (w *simulation) signed(key ledger.KeySigner) (there, valid bool) {
	w.t.Helper()
	there = len(w.names(w.audit, attempt1.Signature())) == 1
	if !there {
		return false, false
	}
	sig := decode[dsr.Signature](w.t, readBlob(w.t, w.audit, attempt1.Signature()))
	public := ed25519.PrivateKey(key).Public()
	return true, dsr.CheckSignature(sig, public, readBlob(w.t, w.audit, attempt1.Manifest())) == ""
}

func TestOnlyWhatTheRecordsSayIsSigned(t *testing.T) {
	forge := func(t *testing.T, w *simulation, change func(*dsr.Manifest)) {
		t.Helper()
		m := dsr.Manifest{
			SchemaVersion: dsr.SchemaVersion,
			RequestID:     testRequest,
			Attempt:       1,
			Kind:          dsr.KindExport,
			Status:        dsr.StatusSucceeded,
			ClosedAt:      time.Now(),
		}

		if change != nil {
			m = decode[dsr.Manifest](t, readBlob(t, w.audit, attempt1.Manifest()))
			change(&m)
		}

		body, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.audit.Delete(t.Context(), attempt1.Manifest()); err != nil {
			t.Fatal(err)
		}
		if err := w.audit.Delete(t.Context(), attempt1.Signature()); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.New(w.audit, nil).Create(t.Context(), attempt1.Manifest(), body, nil); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("a manifest of an open attempt", func(t *testing.T) {
		key := testSigner(t)
		inSimulation(t, func(t *testing.T, w *simulation) {
			w.signer = key
			w.opened()
			forge(t, w, nil)
			w.wakeNow(w.newProcess(&faultInjector{}))

			if there, _ := w.signed(key); there {
				t.Error("a manifest that nobody derived is signed")
			}

			w.run(2 * time.Hour) // all tasks are worked all the same

			if there, _ := w.signed(key); there {
				t.Error("a manifest that nobody derived is signed")
			}
		})
	})

	for name, change := range map[string]func(*dsr.Manifest){
		"another status":          func(m *dsr.Manifest) { m.Status = dsr.StatusPartiallyFailed },
		"another total":           func(m *dsr.Manifest) { m.Totals["E03"] = dsr.Counts{Documents: 99} },
		"a part left out":         func(m *dsr.Manifest) { m.Parts = nil },
		"another time of closing": func(m *dsr.Manifest) { m.ClosedAt = m.ClosedAt.AddDate(-3, 0, 0) },
		"another deadline":        func(m *dsr.Manifest) { m.DueAt = m.DueAt.AddDate(1, 0, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			key := testSigner(t)
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.signer = key
				w.submit(exportRequest)
				w.run(time.Hour)
				if there, valid := w.signed(key); !there || !valid {
					t.Fatalf("the manifest is not signed: %t, %t", there, valid)
				}

				forge(t, w, change)
				w.wakeNow(w.newProcess(&faultInjector{}))
				w.run(time.Hour)

				if there, _ := w.signed(key); there {
					t.Error("a manifest that says something else than the records is signed")
				}
				if !strings.Contains(w.log.text(), "it stays unsigned") {
					t.Error("nobody is told")
				}

				for _, name := range w.names(w.index, dsr.ExpiresPrefix) {
					if _, day, err := dsr.ParseExpires(name); err != nil || day.Before(time.Now().AddDate(0, 0, 28)) {
						t.Errorf("%s, %v: it expires by a word that nobody gave", name, err)
					}
				}
			})
		})
	}
}

// Bytes that decode to the same manifest are not the bytes that were derived.
func TestOnlyTheBytesThatWereDerivedAreSigned(t *testing.T) {
	for name, change := range map[string]func(body string) string{
		"an unknown member":      func(b string) string { return strings.Replace(b, "{", `{"note":"nobody wrote this",`, 1) },
		"a member before itself": func(b string) string { return strings.Replace(b, "{", `{"status":"failed",`, 1) },
		"white space":            func(b string) string { return b + " " },
	} {
		for _, meta := range []string{"its own", "the derived one's"} {
			t.Run(name+", with a hash in its metadata that is "+meta, func(t *testing.T) {
				key := testSigner(t)
				inSimulation(t, func(t *testing.T, w *simulation) {
					w.signer = key
					w.submit(exportRequest)
					w.run(time.Hour)
					honest := readBlob(t, w.audit, attempt1.Manifest())
					forged := []byte(change(string(honest)))
					sum := hashOf(forged)
					if meta != "its own" {
						sum = hashOf(honest)
					}

					for _, name := range []string{attempt1.Manifest(), attempt1.Signature()} {
						if err := w.audit.Delete(t.Context(), name); err != nil {
							t.Fatal(err)
						}
					}
					if err := w.audit.Put(t.Context(), attempt1.Manifest(), forged, map[string]string{"sha256": sum}); err != nil {
						t.Fatal(err)
					}

					w.wakeNow(w.newProcess(&faultInjector{}))
					w.run(time.Hour)

					if there, _ := w.signed(key); there {
						t.Error("it is signed")
					}
				})
			})
		}
	}
}

func TestAManifestWithoutItsSignatureIsDerivedAgainAndSigned(t *testing.T) {
	for name, cancel := range map[string]bool{"complete": false, "canceled, with receipts that came later": true} {
		t.Run(name, func(t *testing.T) {
			key := testSigner(t)
			inSimulation(t, func(t *testing.T, w *simulation) {
				w.signer = key
				dead := &faultInjector{on: func(name string) bool { return name == "put "+attempt1.Signature() }}
				w.submit(exportRequest)

				if cancel {
					for range 9 {
						w.step()
					}
					if err := w.audit.Put(t.Context(), attempt1.Cancel(), []byte("{}"), nil); err != nil {
						t.Fatal(err)
					}
				}

				boot := w.boot
				w.boot = func() *process { w.boot = boot; return w.newProcess(dead) }
				w.live = nil
				w.run(3 * time.Hour)
				if !dead.isDead() {
					t.Fatal("no process died right before it signed")
				}

				if there, valid := w.signed(key); !there || !valid {
					t.Errorf("signed %t, valid %t", there, valid)
				}
			})
		})
	}
}

func TestACancelThatComesBeforeTheSignatureChangesNothing(t *testing.T) {
	key := testSigner(t)
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.signer = key
		w.live = w.newProcess(&faultInjector{on: func(name string) bool { return name == "put "+attempt1.Signature() }})
		w.submit(exportRequest)

		for !w.live.wire.isDead() {
			if !w.step() {
				<-time.After(time.Second)
			}
		}

		if err := w.audit.Put(t.Context(), attempt1.Cancel(), []byte("{}"), nil); err != nil {
			t.Fatal(err)
		}

		w.run(3 * time.Hour)

		if there, valid := w.signed(key); !there || !valid || w.outcome().Status != dsr.StatusSucceeded {
			t.Errorf("signed %t, valid %t, %s", there, valid, w.outcome().Status)
		}
	})
}

func TestACancelBesideAllOtherWorkIsNeverTakenForSuccess(t *testing.T) {
	whole, _ := undisturbed(t, smallAccount(), 2)
	closedAs := map[dsr.Status]int{}
	for n := range sampled(120) {
		seed := uint64(n)
		synctest.Test(t, func(t *testing.T) {
			w := newSimulation(t, smallAccount(), 2)
			defer w.close()

			r := rand.New(rand.NewPCG(seed, 6))
			w.submit(exportRequest)
			after := r.IntN(1500)
			gate := func(string) {
				if after--; after == 0 {
					_ = w.audit.Put(context.Background(), attempt1.Cancel(), []byte("{}"), nil)
				}
			}

			w.jumbleWith(r, 3*time.Hour, gate)
			m := decode[dsr.Manifest](t, readBlob(t, w.audit, attempt1.Manifest()))
			closedAs[m.Status]++
			canceled := false
			for _, name := range w.names(w.audit, attempt1.Receipts()) {
				canceled = canceled || decode[dsr.Receipt](t, readBlob(t, w.audit, name)).Outcome == dsr.Canceled
			}

			got := w.outcome()
			if m.Status == dsr.StatusSucceeded && (canceled || len(got.Documents) != len(whole.Documents)) {
				t.Errorf("seed %d: succeeded with %d of %d documents, canceled %t", seed, len(got.Documents), len(whole.Documents), canceled)
			}
		})
	}

	if closedAs[dsr.StatusCanceled] == 0 || closedAs[dsr.StatusSucceeded] == 0 {
		t.Errorf("closed as %v: want some of both", closedAs)
	}
}

// hiding is a container whose listings don't show some names yet.
type hiding struct {
	archive.Backend
	hidden func(name string) bool
}

func (h hiding) ListPage(ctx context.Context, prefix, from string, most int) ([]archive.Info, bool, error) {
	page, more, err := h.Backend.ListPage(ctx, prefix, from, most)
	return slices.DeleteFunc(page, func(i archive.Info) bool { return h.hidden(i.Name) }), more, err
}

func TestATaskThatIsDoneAndNotSeenIsNotSentAgain(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		hide := true
		w.audit = hiding{w.audit, func(name string) bool { return hide && strings.HasPrefix(name, attempt1.Receipts()+"00003/") }}
		w.submit(exportRequest)
		w.run(time.Hour)

		if hops := w.names(w.audit, attempt1.Prefix()+"hops/"); len(hops) > 0 {
			t.Errorf("tasks that are done were sent again: %q", hops)
		}
		if _, _, closed, err := w.records().Manifest(t.Context(), attempt1); closed || err != nil {
			t.Errorf("closed %t, %v", closed, err)
		}

		hide = false
		w.run(time.Hour)

		if _, _, closed, err := w.records().Manifest(t.Context(), attempt1); !closed || err != nil {
			t.Errorf("closed %t, %v", closed, err)
		}
	})
}
