package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestNoLineOfTheHandlerHasANameInIt logs names in each place where a line may have one.
func TestNoLineOfTheHandlerHasANameInIt(t *testing.T) {
	const blob, target, person = "req-1/1/data/runs/s/ada-group/ada-ws/part-1-000001-00000.json",
		"/subscriptions/s/resourceGroups/ada-group/providers/Microsoft.MachineLearningServices/workspaces/ada-ws", "ada@example.org"

	var out bytes.Buffer
	log := newHandlerLogger(&out)
	log.Warn("could not read "+blob, "error", "reading "+blob+": gone")
	log.Warn("refused", "error", errors.New(target+" is locked"), "taskId", "30e441400a71c42b")
	log.With("by", person).WithGroup("in").Warn("asked", "target", target)

	if text := out.String(); strings.Contains(text, "ada") || strings.Count(text, "\n") != 3 ||
		!strings.Contains(text, "data/runs/…/part-1-000001-00000.json") || !strings.Contains(text, `"taskId":"30e441400a71c42b"`) {
		t.Errorf("logged\n%s", text)
	}
}
