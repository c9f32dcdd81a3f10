package survey_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

// The receipts of a canceled attempt are read in several checks, while tasks that were at
// work still record theirs. All receipts of a list are of one pass.
func TestWhatIsReadOfACanceledAttemptMixesNoPasses(t *testing.T) {
	plan := planOf(dsr.Node{Type: "runs", Followers: []string{"artifacts"}}, dsr.Node{Type: "models"})
	restarted := 0
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 5))
		plan.SubNodes = []string{dsr.SubNodesByPlace, ""}[seed%2]
		h := workers(r, plan, 5)
		store := h.store(t, 1+r.IntN(5), func(left int) int { return min(left, r.IntN(3)) })
		store.now = r.IntN(len(h.lines))

		names := readInChecks(t, r, store)

		if strings.Contains(strings.Join(h.lines, "\n"), "continues") {
			restarted++
		}

		passes := map[string]int{}
		for i, name := range names {
			m, err := dsr.ParseReceiptMark("", name, nil, plan.CreatedAt)
			if err != nil {
				t.Fatal(err)
			}
			if pass, met := passes[m.Node]; (met && pass != m.Pass) || (i > 0 && names[i-1] >= name) {
				t.Fatalf("seed %d: %s of pass %d among %q", seed, name, m.Pass, names)
			}

			passes[m.Node] = m.Pass
			if err := namedInPass(h, m, passes); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
	}

	if restarted < 100 {
		t.Errorf("only %d attempts had a list that began again", restarted)
	}
}

// readInChecks reads a few receipts in each check, which goes on where the last one ended.
func readInChecks(t *testing.T, r *rand.Rand, store *recorded) (names []string) {
	t.Helper()
	own, behind := "", ""
	for {
		some := r.IntN(6)
		left := true
		s := survey.New(store, store.plan)
		for m, err := range s.Receipts(t.Context(), survey.Resume{Behind: behind, SubNodes: true}, true) {
			if err != nil {
				t.Fatal(err)
			}

			names = append(names, m.Name())
			own, behind = lastOf(own, m.Name())
			if left = some > 0; !left {
				break
			}
			some--
		}
		if left {
			return names
		}
	}
}

// namedInPass returns an error for a receipt of a sub-node that no receipt names of the
// pass in which its node's own list was read.
func namedInPass(h history, m dsr.ReceiptMark, passes map[string]int) error {
	node, id, isSubNode := strings.Cut(m.Node, "~")
	if !isSubNode {
		return nil
	}
	for _, line := range h.lines {
		if strings.HasPrefix(line, fmt.Sprintf("%s %d-", node, passes[node])) && strings.Contains(line, id) {
			return nil
		}
	}
	return fmt.Errorf("sub-node %s is not named in pass %d", m.Node, passes[node])
}
