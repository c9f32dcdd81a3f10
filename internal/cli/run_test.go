package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// ended runs `dsr x` that ends with an error, and returns its exit code and what it says.
func ended(ctx context.Context, err error, args ...string) (code int, says string) {
	var out, errOut bytes.Buffer
	root := &cobra.Command{Use: "dsr"}
	cmd := &cobra.Command{Use: "x ID", Args: Args("ID"), RunE: func(*cobra.Command, []string) error { return err }}
	cmd.Flags().Bool("json", false, "")
	root.AddCommand(cmd)
	e := &Env{Streams: Streams{Out: &out, Err: &errOut}, Lookup: config.FromMap(nil)}
	code = Run(ctx, e, root, append([]string{"x"}, args...))
	return code, errOut.String()
}

func TestAnInterruptedCommandEndsSilently(t *testing.T) {
	for name, tt := range map[string]struct {
		signal os.Signal
		err    error
		code   int
	}{
		"by Ctrl-C":                  {syscall.SIGINT, context.Canceled, 130},
		"by SIGTERM":                 {syscall.SIGTERM, context.Canceled, 143},
		"with an error of its own":   {syscall.SIGINT, errors.New("it broke off"), 130},
		"while it asked":             {syscall.SIGINT, Failed(errors.New("nothing was approved")), 130},
		"after it was done":          {syscall.SIGINT, nil, 0},
		"with an answer that counts": {syscall.SIGINT, NotGood(nil), 3},
		"as the host wants":          {syscall.SIGTERM, &ExitError{Code: 200}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(&InterruptedError{Signal: tt.signal})
			if code, says := ended(ctx, tt.err, "a"); code != tt.code || says != "" {
				t.Errorf("code %d, says %q", code, says)
			}
		})
	}
}

func TestAnErrorIsAnObjectWhereJSONIsAskedFor(t *testing.T) {
	input := &operator.Error{Kind: operator.Invalid, Field: "until", Err: errors.New("until is not in the future")}
	for want, tt := range map[string]struct {
		err  error
		args []string
	}{
		`{"error":{"code":"Invalid","message":"until is not in the future","field":"until","exitCode":2}}`:                                            {input, []string{"a", "--json"}},
		`{"error":{"code":"NotFound","message":"no","exitCode":4}}`:                                                                                   {NotFound(errors.New("no")), []string{"--json", "a"}},
		`{"error":{"code":"NotGood","message":"no","exitCode":3}}`:                                                                                    {NotGood(errors.New("no")), []string{"--json", "a"}},
		`{"error":{"code":"Failed","message":"Transient: no","reason":"Transient","exitCode":1}}`:                                                     {dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "no"), []string{"a", "--json"}},
		`{"error":{"code":"WrongUsage","message":"ID is missing; usage: dsr x ID [flags]","exitCode":2}}`:                                             {nil, []string{"--json"}},
		`{"error":{"code":"WrongUsage","message":"unknown flag: --nonsense","exitCode":2}}`:                                                           {nil, []string{"a", "--nonsense", "--json"}},
		`{"error":{"code":"WrongSettings","message":"the settings are not usable:\n  A: b","exitCode":2,"settings":[{"setting":"A","problem":"b"}]}}`: {config.Error{{Setting: "A", Problem: "b"}}, []string{"a", "--json"}},
	} {
		if _, says := ended(t.Context(), tt.err, tt.args...); says != want+"\n" {
			t.Errorf("got  %swant %s", says, want)
		}
	}

	if _, says := ended(t.Context(), nil, "--", "a", "--json"); says == "" || says[0] == '{' {
		t.Errorf("an argument is no flag: %q", says)
	}
}
