package operator

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

// TestEachReasonOfThePageIsExplained holds the texts of failures against docs/outcomes.md.
func TestEachReasonOfThePageIsExplained(t *testing.T) {
	page, err := os.ReadFile("../../docs/outcomes.md")
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(page), "## Faults that verify reports")

	named := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(before, -1) {
		for _, reason := range regexp.MustCompile("`([A-Z][A-Za-z]+)`").FindAllStringSubmatch(row[1], -1) {
			named[reason[1]] = true
		}
	}
	if len(named) < 20 {
		t.Fatalf("the page names only %d reasons", len(named))
	}
	for reason := range named {
		if _, ok := explanations[reason]; !ok && !isCode(reason) {
			t.Errorf("a failure with the reason %s is not explained", reason)
		}
	}

	for reason, why := range explanations {
		if why.meaning == "" || (why.remedy == "" && reason != dsr.ReasonCanceled) {
			t.Errorf("%s lacks a meaning or a remedy", reason)
		}
		if !strings.Contains(before, "`"+reason+"`") {
			t.Errorf("docs/outcomes.md does not have %s", reason)
		}
	}
}

// isCode reports whether a name of the page is a code of Azure that stands beside a reason.
func isCode(name string) bool {
	return name == "SubscriptionNotFound" || name == "InvalidResourceType"
}

func TestAReasonMeansMoreOnSomeRows(t *testing.T) {
	for _, tt := range []struct{ endpoint, reason, want string }{
		{"E03", dsr.ReasonTargetNotFound, "what the request names is not there"},
		{"W03", dsr.ReasonTargetNotFound, "there is no such workspace or registry, or it was deleted softly"},
		{"W44", dsr.ReasonTargetNotFound, "this workspace has no such list, or was deleted meanwhile"},
		{"E03", dsr.ReasonTransient, "it failed again and again until the last pause"},
		{"DW29", dsr.ReasonTransient, "Azure refused to the end, or it was still there"},
		{"E03", "SomethingNew", "it failed"},
	} {
		got := Explain([]dsr.Failure{{Endpoint: tt.endpoint, Reason: tt.reason}})
		if len(got) != 1 || got[0].Meaning != tt.want {
			t.Errorf("%s on %s: %+v", tt.reason, tt.endpoint, got)
		}
	}
}
