package main

import (
	"os"
	"strings"
	"testing"
)

// TestAnsweringOnePersonGoesAsThePageSays runs the commands of docs/answering-one-person.md
// beside a stack, and compares their output with the page.
func TestAnsweringOnePersonGoesAsThePageSays(t *testing.T) {
	page := blocks(t, "../../docs/answering-one-person.md", "console")
	if len(page) != 7 {
		t.Fatalf("the page has %d blocks of commands", len(page))
	}

	n := newNewcomer(t)
	stop := n.startStack("make local")
	for _, block := range page {
		n.run(block)
	}
	stop()
}

// TestApprovingGoesAsThePageSays runs the commands of docs/approvers.md: the first block starts
// the stack, the others are beside it.
func TestApprovingGoesAsThePageSays(t *testing.T) {
	page := blocks(t, "../../docs/approvers.md", "console")
	if len(page) != 5 {
		t.Fatalf("the page has %d blocks of commands", len(page))
	}

	n := newNewcomer(t)
	stop := n.startStack(strings.Replace(steps(page[0])[0].command, "DELETES_ENABLED=true", "env DELETES_ENABLED=true", 1))
	for _, block := range page[1:] {
		n.run(block)
	}
	stop()
}

// startStack starts a local stack and waits until it runs. stop ends it.
func (n *newcomer) startStack(command string) (stop func()) {
	n.t.Helper()
	local, out, ended := n.start(command)
	waitFor(n.t, ended, func() bool { return strings.Contains(out.String(), "Ctrl-C ends it.") }, out)
	return func() {
		n.t.Helper()
		if err := local.Signal(os.Interrupt); err != nil {
			n.t.Fatal(err)
		}
		if code := <-ended; code != 0 {
			n.t.Errorf("the stack ended with code %d:\n%s", code, out)
		}
	}
}
