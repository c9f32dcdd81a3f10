package verify

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

// A blob below data/ is found to be its node's, whatever kind of target the node has.
func TestDataBelongsToTheNodeOfItsTypeAndTarget(t *testing.T) {
	const group = "/subscriptions/s/resourceGroups/g"
	for name, id := range map[string]string{
		"a resource group":     group,
		"a hosting account":    group + "/providers/Microsoft.MachineLearningModelManagement/accounts/h",
		"a project":            group + "/providers/Microsoft.MachineLearningExperimentation/accounts/a/workspaces/w/projects/p",
		"a workspace of today": group + "/providers/Microsoft.MachineLearningServices/workspaces/w",
		"an experiment in one": group + "/providers/Microsoft.MachineLearningServices/workspaces/w/experimentids/e",
		"a registry":           group + "/providers/Microsoft.MachineLearningServices/registries/r",
	} {
		t.Run(name, func(t *testing.T) {
			node := dsr.Node{Number: 7, Type: "things", Followers: []string{"parts"}, Target: id}
			target, err := node.Place()
			if err != nil {
				t.Fatal(err)
			}
			s := newOrphans(&verifier{plan: &dsr.Plan{Nodes: []dsr.Node{node}}})

			for _, typ := range []string{"things", "parts"} {
				n, got, file := s.place(typ + "/" + target.Path() + "/part-1-000001-00000.json")
				if n.Number != node.Number || got != typ || file != "part-1-000001-00000.json" {
					t.Errorf("%s: node %d, type %q, file %q", typ, n.Number, got, file)
				}
			}
			if n, _, _ := s.place("others/" + target.Path() + "/part-1-000001-00000.json"); n.Number != 0 {
				t.Errorf("another type's is node %d's", n.Number)
			}
		})
	}
}
