package simulation_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// tree returns the runs of the workspace that hang below another, each with what it hangs
// below.
func (sim *simulation) tree() map[string][]string {
	out := map[string][]string{}
	for path, doc := range sim.upstream.Documents() {
		var run struct {
			RunID       string `json:"runId"`
			ParentRunID string `json:"parentRunId"`
			RootRunID   string `json:"rootRunId"`
		}
		if !strings.Contains(path, "/workspaces/ml-00/runs/") || json.Unmarshal(doc, &run) != nil || run.ParentRunID == "" {
			continue
		}
		out[run.RunID] = []string{run.ParentRunID, run.RootRunID}
	}
	return out
}

// A hold on a pipeline keeps its steps, and one on a step keeps its pipeline: whoever
// deletes the one takes the other along.
func TestAHoldKeepsWhatHangsBelowAndWhatItHangsBelow(t *testing.T) {
	for _, on := range []string{"the parent", "the parent, by its path", "the child"} {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s late=%t", on, late), func(t *testing.T) {
				account := mlAccount()
				simulateAccount(t, account, 100, func(t *testing.T, sim *simulation) {
					tree := sim.tree()
					if len(tree) == 0 {
						t.Fatal("no run has children")
					}
					parent, kept := "", map[string]bool{}
					for child, above := range tree {
						if parent == "" || above[0] < parent {
							parent = above[0]
						}
						_ = child
					}
					held := parent
					for child, above := range tree {
						if on != "the child" && (above[0] == parent || above[1] == parent) {
							kept[child] = true
						}
						if on == "the child" && above[0] == parent && (held == parent || child < held) {
							held = child
						}
					}
					kept[parent], kept[held] = true, true
					if on == "the parent, by its path" {
						held = mlSpaceID + "/jobs/" + parent
					}

					if !late {
						sim.hold(held)
					}
					sim.planMLDeletion(func(r *dsr.Request) { r.What, r.AcknowledgeOthers = "", true })
					if late {
						sim.hold(held)
					}
					named := map[string]bool{}
					for _, h := range sim.deletionPlan().Held {
						named[h.Item] = true
					}
					sim.executePlan()
					began := time.Now()

					for what, outcome := range sim.proofs() {
						fields := strings.Fields(what)
						item := fields[len(fields)-1]
						isRun := fields[0] == "DW29" || fields[0] == "DW53"
						if !isRun || !kept[item] {
							continue
						}
						if outcome != dsr.OutcomeHeld {
							t.Errorf("%s: %s", what, outcome)
						}
						if !late && !named[item] {
							t.Errorf("the plan does not say that %s is held", item)
						}
					}
					for _, s := range sim.upstream.Served() {
						for id := range kept {
							if s.Method == http.MethodDelete && strings.Contains(s.URL, "/jobs/"+id+"?") {
								t.Errorf("sent DELETE %s", s.URL)
							}
						}
					}
					if took := sim.manifest().ClosedAt.Sub(began); took > 2*time.Hour {
						t.Errorf("it took %s", took)
					}
					sim.checkEvidence(attempt1)
				})
			})
		}
	}
}
