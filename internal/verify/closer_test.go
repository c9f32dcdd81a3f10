package verify_test

import (
	"fmt"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

// newList makes an attempt of one list of runs, closes it as succeeded, and then
// lets late do what came after the closing.
func newList(t *testing.T, build, late func(*fixture)) *fixture {
	t.Helper()
	f := &fixture{
		t:       t,
		blobs:   blobs{},
		entries: map[string][]dsr.Entry{},
		left:    map[string]bool{},
	}
	f.open()
	f.plan.Nodes = []dsr.Node{{Number: 1, Type: "runs", Followers: []string{}, Target: projectID}}
	f.record(theAttempt.Plan(), f.plan)
	build(f)
	f.close()
	if late != nil {
		late(f)
	}
	return f
}

// listed is a page of one run whose task is done.
func (f *fixture) listed(generation, page int, state dsr.PageState) dsr.Task {
	f.t.Helper()
	t := f.at(1, generation, page, 0, "runs")
	run := fmt.Sprintf("run-%d", page)
	f.answer(t, run)
	f.page(t, state, []string{run}, []string{})
	f.work(t, run)
	return t
}

// The listings of pages and of receipts are no snapshot: a reconciler that lists pages
// first may see the receipt of a page that it has not seen, and take it for the end.
func TestAnAttemptThatWasClosedWhileItWasOpenIsAtFault(t *testing.T) {
	const page2, page3 = "missing 1/pages/00001/1-000002.json", "missing 1/pages/00001/1-000003.json"
	for _, c := range []struct {
		name  string
		build func(*fixture)
		late  func(*fixture)
		want  []string
	}{
		{
			name: "with all that the closer has seen: page 1, receipts 1 and 2",
			build: func(f *fixture) {
				f.listed(1, 1, dsr.PageNext)
				f.remove(f.listed(1, 2, dsr.PageNext).PageBlob())
			},
			want: []string{page2},
		},
		{
			name: "with the second receipt one that was canceled, which names no page",
			build: func(f *fixture) {
				f.listed(1, 1, dsr.PageNext)
				second := f.at(1, 1, 2, 0, "runs")
				f.record(second.ReceiptBlob(), dsr.NewReceipt(second, dsr.Canceled, theTime))
			},
			want: []string{page2, "inconsistent 1/receipts/00001/1-000002-00000-runs.json"},
		},
		{
			name:  "with page 1 alone",
			build: func(f *fixture) { f.listed(1, 1, dsr.PageNext) },
			want:  []string{page2, "missing 1/receipts/00001/1-000002-00000-runs.json"},
		},
		{
			name:  "with page 2 recorded, and what it leads to not yet",
			build: func(f *fixture) { f.listed(1, 1, dsr.PageNext); f.listed(1, 2, dsr.PageNext) },
			want:  []string{page3, "missing 1/receipts/00001/1-000003-00000-runs.json"},
		},
		{
			name:  "with all that came after the closing",
			build: func(f *fixture) { f.listed(1, 1, dsr.PageNext); f.listed(1, 2, dsr.PageNext) },
			late:  func(f *fixture) { f.listed(1, 3, dsr.PageLast) },
			want:  []string{"inconsistent 1/receipts/00001/1-000003-00000-runs.json"},
		},
		{
			name:  "with a list that continues in a generation of which nothing is recorded",
			build: func(f *fixture) { f.listed(1, 1, dsr.PageContinues) },
			want: []string{
				"missing 1/pages/00001/2-000001.json",
				"missing 1/receipts/00001/2-000001-00000-runs.json",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newList(t, c.build, c.late)
			if m := stored[dsr.Manifest](f, theAttempt.Manifest()); m.Status != dsr.StatusSucceeded {
				t.Fatalf("it was closed as %s", m.Status)
			}
			wantFaults(t, f.verify(nil), c.want...)
		})
	}
}

func TestAListMustRunFromItsFirstPageToItsEnd(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(*fixture)
		want  []string
	}{
		{"three pages", func(f *fixture) {
			f.listed(1, 1, dsr.PageNext)
			f.listed(1, 2, dsr.PageNext)
			f.listed(1, 3, dsr.PageLast)
		}, nil},
		{"a gap", func(f *fixture) { f.listed(1, 1, dsr.PageNext); f.listed(1, 3, dsr.PageLast) }, []string{
			"missing 1/pages/00001/1-000002.json",
			"missing 1/receipts/00001/1-000002-00000-runs.json",
		}},
		{"no first page", func(f *fixture) { f.listed(1, 2, dsr.PageLast) }, []string{
			"missing 1/pages/00001/1-000001.json",
			"missing 1/receipts/00001/1-000001-00000-runs.json",
		}},
		{"nothing at all", func(*fixture) {}, []string{
			"missing 1/pages/00001/1-000001.json",
			"missing 1/receipts/00001/1-000001-00000-runs.json",
		}},
		{"a page after the last one", func(f *fixture) { f.listed(1, 1, dsr.PageLast); f.listed(1, 2, dsr.PageLast) }, []string{
			"inconsistent 1/pages/00001/1-000002.json",
		}},
		{"a page after one that continues elsewhere", func(f *fixture) { f.listed(1, 1, dsr.PageContinues); f.listed(1, 2, dsr.PageLast) }, []string{
			"inconsistent 1/pages/00001/1-000002.json",
		}},
	} {
		t.Run(c.name, func(t *testing.T) { wantFaults(t, newList(t, c.build, nil).verify(nil), c.want...) })
	}
}

func TestVerifyFindsWhatAClosersFaultLeavesOutOrTakesIn(t *testing.T) {
	const discarded = "1/receipts/00002/1-000001-00000-runs.json"
	sub := "1/receipts/" + dsr.SubNodeName("00002", "artifacts", "run-2") + "/1-000001-00000-artifacts.json"
	for _, c := range []struct {
		name  string
		close func(*fixture)
		want  []string
	}{
		{"nothing", func(*fixture) {}, nil},
		{"a receipt left out", func(f *fixture) { f.left[runsReceipts+"2-000002-00000-runs.json"] = true },
			[]string{"inconsistent 1/receipts/00002/2-000002-00000-runs.json"}},
		{"a receipt of a generation that was given up", func(f *fixture) { delete(f.left, "req-1/"+discarded) },
			[]string{"inconsistent " + discarded}},
		{"a sub-node left out", func(f *fixture) { f.left["req-1/"+sub] = true }, []string{"inconsistent " + sub}},
		{"a follower left out", func(f *fixture) { f.left[runsReceipts+"2-000001-00001-artifacts.json"] = true },
			[]string{"inconsistent 1/receipts/00002/2-000001-00001-artifacts.json"}},
		{"a sub-node of which nothing is recorded", func(f *fixture) {
			f.remove("req-1/" + sub)
			f.remove("req-1/1/pages/" + dsr.SubNodeName("00002", "artifacts", "run-2") + "/1-000001.json")
		}, []string{
			"foreign 1/data/artifacts/s/g/e/w/p/content/run-2/big.bin",
			"missing 1/pages/" + dsr.SubNodeName("00002", "artifacts", "run-2") + "/1-000001.json",
			"missing " + sub,
		}},
		{"a task that was canceled", func(f *fixture) {
			task := f.at(2, 2, 2, 0, "artifacts")
			f.record(task.ReceiptBlob(), dsr.NewReceipt(task, dsr.Canceled, theTime))
		}, []string{"inconsistent 1/receipts/00002/2-000002-00000-artifacts.json"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantFaults(t, newFixture(t, c.close).verify(nil), c.want...) })
	}
}

func TestACanceledReceiptIsRightInACanceledAttempt(t *testing.T) {
	f := newFixture(t, func(f *fixture) {
		task := f.at(2, 2, 2, 0, "artifacts")
		f.record(task.ReceiptBlob(), dsr.NewReceipt(task, dsr.Canceled, theTime))
		f.put(theAttempt.Cancel(), "{}")
		f.canceled = true
	})
	if r := f.verify(nil); len(r.Faults) > 0 || r.Manifest.Status != dsr.StatusCanceled {
		t.Errorf("%s: %+v", r.Manifest.Status, r.Faults)
	}
}

func TestAManifestMayHaveManyParts(t *testing.T) {
	for _, older := range []bool{false, true} {
		for perPart := 1; perPart <= 12; perPart++ {
			f := newFixture(t, func(f *fixture) { f.perPart, f.older = perPart, older })
			wantFaults(t, f.verify(nil))
		}
	}
}

func TestVerifyHoldsThePartsOfAManifestAgainstTheirReceipts(t *testing.T) {
	for _, c := range []struct {
		name string
		of   int // part, from 0: of 3 with 4, 4 and 3 receipts
		edit func(*manifestPart)
		want []verify.FaultKind // of the part
	}{
		{"nothing", 1, func(*manifestPart) {}, nil},
		{"its totals", 1, func(p *manifestPart) { p.Totals["E16"] = dsr.Counts{Calls: 9} }, []verify.FaultKind{verify.FaultInconsistent}},
		{"a row that is left out", 1, func(p *manifestPart) { clear(p.Totals) }, []verify.FaultKind{verify.FaultInconsistent}},
		{"a row of zeros", 1, func(p *manifestPart) { p.Totals["E99"] = dsr.Counts{} }, nil},
		{"how many succeeded", 1, func(p *manifestPart) { p.Succeeded++ }, []verify.FaultKind{verify.FaultInconsistent}},
		{"how many failed", 2, func(p *manifestPart) { p.Failed++ }, []verify.FaultKind{verify.FaultInconsistent}},
		{"how many were canceled", 0, func(p *manifestPart) { p.Canceled++ }, []verify.FaultKind{verify.FaultInconsistent}},
		{"how many sub-nodes are named", 1, func(p *manifestPart) { p.SubNodes++ }, []verify.FaultKind{verify.FaultInconsistent}},
		{"a failure of its own", 0, func(p *manifestPart) { p.Failures = []dsr.Failure{{Endpoint: "E16"}} }, []verify.FaultKind{verify.FaultInconsistent}},
		{"failures that are left out", 1, func(p *manifestPart) { p.Failures, p.FailuresOmitted = nil, len(p.Failures)+1 }, []verify.FaultKind{verify.FaultInconsistent}},
		{"how many failures are left out", 2, func(p *manifestPart) { p.FailuresOmitted++ }, []verify.FaultKind{verify.FaultInconsistent}},
		{"two receipts in each other's place", 1, func(p *manifestPart) { p.Receipts[0], p.Receipts[1] = p.Receipts[1], p.Receipts[0] }, []verify.FaultKind{verify.FaultInconsistent}},
		{"a receipt twice", 1, func(p *manifestPart) { p.Receipts = append(p.Receipts, p.Receipts[3]) }, []verify.FaultKind{verify.FaultInconsistent}},
		{"a receipt that none is", 1, func(p *manifestPart) { p.Receipts[3].Name += "x" }, []verify.FaultKind{verify.FaultInconsistent}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, func(f *fixture) { f.perPart = 4 })
			f.editPart(c.of, c.edit)
			part := theAttempt.Prefix() + stored[dsr.Manifest](f, theAttempt.Manifest()).Parts[c.of].Name
			var got []verify.FaultKind
			for _, fault := range f.verify(nil).Faults {
				if fault.Name == part {
					got = append(got, fault.Kind)
				}
			}

			if len(got) != len(c.want) || (len(got) > 0 && got[0] != c.want[0]) {
				t.Errorf("faults of the part %v, want %v", got, c.want)
			}
		})
	}
}

func TestPartsThatOverlapAreAtFault(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.perPart = 4 })
	first := stored[manifestPart](f, theAttempt.Prefix()+stored[dsr.Manifest](f, theAttempt.Manifest()).Parts[0].Name)
	f.editPart(1, func(p *manifestPart) {
		*p = f.sumUp(append([]string{theAttempt.Prefix() + first.Receipts[3].Name}, namesOf(p.Receipts)...), dsr.MaxFailures)
	})
	part := stored[dsr.Manifest](f, theAttempt.Manifest()).Parts[1].Name
	wantFaults(t, f.verify(nil), "inconsistent 1/"+part)
}

func namesOf(refs []dsr.ReceiptRef) (names []string) {
	for _, r := range refs {
		names = append(names, theAttempt.Prefix()+r.Name)
	}
	return names
}

func TestAPartHasSoManyReceiptsAtMost(t *testing.T) {
	f := newFixture(t, nil)
	f.editPart(0, func(p *manifestPart) {
		for len(p.Receipts) <= dsr.ReceiptsPerPart {
			p.Receipts = append(p.Receipts, dsr.ReceiptRef{Name: "x"})
		}
	})

	part := f.manifestPart()
	for _, fault := range f.verify(nil).Faults {
		if fault.Kind == verify.FaultMalformed && fault.Name == part {
			return
		}
	}

	t.Error("no fault says that the part is too long")
}

func TestAPageThatFailedImpliesOnlyTheTaskThatListedIt(t *testing.T) {
	f := newList(t, func(f *fixture) {
		f.plan.Nodes[0].Followers = []string{"artifacts"}
		f.record(theAttempt.Plan(), f.plan)
		task := f.at(1, 1, 1, 0, "runs")
		f.page(task, dsr.PageFailed, nil, nil)
		r := dsr.NewReceipt(task, dsr.Failed, theTime)
		r.PageRecord = f.ref(task.PageBlob())
		r.Fail(dsr.Failure{
			Endpoint: "E14",
			Target:   projectID,
			Reason:   dsr.ReasonForbidden,
			Error:    "refused",
		})
		f.record(task.ReceiptBlob(), r)
	}, nil)
	wantFaults(t, f.verify(nil))
}

func TestOfAPageThatCannotBeOneNothingIsBelieved(t *testing.T) {
	t.Run("where its receipts vouch for it", func(t *testing.T) {
		const page = "req-1/1/pages/00002/2-000001.json"
		f := newFixture(t, func(f *fixture) {
			edit(f, page, func(p *dsr.Page) { p.ChunkItems = -2 })
			for _, typ := range []string{"artifacts", "run-artifacts", "runs"} {
				for chunk := range 2 {
					edit(f, f.at(2, 2, 1, chunk, typ).ReceiptBlob(), func(r *dsr.Receipt) { r.PageRecord = f.ref(page) })
				}
			}
		})

		wantFaults(t, f.verify(nil), "malformed 1/pages/00002/2-000001.json")
	})

	t.Run("where it says that the list continues", func(t *testing.T) {
		f := newList(t, func(f *fixture) { f.listed(1, 1, dsr.PageLast) }, func(f *fixture) {
			edit(f, "req-1/1/pages/00001/1-000001.json", func(p *dsr.Page) { p.State, p.Chunks = dsr.PageContinues, 7 })
		})
		wantFaults(t, f.verify(nil), "changed 1/pages/00001/1-000001.json", "malformed 1/pages/00001/1-000001.json")
	})
}
