package cli_test

import (
	"strings"
	"testing"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
)

// Whoever names a run can't hide the line of another one from an approver.
func TestNoNameOfAThingMovesTheCursor(t *testing.T) {
	var out strings.Builder
	cli.PrintMentions(&out, []dsr.Mention{{Endpoint: "W10", Target: "/t", Item: "run\x1b[1A\x1b[2K\r\n\u202e"}}, 0, 5)
	if got := out.String(); strings.ContainsAny(got, "\x1b\r\u202e") || strings.Count(got, "\n") != 2 {
		t.Errorf("printed %q", got)
	}
}
