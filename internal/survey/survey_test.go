package survey_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

const subNode = "1000001000000000"

func TestCompleteMeansCompleteAtEveryPaceOfASmallAttempt(t *testing.T) {
	for name, h := range smallHistories() {
		t.Run(name, func(t *testing.T) {
			for pageSize := 1; pageSize <= 2; pageSize++ {
				paces := everyPace(func(grow func(left int) int) {
					h.store(t, pageSize, grow).check(t, dsr.Checkpoint{})
				})
				t.Logf("%d paces at %d a call", paces, pageSize)
			}
		})
	}
}

func TestCompleteMeansCompleteWhereSurveysGoOnFromOneAnother(t *testing.T) {
	for name, h := range smallHistories() {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(600) {
				r := rand.New(rand.NewPCG(seed, 1))
				store := h.store(t, 1+r.IntN(3), func(left int) int { return min(left, r.IntN(2)) })
				checkToTheEnd(t, r, store)
			}
		})
	}
}

func TestCompleteMeansCompleteInLargeAttempts(t *testing.T) {
	plan := planOf(
		dsr.Node{Type: "runs", Followers: []string{"artifacts", "run-artifacts"}},
		dsr.Node{Type: "models"}, dsr.Node{Type: "images"}, dsr.Node{Type: "delete-models"},
	)
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 2))
		plan.SubNodes = []string{dsr.SubNodesByPlace, ""}[seed%2]
		h := workers(r, plan, 6)
		pace := 1 + r.IntN(20)
		store := h.store(t, 1+r.IntN(40), func(left int) int { return min(left, r.IntN(pace)) })
		checkToTheEnd(t, r, store)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// checkToTheEnd checks an attempt again and again, each time from one of the last three
// checkpoints, and once more when all is recorded.
func checkToTheEnd(t *testing.T, r *rand.Rand, store *recorded) {
	t.Helper()
	checkpoints := []dsr.Checkpoint{{}}
	var got survey.Progress
	for range 10_000 {
		from := checkpoints[max(0, len(checkpoints)-1-r.IntN(3))]
		asked, most := 0, 1+r.IntN(30)
		got = store.checkUntil(t, from, func() bool { asked++; return asked > most })
		checkpoints = append(checkpoints, got.Checkpoint)
		if store.now == len(store.lines) {
			break
		}
	}

	if store.now < len(store.lines) {
		store.now = len(store.lines)
	}

	if got = store.check(t, got.Checkpoint); !got.Complete {
		t.Fatalf("all is recorded, and it is not complete: oldest %s", got.Oldest)
	}
	if again := store.check(t, got.Checkpoint); !again.Complete {
		t.Fatal("an attempt that was complete is open again")
	}
}

func TestWhatASurveyFindsMissing(t *testing.T) {
	plan := planOf(dsr.Node{Type: "runs", Followers: []string{"artifacts"}}, dsr.Node{Type: "models"})
	models := []string{"00002 1-1 last 1", "00002 1-1-0 models"}
	tests := []struct {
		name    string
		lines   []string
		missing []string // what is missing, and the line that names it
	}{
		{"nothing recorded: each node's first task is missing since the plan", nil,
			[]string{"00001 1-1-0 runs @plan", "00002 1-1-0 models @plan"}},
		{"a page and no receipts: its tasks are missing since it was recorded, its lister since the plan",
			append(models, "00001 1-1 last 2"),
			[]string{"00001 1-1-0 artifacts @2", "00001 1-1-0 runs @plan", "00001 1-1-1 artifacts @2", "00001 1-1-1 runs @2"}},
		{"a page that goes on names the next, missing since then",
			append(models, "00001 1-1 next 1", "00001 1-1-0 artifacts", "00001 1-1-0 runs"),
			[]string{"00001 1-2-0 runs @2"}},
		{"a receipt never stands for a page that was not seen",
			append(models, "00001 1-1 next 1", "00001 1-1-0 artifacts", "00001 1-1-0 runs", "00001 1-2-0 runs"),
			[]string{"00001 1-2-0 runs @2"}},
		{"a page past a gap does not count",
			append(models, "00001 1-1 next 1", "00001 1-3 last 1", "00001 1-1-0 artifacts", "00001 1-1-0 runs", "00001 1-3-0 artifacts", "00001 1-3-0 runs"),
			[]string{"00001 1-2-0 runs @2"}},
		{"a failed page has its lister's task only", append(models, "00001 1-1 failed 1", "00001 1-1-0 runs"), nil},
		{"a follower's receipt is not taken for another's", append(models, "00001 1-1 last 1", "00001 1-1-0 artifacts"),
			[]string{"00001 1-1-0 runs @plan"}},
		{"a pass that continues is given up for the next",
			append(models, "00001 1-1 next 1", "00001 1-2 continues 1", "00001 1-1-0 artifacts", "00001 1-1-0 runs"),
			[]string{"00001 2-1-0 runs @3"}},
		{"what is missing of a pass that was given up is not missed",
			append(models, "00001 1-1 next 1", "00001 1-2 continues 1", "00001 2-1 last 1", "00001 2-1-0 runs", "00001 2-1-0 artifacts"), nil},
		{"a sub-node that a receipt names is missing since the receipt",
			append(models, "00001 1-1 last 1", "00001 1-1-0 artifacts "+subNode, "00001 1-1-0 runs"),
			[]string{"00001~" + subNode + " 1-1-0 artifacts @3"}},
		{"a sub-node has pages and receipts of its own",
			append(models, "00001 1-1 last 1", "00001 1-1-0 artifacts "+subNode, "00001 1-1-0 runs", "00001~"+subNode+" 1-1 next 1", "00001~"+subNode+" 1-1-0 artifacts"),
			[]string{"00001~" + subNode + " 1-2-0 artifacts @5"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := history{plan, tt.lines}.store(t, 3, func(int) int { return 0 })
			store.now = len(store.lines)
			s := survey.New(store, plan)
			seen, err := s.Advance(t.Context(), dsr.Checkpoint{}, never)
			if err != nil || seen.Complete != (len(tt.missing) == 0) {
				t.Fatalf("complete %t, %v", seen.Complete, err)
			}

			var missing []string
			for f, err := range s.Missing(t.Context(), seen.Checkpoint, time.Unix(9999, 0), never) {
				if err != nil {
					t.Fatal(err)
				}
				since := "plan"
				if f.Since.After(plan.CreatedAt) {
					since = fmt.Sprint(f.Since.Unix() - 1000)
				}
				missing = append(missing, fmt.Sprintf("%s %d-%d-%d %s @%s", f.Task.Node, f.Task.Pass, f.Task.Page, f.Task.Chunk, f.Task.Type, since))
			}

			if diff := cmp.Diff(tt.missing, missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

// failing is a store of which one listing call fails.
type failing struct {
	*recorded
	calls, at int
}

var errListing = errors.New("the listing broke off")

func (f *failing) ListPages(ctx context.Context, a dsr.Attempt, from string, most int) ([]dsr.PageMark, bool, error) {
	if f.calls++; f.calls == f.at {
		return nil, false, errListing
	}
	return f.recorded.ListPages(ctx, a, from, most)
}

func (f *failing) ListReceipts(ctx context.Context, a dsr.Attempt, from string, most int) ([]dsr.ReceiptMark, bool, error) {
	if f.calls++; f.calls == f.at {
		return nil, false, errListing
	}
	return f.recorded.ListReceipts(ctx, a, from, most)
}

func TestASurveyEndsWhereAListingFails(t *testing.T) {
	h := workers(rand.New(rand.NewPCG(7, 7)), planOf(dsr.Node{Type: "runs"}), 9)
	whole := &failing{recorded: h.store(t, 2, func(left int) int { return left })}
	if _, err := survey.New(whole, h.plan).Advance(t.Context(), dsr.Checkpoint{}, never); err != nil {
		t.Fatal(err)
	}
	for at := 1; at <= whole.calls; at++ {
		store := &failing{recorded: h.store(t, 2, func(left int) int { return left }), at: at}
		if _, err := survey.New(store, h.plan).Advance(t.Context(), dsr.Checkpoint{}, never); !errors.Is(err, errListing) {
			t.Errorf("call %d failed, and the survey says %v", at, err)
		}
	}
}

func TestASurveyOfWhatIsNewCostsWhatIsNew(t *testing.T) {
	const pages = 20_000
	h := history{plan: planOf(dsr.Node{Type: "runs"})}
	for p := 1; p <= pages; p++ {
		h.lines = append(h.lines, fmt.Sprintf("00001 1-%d next 1", p), fmt.Sprintf("00001 1-%d-0 runs", p))
	}

	store := h.store(t, 5000, func(int) int { return 0 })
	store.now = 2 * (pages - 3)
	first := survey.New(store, h.plan)
	seen, err := first.Advance(t.Context(), dsr.Checkpoint{}, never)
	if err != nil || seen.Receipts != pages-3 {
		t.Fatalf("%d receipts, %v", seen.Receipts, err)
	}

	store.now = len(store.lines)
	second := survey.New(store, h.plan)
	if seen, err = second.Advance(t.Context(), seen.Checkpoint, never); err != nil || seen.Receipts != pages {
		t.Fatalf("%d receipts, %v", seen.Receipts, err)
	}

	if second.Calls() > 4 || first.Calls() < 10 {
		t.Errorf("%d calls from nothing, %d for three pages more: want at most 4", first.Calls(), second.Calls())
	}
}

func TestOnlyFailuresThatCountAreKept(t *testing.T) {
	tests := map[string]struct {
		lines []string
		want  dsr.NodeSet
	}{
		"one of the list":        {[]string{"00001 1-1 next 1", "00001 1-1-0 runs!", "00001 1-2 last 1", "00001 1-2-0 runs"}, dsr.NodesOf(1)},
		"one of a pass given up": {[]string{"00001 1-1 next 1", "00001 1-1-0 runs!", "00001 1-2 continues 1", "00001 2-1 last 1", "00001 2-1-0 runs"}, nil},
		"one of the newest pass": {[]string{"00001 1-1 next 1", "00001 1-1-0 runs", "00001 1-2 continues 1", "00001 2-1 last 1", "00001 2-1-0 runs!"}, dsr.NodesOf(1)},
		"one of a sub-node":      {[]string{"00001 1-1 last 1", "00001 1-1-0 runs " + subNode, "00001~" + subNode + " 1-1 last 1", "00001~" + subNode + " 1-1-0 runs!"}, dsr.NodesOf(1)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			store := history{planOf(dsr.Node{Type: "runs"}), tt.lines}.store(t, 9, func(left int) int { return min(1, left) })
			var seen survey.Progress
			for range 2 * len(tt.lines) { // each check from the checkpoint of the one before
				var err error
				if seen, err = survey.New(store, store.plan).Advance(t.Context(), seen.Checkpoint, never); err != nil {
					t.Fatal(err)
				}
			}

			if !seen.Complete || !cmp.Equal(seen.Checkpoint.Failed, tt.want) {
				t.Errorf("complete %t, failed %v, want %v", seen.Complete, seen.Checkpoint.Failed, tt.want)
			}
		})
	}
}
