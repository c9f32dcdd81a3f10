package azureml_test

import (
	"fmt"
	"strings"

	"azureml-dsr/internal/azureml"
)

// A resource type is derived from its rows in the catalogue.
func ExampleResourceOf() {
	r, _ := azureml.ResourceOf("artifacts")
	fmt.Println(r.Follows, r.List.ID, r.ItemList.ID, r.ItemEntry.ID)
	// Output: runs E14 E22 E23
}

// A page names its items and has the cursor of the next page.
func ExampleReadListing() {
	row, _ := azureml.Find("E14")
	page := `{"value": [{"runId": "run-1"}, {"runId": "run-2"}], "continuationToken": "abc"}`
	listing, err := azureml.ReadListing(strings.NewReader(page), row)
	fmt.Println(listing.Items, listing.Next != "", err)
	// Output: [run-1 run-2] true <nil>
}

// A deletion takes the URL of a row that reads; some take what they hold along.
func ExampleDeletions() {
	for _, d := range azureml.DeleteOperations() {
		if d.Container {
			fmt.Println(d.ID, "deletes what", d.Reads, "reads:", d.Type)
		}
	}
	// Output:
	// D01 deletes what E01 reads: hosting-account
	// D06 deletes what E29 reads: projects
	// D07 deletes what E28 reads: workspaces
	// D08 deletes what E27 reads: experimentation-account
	// DW03 deletes what W03 reads: ml-workspaces
	// DW65 deletes what W65 reads: ml-registries
}
