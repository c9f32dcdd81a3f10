package main

import (
	"strings"
	"testing"

	"azureml-dsr/internal/cli"
)

func TestAWrongCommandLineIsWrongUsage(t *testing.T) {
	for name, args := range map[string][]string{
		"an unknown command":       {"nonsense"},
		"an unknown flag":          {"list", "--nonsense"},
		"a flag that is no number": {"verify", "--attempt", "many"},
		"an argument too many":     {"package", "extra"},
		"an attempt before all":    {"verify", "req-1", "--attempt", "-1"},
		"a handler without a host": {"handler"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := runIn(t, nil, args...)
			if code != cli.ExitUsage || out != "" || !strings.HasPrefix(errOut, "dsr: ") {
				t.Fatalf("code %d, out %q, err %q", code, out, errOut)
			}
		})
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	e, _, _ := testEnv(t, nil)
	root := newRootCmd(e)
	for _, c := range root.Commands() {
		if c.Hidden || c.DisableFlagParsing { // dsr-local explains its own
			continue
		}

		t.Run(c.Name(), func(t *testing.T) {
			if c.Short == "" || c.Long == "" || c.Example == "" {
				t.Fatal("it lacks a short or long description, or an example")
			}
			code, out, _ := runIn(t, nil, c.Name(), "--help")
			if code != cli.ExitDone || !strings.Contains(out, "Examples:") {
				t.Fatalf("code %d, out %q", code, out)
			}
		})
	}
}
