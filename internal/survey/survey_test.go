package survey_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

const subNode = "1000001000000000"

// smallHistories are attempts whose records are few enough to try every pace at which
// they may appear.
func smallHistories() map[string]history {
	runs := dsr.Node{Type: "runs"}
	return map[string]history{
		"a list of three pages": {planOf(runs), []string{
			"00001 1-1 next 1", "00001 1-2 next 1", "00001 1-1-0 runs", "00001 1-2-0 runs", "00001 1-3 last 1", "00001 1-3-0 runs",
		}},
		"a page and its receipt after the pages were listed": {planOf(runs), []string{
			"00001 1-1 next 1", "00001 1-1-0 runs", "00001 1-2 last 2", "00001 1-2-0 runs", "00001 1-2-1 runs",
		}},
		"a follower that is late": {planOf(dsr.Node{Type: "runs", Followers: []string{"artifacts"}}), []string{
			"00001 1-1 next 1", "00001 1-1-0 runs", "00001 1-2 last 1", "00001 1-2-0 runs", "00001 1-2-0 artifacts", "00001 1-1-0 artifacts",
		}},
		"a generation that is given up": {planOf(runs), []string{
			"00001 1-1 next 1", "00001 1-2 continues 1", "00001 1-1-0 runs", "00001 2-1 last 1", "00001 1-2-0 runs", "00001 2-1-0 runs",
		}},
		"a sub-node": {planOf(runs), []string{
			"00001 1-1 last 1", "00001 1-1-0 runs " + subNode, "00001~" + subNode + " 1-1 next 1",
			"00001~" + subNode + " 1-2 last 1", "00001~" + subNode + " 1-2-0 runs", "00001~" + subNode + " 1-1-0 runs",
		}},
		"a sub-node whose receipts come before its node's list ends": {planOf(runs), []string{
			"00001 1-1 next 1", "00001 1-1-0 runs " + subNode, "00001~" + subNode + " 1-1 last 1",
			"00001~" + subNode + " 1-1-0 runs", "00001 1-2 last 1", "00001 1-2-0 runs",
		}},
		"two nodes": {planOf(runs, dsr.Node{Type: "models"}), []string{
			"00002 1-1 last 1", "00001 1-1 next 1", "00001 1-1-0 runs", "00002 1-1-0 models", "00001 1-2 failed 1", "00001 1-2-0 runs",
		}},
	}
}

// everyPace calls f with every way in which left records may appear over the calls of
// a listing: f gives grow to its store, and reports it by asking.
func everyPace(f func(grow func(left int) int)) int {
	var script []int
	for n := 1; ; n++ {
		asked := 0
		var limits []int
		f(func(left int) int {
			if asked == len(script) {
				script = append(script, 0)
			}
			limits = append(limits, left)
			asked++
			return script[asked-1]
		})

		// The next script, as an odometer: the last call that can show more does.
		script = script[:asked]
		i := asked - 1
		for ; i >= 0 && script[i] >= limits[i]; i-- {
			script[i] = 0
		}

		if i < 0 {
			return n
		}

		script = script[:i+1]
		script[i]++
	}
}

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

// checkToTheEnd checks an attempt again and again, each time from the checkpoint of
// some earlier check or from none, and last when all is recorded.
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

func TestWhatALookAtASurveyFinds(t *testing.T) {
	plan := planOf(dsr.Node{Type: "runs", Followers: []string{"artifacts"}}, dsr.Node{Type: "models"})
	models := []string{"00002 1-1 last 1", "00002 1-1-0 models"}
	tests := []struct {
		name    string
		lines   []string
		missing []string // what is missing, and the line that has named it
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
		{"a generation that continues is given up for the next",
			append(models, "00001 1-1 next 1", "00001 1-2 continues 1", "00001 1-1-0 artifacts", "00001 1-1-0 runs"),
			[]string{"00001 2-1-0 runs @3"}},
		{"what is missing of a generation that was given up is not missed",
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

// failing is a store whose listings fail at a call.
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

func TestALookAtWhatIsNewCostsWhatIsNew(t *testing.T) {
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

func TestWhatIsMissingHasItsTurn(t *testing.T) {
	runs := dsr.Node{Type: "runs", Followers: []string{"artifacts"}}
	placed := planOf(runs, dsr.Node{Type: "models"}, runs)
	gaps := placed // as of a dry run, which only reads
	gaps.Nodes = slices.Clone(placed.Nodes)

	for i := range gaps.Nodes {
		gaps.Nodes[i].Number = 2*i + 2
	}

	hashed := placed
	hashed.SubNodes = ""

	for name, plan := range map[string]dsr.Plan{"sub-nodes by place": placed, "sub-nodes by hash": hashed, "nodes with gaps between": gaps} {
		for seed := range uint64(10) {
			t.Run(fmt.Sprintf("%s, %d", name, seed), func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 3))
				h := workers(r, plan, 12)
				h.lines = slices.DeleteFunc(h.lines, func(line string) bool { // half of the receipts are not there
					_, _, isPage, _ := parse(line, time.Time{})
					return !isPage && r.IntN(2) == 0
				})
				haveTheirTurn(t, h)
			})
		}
	}
}

// haveTheirTurn looks at three missing tasks in each round, until all had their turn.
func haveTheirTurn(t *testing.T, h history) {
	t.Helper()
	store := h.store(t, 5, func(int) int { return 0 })
	store.now = len(h.lines)
	all := map[string]bool{}
	for f, err := range survey.New(store, h.plan).Tasks(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if !f.Done {
			all[f.Task.ReceiptName()] = true
		}
	}

	if len(all) < 5 {
		t.Fatalf("only %d are missing", len(all))
	}

	seen, err := survey.New(store, h.plan).Advance(t.Context(), dsr.Checkpoint{}, never)
	if err != nil {
		t.Fatal(err)
	}

	c := seen.Checkpoint
	rounds := len(all)/3 + 1
	for round := 0; len(all) > 0; round++ {
		if round == rounds {
			t.Fatalf("after %d rounds %d had no turn: %v", round, len(all), all)
		}

		s := survey.New(store, h.plan)
		looked := 0
		for f, err := range s.Missing(t.Context(), c, time.Unix(1<<40, 0), never) {
			if err != nil {
				t.Fatal(err)
			}
			delete(all, f.Task.ReceiptName())
			if looked++; looked == 3 {
				break
			}
		}

		c.Looked = s.Looked()
	}
}

// An item that two pages name was one sub-node before 1.0: the look goes on behind
// the place at which it was looked at, not behind its first one.
func TestASubNodeThatTwoReceiptsNameDoesNotHoldUpTheLook(t *testing.T) {
	plan := planOf(dsr.Node{Type: "runs"})
	plan.SubNodes = ""
	const a, b, c = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"
	haveTheirTurn(t, history{plan, []string{
		"00001 1-1 next 2", "00001 1-1-0 runs " + c + " " + a, "00001 1-1-1 runs " + b,
		"00001 1-2 next 2", "00001 1-2-0 runs " + b + " " + a,
		"00001~" + a + " 1-1 last 2", "00001~" + b + " 1-1 last 1",
	}})
}

func TestTheLookForLostTasksGoesOnBehindANodeThatHasEnded(t *testing.T) {
	plan := planOf(dsr.Node{Type: "runs"}, dsr.Node{Type: "runs"})
	lines := []string{"00002 1-1 next 2", "00002 1-1-0 runs"}
	for page := 1; page <= 5; page++ {
		lines = append(lines, fmt.Sprintf("00001 1-%d next 1", page), fmt.Sprintf("00001 1-%d-0 runs", page))
	}

	store := history{plan, append(lines, "00001 1-6 last 1", "00001 1-6-0 runs")}.store(t, 9, func(left int) int { return left })
	s := survey.New(store, plan)
	seen, err := s.Advance(t.Context(), dsr.Checkpoint{}, never)
	if err != nil {
		t.Fatal(err)
	}

	seen.Checkpoint.Looked = "00001/1-000004-00000-runs.json" // node 1 has ended since
	var missing []string
	for f, err := range s.Missing(t.Context(), seen.Checkpoint, time.Unix(9999, 0), never) {
		if err != nil {
			t.Fatal(err)
		}
		missing = append(missing, f.Task.ReceiptName())
	}

	if diff := cmp.Diff([]string{"00002/1-000001-00001-runs.json", "00002/1-000002-00000-runs.json"}, missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}

func TestOnlyFailuresThatCountAreKept(t *testing.T) {
	tests := map[string]struct {
		lines []string
		want  dsr.NodeSet
	}{
		"one of the list":              {[]string{"00001 1-1 next 1", "00001 1-1-0 runs!", "00001 1-2 last 1", "00001 1-2-0 runs"}, dsr.NodesOf(1)},
		"one of a generation given up": {[]string{"00001 1-1 next 1", "00001 1-1-0 runs!", "00001 1-2 continues 1", "00001 2-1 last 1", "00001 2-1-0 runs"}, nil},
		"one of the newest generation": {[]string{"00001 1-1 next 1", "00001 1-1-0 runs", "00001 1-2 continues 1", "00001 2-1 last 1", "00001 2-1-0 runs!"}, dsr.NodesOf(1)},
		"one of a sub-node":            {[]string{"00001 1-1 last 1", "00001 1-1-0 runs " + subNode, "00001~" + subNode + " 1-1 last 1", "00001~" + subNode + " 1-1-0 runs!"}, dsr.NodesOf(1)},
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

func TestReceiptsGoOnBehindAnyOfThem(t *testing.T) {
	plan := planOf(dsr.Node{Type: "runs", Followers: []string{"artifacts"}}, dsr.Node{Type: "models"})
	for seed := range uint64(20) {
		for _, named := range []string{dsr.SubNodesByPlace, ""} {
			plan.SubNodes = named
			h := workers(rand.New(rand.NewPCG(seed, 4)), plan, 4)
			store := h.store(t, 7, func(left int) int { return left })
			_, want := func() (bool, []string) { store.now = len(store.lines); return store.truth() }()
			own, behind := "", ""
			for i := range want {
				var got []string
				for m, err := range survey.New(store, h.plan).Receipts(t.Context(), survey.Resume{Behind: behind, SubNodes: true}, false) {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, m.Name())
				}
				if diff := cmp.Diff(want[i:], got); diff != "" {
					t.Fatalf("seed %d, sub-nodes %q, behind %q (-want +got):\n%s", seed, named, behind, diff)
				}

				own, behind = lastOf(own, want[i])
			}
		}
	}
}

func TestTasksGoOnBehindAnyOfThem(t *testing.T) {
	plan := planOf(dsr.Node{Type: "runs", Followers: []string{"artifacts"}}, dsr.Node{Type: "models"}, dsr.Node{Type: "images"})
	lines := []string{
		"00001 1-1 next 2", "00001 1-1-0 runs", "00001 1-2 continues 1", "00001 2-1 next 2", "00001 2-1-1 runs", "00001 2-2 last 1",
		"00002 1-1 last 3", "00002 1-1-1 models",
	}

	behind := func(name string) (names []string) {
		store := history{plan, lines}.store(t, 2, func(left int) int { return left })
		for f, err := range survey.New(store, plan).TasksBehind(t.Context(), name) {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, f.Task.ReceiptName())
		}
		return names
	}

	all := behind("")
	if len(all) != 10 {
		t.Fatalf("%d tasks: %v", len(all), all)
	}

	for i, name := range all {
		if diff := cmp.Diff(append([]string(nil), all[i+1:]...), behind(name)); diff != "" {
			t.Errorf("behind %s (-want +got):\n%s", name, diff)
		}
	}

	for range (survey.New(history{plan, lines}.store(t, 2, func(left int) int { return left }), plan)).TasksBehind(t.Context(), "nonsense") {
		return // an error
	}

	t.Error("what is no receipt's name is taken for one")
}

// lastOf returns the last receipt of a node's own, and what names a receipt as the one to
// go on behind.
func lastOf(own, name string) (string, string) {
	if strings.Contains(name, "~") {
		return own, own + " " + name
	}
	return name, name
}

// A reading that goes on in the middle of a list looks at the receipts before for
// sub-nodes, unless it is told that they name none.
func TestReceiptsThatWereReadAreLookedAtAgainForSubNodesOnly(t *testing.T) {
	plan := planOf(dsr.Node{Type: "runs", Followers: []string{}})
	var lines []string
	for page, state := range []string{"next", "next", "next", "next", "next", "last"} {
		lines = append(lines, fmt.Sprintf("00001 1-%d %s 1", page+1, state), fmt.Sprintf("00001 1-%d-0 runs", page+1))
	}

	store := history{plan, lines}.store(t, 2, func(left int) int { return left })
	behind := dsr.Task{
		Node: "00001",
		Pass: 1,
		Page: 5,
		Type: "runs",
	}.ReceiptName()

	calls := map[bool]int{}
	for _, subNodes := range []bool{true, false} {
		s := survey.New(store, plan)
		read := 0
		for _, err := range s.Receipts(t.Context(), survey.Resume{Behind: behind, SubNodes: subNodes}, false) {
			if err != nil {
				t.Fatal(err)
			}
			read++
		}

		if read != 1 {
			t.Errorf("%d receipts are read, want the last one", read)
		}

		calls[subNodes] = s.Calls()
	}

	if calls[false] >= calls[true] {
		t.Errorf("%d calls where nothing names a sub-node, %d where something may", calls[false], calls[true])
	}
}
