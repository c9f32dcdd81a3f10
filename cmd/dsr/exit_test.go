package main

import (
	"azureml-dsr/internal/config"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestAnErrorDecidesTheExitCode(t *testing.T) {
	err := errors.New("e")
	for name, tt := range map[string]struct {
		err  error
		code int
	}{
		"none":                 {nil, 0},
		"any other":            {err, 1},
		"a failure":            {failed(err), 1},
		"wrong usage":          {usage(err), 2},
		"wrong settings":       {config.Error{{Setting: "A", Problem: "b"}}, 2},
		"not good":             {notGood(err), 3},
		"not found":            {notFound(err), 4},
		"a wrapped one":        {fmt.Errorf("doing: %w", notFound(err)), 4},
		"one of several":       {errors.Join(notGood(err), err), 3},
		"the handler's ending": {&exitError{code: exitRestart}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			if got := exitCode(tt.err); got != tt.code {
				t.Fatalf("got %d, want %d", got, tt.code)
			}
		})
	}
}

func TestAWrongCommandLineIsWrongUsage(t *testing.T) {
	for name, args := range map[string][]string{
		"an unknown command":       {"nonsense"},
		"an unknown flag":          {"demo", "--nonsense"},
		"a flag that is no number": {"demo", "--runs", "many"},
		"an argument too many":     {"package", "extra"},
		"no run at all":            {"demo", "--runs", "0"},
		"a handler without a host": {"handler"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := runIn(t, nil, args...)
			if code != exitUsage || out != "" || !strings.HasPrefix(errOut, "dsr: ") {
				t.Fatalf("code %d, out %q, err %q", code, out, errOut)
			}
		})
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	a, _, _ := testApp(t, nil)
	root, _ := newRootCmd(a)
	for _, c := range root.Commands() {
		if c.Hidden {
			continue
		}
		t.Run(c.Name(), func(t *testing.T) {
			if c.Short == "" || c.Long == "" || c.Example == "" {
				t.Fatal("it lacks a short or long description, or an example")
			}
			code, out, _ := runIn(t, nil, c.Name(), "--help")
			if code != exitDone || !strings.Contains(out, "Examples:") {
				t.Fatalf("code %d, out %q", code, out)
			}
		})
	}
}
