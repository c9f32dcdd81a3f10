package dsr

import (
	"os"
	"strings"
	"testing"
)

func TestEveryFormAndItsRemedyIsOnThePageOfSenders(t *testing.T) {
	page, err := os.ReadFile("../../docs/senders.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range foreignForms() {
		found := false
		for line := range strings.Lines(string(page)) {
			found = found || (strings.HasPrefix(line, "| ") && strings.Contains(line, f.is) && strings.Contains(line, f.remedy))
		}
		if !found {
			t.Errorf("no line has %q with %q", f.is, f.remedy)
		}
	}
}
