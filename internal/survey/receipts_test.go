package survey_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

func TestReceiptsGoOnBehindAnyOfThem(t *testing.T) {
	plan := planOf(dsr.Node{Type: "runs", Followers: []string{"artifacts"}}, dsr.Node{Type: "models"})
	for seed := range uint64(20) {
		for _, named := range []string{dsr.SubNodesByPlace, ""} {
			plan.SubNodes = named
			h := workers(rand.New(rand.NewPCG(seed, 4)), plan, 4)
			store := h.store(t, 7, func(left int) int { return left })
			store.now = len(store.lines)
			_, want := store.truth()
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

// lastOf returns the last receipt of a node's own, and the text of the receipt of a name
// for Resume.Behind.
func lastOf(own, name string) (string, string) {
	if strings.Contains(name, "~") {
		return own, own + " " + name
	}
	return name, name
}

// A reading that goes on within a list reads the earlier receipts again for the sub-nodes
// that they name, unless Resume says that they name none.
func TestReceiptsAreReadAgainOnlyForTheirSubNodes(t *testing.T) {
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
