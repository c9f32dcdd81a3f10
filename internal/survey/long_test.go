package survey_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

// clocked is a store whose listing calls take time.
type clocked struct {
	*recorded
	now, call time.Duration
	calls     int
}

func (c *clocked) ListPages(ctx context.Context, a dsr.Attempt, from string, most int) ([]dsr.PageMark, bool, error) {
	c.now, c.calls = c.now+c.call, c.calls+1
	return c.recorded.ListPages(ctx, a, from, most)
}

func (c *clocked) ListReceipts(ctx context.Context, a dsr.Attempt, from string, most int) ([]dsr.ReceiptMark, bool, error) {
	c.now, c.calls = c.now+c.call, c.calls+1
	return c.recorded.ListReceipts(ctx, a, from, most)
}

// longPage is a page whose two receipts name sub-nodes, each with a list of many pages.
func longPage(plan dsr.Plan, pages int) history {
	h := history{plan: plan, lines: []string{"00001 1-1 last 2"}}
	for chunk := range 2 {
		line := fmt.Sprintf("00001 1-1-%d runs", chunk)
		for index := range 3 {
			name := dsr.Task{
				Node:  "00001",
				Pass:  1,
				Page:  1,
				Chunk: chunk,
				Type:  "runs",
			}.SubNode([]string{"runs"}, index)
			line += " " + name[len("00001~"):]

			for page := 1; page <= pages; page++ {
				state := "next"
				if page == pages {
					state = "last"
				}
				h.lines = append(h.lines, fmt.Sprintf("%s 1-%d %s 1", name, page, state), fmt.Sprintf("%s 1-%d-0 runs", name, page))
			}
		}

		h.lines = append(h.lines, line)
	}
	return h
}

func TestASurveyOfOnePageWithLongSubNodesIsLeftToTheNext(t *testing.T) {
	const checkTime, call, pages = 4 * time.Minute, 2 * time.Second, 120
	h := longPage(planOf(dsr.Node{Type: "runs"}), pages)
	store := &clocked{recorded: h.store(t, 4, func(int) int { return 0 }), call: call}
	store.recorded.now = len(h.lines)
	whole := &clocked{recorded: store.recorded, call: call}
	if seen, err := survey.New(whole, h.plan).Advance(t.Context(), dsr.Checkpoint{}, never); err != nil || !seen.Complete {
		t.Fatalf("complete %t, %v", seen.Complete, err)
	}

	var seen survey.Progress
	checks := 0
	for ; !seen.Complete; checks++ {
		began := store.now
		var err error
		seen, err = survey.New(store, h.plan).Advance(t.Context(), seen.Checkpoint, func() bool { return store.now-began >= checkTime })
		if err != nil {
			t.Fatal(err)
		}
		if took := store.now - began; took > 5*time.Minute {
			t.Fatalf("check %d takes %s", checks+1, took)
		}
		if seen.Complete == seen.CutShort {
			t.Fatalf("check %d: complete %t, cut short %t", checks+1, seen.Complete, seen.CutShort)
		}
	}

	if checks < 3 || store.calls > whole.calls*11/10+10*checks || seen.Receipts != 6*pages+2 {
		t.Errorf("%d receipts in %d checks with %d calls; at one go it takes %d", seen.Receipts, checks, store.calls, whole.calls)
	}
}

func TestAReadingBehindAReceiptOfALongSubNodeCostsWhatIsBehind(t *testing.T) {
	for _, named := range []string{dsr.SubNodesByPlace, ""} {
		plan := planOf(dsr.Node{Type: "runs"})
		plan.SubNodes = named
		h := longPage(plan, 300)
		store := &clocked{recorded: h.store(t, 4, func(int) int { return 0 })}
		store.recorded.now = len(h.lines)
		_, names := store.truth()
		store.calls = 0

		for _, err := range survey.New(store, plan).Receipts(t.Context(), survey.Resume{Behind: names[1] + " " + names[len(names)-3], SubNodes: true}, false) {
			if err != nil {
				t.Fatal(err)
			}
		}

		if store.calls > 20 {
			t.Errorf("sub-nodes %q: %d calls for the last two receipts of %d", named, store.calls, len(names))
		}
	}
}

// Only a failure in a sub-node's newest pass counts, also where a survey ended within the
// sub-node.
func TestAFailureOfASubNodesFormerPassDoesNotCount(t *testing.T) {
	plan := planOf(dsr.Node{Type: "runs"})
	sub := "00001~" + subNode
	h := history{plan, []string{
		"00001 1-1 last 1", "00001 1-1-0 runs " + subNode, sub + " 1-1 next 1", sub + " 1-1-0 runs!",
		sub + " 1-2 continues 1", sub + " 2-1 next 1", sub + " 2-1-0 runs", sub + " 2-2 last 1", sub + " 2-2-0 runs",
	}}
	for shown := range len(h.lines) {
		store := h.store(t, 9, func(int) int { return 0 })
		store.now = shown
		seen, err := survey.New(store, plan).Advance(t.Context(), dsr.Checkpoint{}, never)
		if err != nil {
			t.Fatal(err)
		}

		store.now = len(h.lines)
		seen, err = survey.New(store, plan).Advance(t.Context(), seen.Checkpoint, never)
		if err != nil || !seen.Complete || len(seen.Checkpoint.Failed) > 0 || seen.Receipts != 3 {
			t.Errorf("after %d records: complete %t, failed %v, %d receipts, %v", shown, seen.Complete, seen.Checkpoint.Failed, seen.Receipts, err)
		}
	}
}

func TestAMarkWithinAPageIsKeptBeforeOthersThatSaveLess(t *testing.T) {
	nodes := make([]dsr.Node, dsr.MaxNodeMarks+2)
	for i := range nodes {
		nodes[i].Type = "runs"
	}

	plan := planOf(nodes...)
	h := longPage(plan, 5)
	h.lines = slices.DeleteFunc(h.lines, func(line string) bool { return line == "00001~1000001000000002 1-5-0 runs" })

	for n := 2; n <= len(nodes); n++ {
		h.lines = append(h.lines, fmt.Sprintf("%05d 1-1 next 1", n), fmt.Sprintf("%05d 1-1-0 runs", n))
	}

	store := h.store(t, 5000, func(int) int { return 0 })
	store.now = len(h.lines)
	seen, err := survey.New(store, plan).Advance(t.Context(), dsr.Checkpoint{}, never)
	marks := seen.Checkpoint.Nodes
	if err != nil || len(marks) != dsr.MaxNodeMarks || marks[0].Node != 1 || marks[0].Within == nil {
		t.Errorf("%d marks, the first %+v, %v", len(marks), marks[0], err)
	}
}
