package app

import (
	"os"
	"strings"
	"testing"

	"azureml-dsr/internal/senders"
)

// TestTheRoutesOfOtherSendersAreDocumented holds the page of senders against the routes, and
// what each needs of its caller.
func TestTheRoutesOfOtherSendersAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/senders.md")
	if err != nil {
		t.Fatal(err)
	}
	rights := map[senders.Need]string{
		senders.NeedsNothing:  "anybody",
		senders.NeedsReading:  "`DSR.Read`",
		senders.NeedsOrdering: "`DSR.Operate`",
	}

	routes := SenderRoutes(SenderOptions{})
	for _, r := range routes {
		row := "| `" + r.Method + " " + senders.Prefix + r.Path + "` | " + rights[r.Needs] + " |"
		if !strings.Contains(string(page), row) {
			t.Errorf("docs/senders.md has no row that begins with %s", row)
		}
		if r.Handler == nil || r.ID == "" {
			t.Errorf("%s %s has no handler or no id", r.Method, r.Path)
		}
	}
	if len(routes) < 13 {
		t.Errorf("%d routes", len(routes))
	}
}
