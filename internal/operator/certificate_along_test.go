package operator

import (
	"slices"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestWhatADeletionTakesAlong(t *testing.T) {
	const space = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
	const experiment = space + "/experimentids/e"
	const other = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/other"
	deleted := func(row, target, item string) dsr.DeletionProof {
		return dsr.DeletionProof{
			Endpoint: row,
			Target:   target,
			Item:     item,
			Outcome:  dsr.OutcomeDeleted,
		}
	}
	thing := func(row, target, item string, under ...string) plannedThing {
		return plannedThing{dsr.Planned{Item: item, Under: under}, dsr.Deletions{Endpoint: row, Target: target}}
	}

	for name, tt := range map[string]struct {
		proof dsr.DeletionProof
		thing plannedThing
		want  bool
	}{
		"a run with the job of its name":         {deleted("DW29", space, "run-1"), thing("DW53", experiment, "run-1"), true},
		"a step with the job of its pipeline":    {deleted("DW29", space, "run-1"), thing("DW53", experiment, "step-1", "run-1"), true},
		"metrics with the job of their run":      {deleted("DW29", space, "run-1"), thing("DW56", experiment, "run-1"), true},
		"artifacts with their run":               {deleted("DW53", experiment, "run-1"), thing("DW59", experiment, "run-1"), true},
		"anything with its workspace":            {deleted("DW03", space, space), thing("DW05", space, "ci-1"), true},
		"a run of another name":                  {deleted("DW29", space, "run-2"), thing("DW53", experiment, "run-1"), false},
		"a run of the name in another workspace": {deleted("DW29", other, "run-1"), thing("DW53", experiment, "run-1"), false},
		"a compute with the name of a job":       {deleted("DW29", space, "run-1"), thing("DW05", space, "run-1"), false},
		"a thing of another workspace":           {deleted("DW03", other, other), thing("DW05", space, "ci-1"), false},
		"the job with its run":                   {deleted("DW53", experiment, "run-1"), thing("DW29", space, "run-1"), false},
	} {
		c := &companions{}
		c.add(tt.proof)
		slices.Sort(c.deleted)
		if got := c.took(tt.thing, kinOfRows()[tt.thing.stage.Endpoint]); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
