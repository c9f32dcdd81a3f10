package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
)

// TestCommandsWithoutJSONAreNamed holds docs/json.md against the commands.
func TestCommandsWithoutJSONAreNamed(t *testing.T) {
	page, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}

	var without []string
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			visit(sub)
		}
		if c.Runnable() && !c.HasSubCommands() && c.Flags().Lookup("json") == nil {
			without = append(without, c.Name())
		}
	}
	visit(newRootCmd(&cli.Env{}))

	slices.Sort(without)
	if want := []string{"broker", "demo", "handler", "local"}; !slices.Equal(without, want) {
		t.Errorf("without --json are %s, want %s", without, want)
	}
	for _, name := range without {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/json.md does not say that %s has no --json", name)
		}
	}
}
