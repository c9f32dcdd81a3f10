package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"azureml-dsr/internal/cli"
)

func TestAWrongCommandLineIsWrongUsage(t *testing.T) {
	for name, args := range map[string][]string{
		"an unknown command":       {"nonsense"},
		"an unknown flag":          {"demo", "--nonsense"},
		"a flag that is no number": {"demo", "--runs", "many"},
		"an argument too many":     {"local", "extra"},
		"no run at all":            {"demo", "--runs", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := runIn(args...)
			if code != cli.ExitUsage || out != "" || !strings.HasPrefix(errOut, "dsr: ") {
				t.Fatalf("code %d, out %q, err %q", code, out, errOut)
			}
		})
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	e, _, _ := testEnv()
	for _, c := range newRootCmd(e).Commands() {
		if c.Short == "" || c.Long == "" || c.Example == "" {
			t.Errorf("%s lacks a short or long description, or an example", c.Name())
		}
		if code, out, _ := runIn(c.Name(), "--help"); code != cli.ExitDone || !strings.Contains(out, "\n  dsr "+c.Name()+" [flags]\n") {
			t.Errorf("%s: code %d, out %q", c.Name(), code, out)
		}
	}
}

// The pages show these commands as commands of dsr, which does not parse their flags.
func TestEveryCommandOfThePagesExists(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}

	line := regexp.MustCompile(`(?m)^(?:\$ )?(?:\w+=\w+ )?(?:\.bin/)?dsr ((?:demo|local|broker)\b[^#{\n]*)`)
	found := 0
	for _, page := range append(pages, "../../README.md") {
		for _, m := range line.FindAllStringSubmatch(readText(t, page), -1) {
			found++
			e, _, _ := testEnv()
			cmd, rest, err := newRootCmd(e).Find(strings.Fields(m[1]))
			if err == nil {
				err = cmd.ParseFlags(rest)
			}
			if err == nil {
				err = cmd.ValidateArgs(cmd.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: dsr %s: %v", filepath.Base(page), m[1], err)
			}
		}
	}

	if found < 2 {
		t.Errorf("only %d commands were found", found)
	}
}
