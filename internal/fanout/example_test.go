package fanout_test

import (
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// Types that follow the list of a project's runs share one node with it.
func ExampleBuild() {
	project := dsr.Target{
		Level:          dsr.Project,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Account:        "a",
		Workspace:      "w",
		Project:        "p",
	}
	plan := fanout.Build(dsr.Request{ID: "r", Kind: dsr.KindExport}, 1, []fanout.Found{{Target: project}}, []fanout.ResourceType{
		{Name: "projects", Level: dsr.Project},
		{Name: "runs", Level: dsr.Project},
		{Name: "artifacts", Level: dsr.Project, Follows: "runs"},
	}, time.Time{})
	for _, n := range plan.Nodes {
		fmt.Println(n.Number, n.Type, n.Followers)
	}
	// Output:
	// 1 projects []
	// 2 runs [artifacts]
}
