package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// outsideStories are commands that run on and on, or that only a host starts:
// tests of their own run them.
var outsideStories = map[string]bool{"local": true}

// TestEveryCommandHasItsStories finds, for each command, a story that compares
// its help with a golden file, and one that runs it.
func TestEveryCommandHasItsStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d stories, %v", len(files), err)
	}
	var stories strings.Builder
	for _, f := range files {
		stories.WriteString(readText(t, f))
	}
	a, _, _ := testApp(t, nil)
	root, _ := newRootCmd(a)
	for _, c := range commandsBelow(root) {
		name := regexp.QuoteMeta(c)
		if !regexp.MustCompile(`(?m)^exec dsr ` + name + ` --help\ncmp stdout `).MatchString(stories.String()) {
			t.Errorf("no story compares the help of dsr %s", c)
		}
		runs := regexp.MustCompile(`(?m)^!? ?exec (dsr|sh -c '(\w+=\S+ )?dsr) ` + name + `( [^-].*| --[^h].*|)$`)
		if !outsideStories[c] && !runs.MatchString(stories.String()) {
			t.Errorf("no story runs dsr %s", c)
		}
	}
}

// commandsBelow gives the names of the commands that do something.
func commandsBelow(c *cobra.Command) (names []string) {
	for _, sub := range c.Commands() {
		if below := commandsBelow(sub); len(below) > 0 {
			names = append(names, below...)
		}
		if !sub.Hidden {
			names = append(names, strings.TrimPrefix(sub.CommandPath(), "dsr "))
		}
	}
	return names
}

// TestTheExitCodesAreDocumentedAlike holds the pages against the help.
func TestTheExitCodesAreDocumentedAlike(t *testing.T) {
	codes := regexp.MustCompile(`Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 answered but not good( \([^)]*\))?, 4 not found\.`)
	_, help, _ := runIn(t, nil, "--help")
	for name, text := range map[string]string{
		"dsr --help": help, "docs/operations.md": readText(t, "../../docs/operations.md"), "README.md": readText(t, "../../README.md"),
	} {
		if !codes.MatchString(strings.Join(strings.Fields(text), " ")) {
			t.Errorf("%s does not say which exit codes there are", name)
		}
	}
}
