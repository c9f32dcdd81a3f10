package verify_test

import (
	"fmt"
	"testing"

	"azureml-dsr/internal/dsr"
)

// newList makes an attempt of one list of runs and closes it as succeeded. Unless late is
// nil, it is called after the closing.
func newList(t *testing.T, build, late func(*fixture)) *fixture {
	t.Helper()
	f := &fixture{
		t:       t,
		blobs:   blobs{},
		entries: map[string][]dsr.Entry{},
		omitted: map[string]bool{},
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

// listed stores a page of one run, whose task is done.
func (f *fixture) listed(pass, page int, state dsr.PageState) dsr.Task {
	f.t.Helper()
	t := f.at(1, pass, page, 0, "runs")
	run := fmt.Sprintf("run-%d", page)
	f.answer(t, run)
	f.page(t, state, []string{run}, []string{})
	f.work(t, run)
	return t
}

// The listings of pages and of receipts are no snapshot. A reconciler that lists pages first
// may see the receipt of a page that it has not seen, and take the list for complete.
func TestVerifyFindsThatAnAttemptWasClosedTooEarly(t *testing.T) {
	const page2, page3 = "missing 1/pages/00001/1-000002.json", "missing 1/pages/00001/1-000003.json"
	for _, c := range []struct {
		name  string
		build func(*fixture)
		late  func(*fixture)
		want  []string
	}{
		{
			name: "with everything that the reconciler has seen: page 1, receipts 1 and 2",
			build: func(f *fixture) {
				f.listed(1, 1, dsr.PageNext)
				f.remove(f.listed(1, 2, dsr.PageNext).PageBlob())
			},
			want: []string{page2},
		},
		{
			name: "with a second receipt that is canceled and names no page",
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
			name:  "with page 2, before its next page is recorded",
			build: func(f *fixture) { f.listed(1, 1, dsr.PageNext); f.listed(1, 2, dsr.PageNext) },
			want:  []string{page3, "missing 1/receipts/00001/1-000003-00000-runs.json"},
		},
		{
			name:  "with a page that came after the closing",
			build: func(f *fixture) { f.listed(1, 1, dsr.PageNext); f.listed(1, 2, dsr.PageNext) },
			late:  func(f *fixture) { f.listed(1, 3, dsr.PageLast) },
			want:  []string{"inconsistent 1/receipts/00001/1-000003-00000-runs.json"},
		},
		{
			name:  "with a list that continues in a pass without records",
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

func TestVerifyDoesNotRelyOnAMalformedPage(t *testing.T) {
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
