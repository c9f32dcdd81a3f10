package survey_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

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
				h.lines = slices.DeleteFunc(h.lines, func(line string) bool { // half of the receipts are missing
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

// Before 1.0 an item that two pages name was one sub-node. The search goes on behind the
// receipt where it came to the sub-node, and not behind the first one that names it.
func TestASubNodeThatTwoReceiptsNameDoesNotHoldUpTheSearch(t *testing.T) {
	plan := planOf(dsr.Node{Type: "runs"})
	plan.SubNodes = ""
	const a, b, c = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"
	haveTheirTurn(t, history{plan, []string{
		"00001 1-1 next 2", "00001 1-1-0 runs " + c + " " + a, "00001 1-1-1 runs " + b,
		"00001 1-2 next 2", "00001 1-2-0 runs " + b + " " + a,
		"00001~" + a + " 1-1 last 2", "00001~" + b + " 1-1 last 1",
	}})
}

func TestTheSearchForLostTasksGoesOnBehindANodeThatHasEnded(t *testing.T) {
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
