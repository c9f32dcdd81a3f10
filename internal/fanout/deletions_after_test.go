package fanout_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// experimentRows delete a workspace and what is in each of its experiments.
var experimentRows = dsr.SortDeletions([]dsr.DeletionType{
	{ID: "DW53", Type: "ml-runs", Level: dsr.MachineLearningExperiment, After: []string{"ml-jobs"}},
	{ID: "DW56", Type: "ml-metrics", Level: dsr.MachineLearningExperiment, After: []string{"ml-jobs", "ml-runs"}},
	{ID: "DW59", Type: "ml-artifacts", Level: dsr.MachineLearningExperiment, After: []string{"ml-runs"}},
	{ID: "DW29", Type: "ml-jobs", Level: dsr.MachineLearningWorkspace, After: []string{}},
	{ID: "DW01", Type: "ml-workspaces", Level: dsr.MachineLearningWorkspace, Container: true},
})

// planOfExperiments plans the deletion of a workspace with n experiments.
func planOfExperiments(n int) dsr.Plan {
	space := dsr.Target{
		Level:          dsr.MachineLearningWorkspace,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Workspace:      "w",
	}
	places := []fanout.Found{{Target: space}}
	for i := range n {
		experiment := space
		experiment.Level, experiment.Name = dsr.MachineLearningExperiment, fmt.Sprintf("experiment-%06d", i)
		places = append(places, fanout.Found{Target: experiment})
	}

	r := dsr.Request{
		Kind:         dsr.KindDelete,
		EraseExports: true,
		Confirm:      []string{space.ID()},
		Scope:        []dsr.Scope{{SubscriptionID: "s", ResourceGroup: "g", MachineLearningWorkspaces: []string{"w"}}},
	}

	types := []fanout.ResourceType{
		{Name: "ml-workspaces", Level: dsr.MachineLearningWorkspace}, {Name: "ml-jobs", Level: dsr.MachineLearningWorkspace},
		{Name: "ml-runs", Level: dsr.MachineLearningExperiment}, {Name: "ml-metrics", Level: dsr.MachineLearningExperiment},
		{Name: "ml-artifacts", Level: dsr.MachineLearningExperiment},
	}

	return fanout.BuildDeletion(r, 1, places, types, experimentRows, time.Time{})
}

func TestAPlanGrowsWithItsExperimentsAndNotWithTheirSquare(t *testing.T) {
	perNode, allocated := map[int]float64{}, map[int]uint64{}
	for _, experiments := range []int{200, 800, 3200} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p := planOfExperiments(experiments)
		runtime.ReadMemStats(&after)
		allocated[experiments] = after.TotalAlloc - before.TotalAlloc

		if len(p.Nodes) < 6*experiments {
			t.Fatalf("%d nodes of %d experiments", len(p.Nodes), experiments)
		}
		body, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}

		perNode[experiments] = float64(len(body)) / float64(len(p.Nodes))
	}

	if perNode[800] > 1.2*perNode[200] || perNode[3200] > 1.2*perNode[200] {
		t.Errorf("bytes per node: %v", perNode)
	}
	// Were the growth quadratic, 16 times the experiments would allocate 256 times the
	// memory. The time would depend on what else the machine does.
	if allocated[3200] > 64*allocated[200] {
		t.Errorf("allocated %v bytes", allocated)
	}

	t.Logf("bytes per node %v, allocated %v bytes", perNode, allocated)
}

func TestAStageWaitsForThoseOfItsOwnWorkspaceAlone(t *testing.T) {
	p := planOfExperiments(3)
	for _, n := range p.Nodes {
		body, err := json.Marshal(n.After)
		if err != nil {
			t.Fatal(err)
		}

		want := map[string]string{
			"delete-ml-runs": `null`, "delete-ml-metrics": `["12-14"]`, "delete-ml-artifacts": `["12-14"]`, "delete-ml-jobs": `null`,
			"delete-ml-workspaces": `["12-21"]`, dsr.EraseExports: `["12-22"]`,
		}[n.Type]
		if want != "" && string(body) != want {
			t.Errorf("node %d, %s, waits for %s, want %s", n.Number, n.Type, body, want)
		}
	}
}
