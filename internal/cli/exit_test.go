package cli

import (
	"errors"
	"fmt"
	"testing"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/operator"
)

func TestAnErrorDecidesTheExitCode(t *testing.T) {
	err := errors.New("e")
	for name, tt := range map[string]struct {
		err  error
		code int
	}{
		"none":                 {nil, 0},
		"any other":            {err, 1},
		"a failure":            {Failed(err), 1},
		"wrong usage":          {Usage(err), 2},
		"wrong settings":       {config.Error{{Setting: "A", Problem: "b"}}, 2},
		"not good":             {NotGood(err), 3},
		"not found":            {NotFound(err), 4},
		"a wrapped one":        {fmt.Errorf("doing: %w", NotFound(err)), 4},
		"one of several":       {errors.Join(NotGood(err), err), 3},
		"an input is wrong":    {&operator.Error{Kind: operator.Invalid, Err: err}, 2},
		"nothing is stored":    {&operator.Error{Kind: operator.NotFound, Err: err}, 4},
		"it is not allowed":    {fmt.Errorf("doing: %w", &operator.Error{Kind: operator.Refused, Err: err}), 1},
		"the handler's ending": {&ExitError{Code: 200}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ExitCode(tt.err); got != tt.code {
				t.Fatalf("got %d, want %d", got, tt.code)
			}
		})
	}
}

func TestAnInputIsNamedAsTheCommandLineNamesIt(t *testing.T) {
	wrong := func(field, text string) error {
		return &operator.Error{Kind: operator.Invalid, Field: field, Err: errors.New(text)}
	}
	for want, err := range map[string]error{
		"--until is not after it":             wrong("until", "until is not after it"),
		"--only pictures: there is none":      wrong("only", "only pictures: there is none"),
		"SCOPE-OR-ID is empty":                wrong("on", "on is empty"),
		"\"../x\" is not the id of a request": wrong("id", "\"../x\" is not the id of a request"),
		"doing: until is wrong":               fmt.Errorf("doing: %w", wrong("until", "until is wrong")),
		"until then":                          errors.New("until then"),
	} {
		if got := spelled(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
