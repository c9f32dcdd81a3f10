package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// outsideStories are commands that run until they are interrupted. Tests of their own run
// them.
var outsideStories = map[string]bool{"local": true, "broker": true}

// TestEveryCommandHasItsStories finds a story for each command that compares its help with
// a golden file, and one that runs it.
func TestEveryCommandHasItsStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d stories, %v", len(files), err)
	}

	var stories strings.Builder
	for _, f := range files {
		stories.WriteString(readText(t, f))
	}

	e, _, _ := testEnv(t, nil)
	root := newRootCmd(e)
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

// commandsBelow returns the names of all visible commands below one.
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

// TestTheExitCodesAreDocumentedAlike compares the pages with the help.
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

// TestEveryCommandOfThePagesExists parses each line of the pages that begins with `$ dsr`
// as the program does.
func TestEveryCommandOfThePagesExists(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}

	line := regexp.MustCompile(`(?m)^(?:\$ )?(?:\.bin/)?dsr ([^#{\n]*)`)
	found := 0
	for _, page := range append(pages, "../../README.md") {
		for _, fence := range blocks(t, page, "(?:console|bash)") {
			for _, m := range line.FindAllStringSubmatch(fence, -1) {
				found++
				if err := readCommand(t, words(m[1])); err != nil {
					t.Errorf("%s: dsr %s: %v", filepath.Base(page), m[1], err)
				}
			}
		}
	}

	if found < 30 {
		t.Errorf("only %d commands were found", found)
	}
}

// words splits a command line into words, and keeps quoted ones whole.
func words(line string) (out []string) {
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		out = append(out, m[1]+m[2])
	}
	return out
}

// readCommand parses a command line without running it.
func readCommand(t *testing.T, args []string) error {
	t.Helper()
	e, _, _ := testEnv(t, nil)
	root := newRootCmd(e)
	cmd, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}
