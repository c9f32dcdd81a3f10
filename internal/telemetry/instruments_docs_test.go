package telemetry

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestEachMetricIsDocumented compares the metrics and their units with docs/operations.md.
func TestEachMetricIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| metric | unit |")
	table, _, _ = strings.Cut(table, "\n\n")
	documented := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| `([^`]+)` \\|").FindAllStringSubmatch(table, -1) {
		documented[m[1]] = m[2]
	}

	for _, i := range instruments {
		if documented[i.name] != i.unit {
			t.Errorf("docs/operations.md gives %s the unit %q, not %q", i.name, documented[i.name], i.unit)
		}
		delete(documented, i.name)
		if i.description == "" {
			t.Errorf("%s has no description", i.name)
		}
	}
	for name := range documented {
		t.Errorf("docs/operations.md has the metric %s, which there is not", name)
	}
}
