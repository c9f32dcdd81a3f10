package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/customhandler"
)

func TestALogLineNamesItsInvocationOnce(t *testing.T) {
	for name, attrs := range map[string][]any{"left out": nil, "given": {"invocationId", "inv-1"}} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			logger := newHandlerLogger(&out)
			server := customhandler.New(&customhandler.Options{Logger: logger})
			server.HandleTimer("f", "timer", func(ctx context.Context, _ customhandler.Timer) error {
				logger.With("a", 1).WithGroup("g").InfoContext(ctx, "grouped")
				logger.InfoContext(ctx, "hello", attrs...)
				return nil
			})

			r := httptest.NewRequest(http.MethodPost, "/f", strings.NewReader(`{"Data":{"timer":{}},"Metadata":{}}`))
			r.Header.Set("X-Azure-Functions-InvocationId", "inv-1")
			server.Handler().ServeHTTP(httptest.NewRecorder(), r)

			for line := range strings.Lines(out.String()) {
				if strings.Count(line, `"invocationId":"inv-1"`) != 1 || !json.Valid([]byte(line)) {
					t.Errorf("%s", line)
				}
			}

			if !strings.Contains(out.String(), `"msg":"hello"`) {
				t.Error("nothing was logged")
			}
		})
	}
}

func TestTheHandlersExitCodeIsForTheHost(t *testing.T) {
	for name, tt := range map[string]struct {
		settings map[string]string
		code     int
		says     string
	}{
		"asked to stop: to be restarted":     {withBase(), exitRestart, `"msg":"stopped"`},
		"wrong settings: something is wrong": {nil, cli.ExitUsage, `"setting":"ExportStorage"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("FUNCTIONS_CUSTOMHANDLER_PORT", freePort(t))
			e, out, errOut := testEnv(t, tt.settings)
			ctx, stop := context.WithCancel(t.Context())
			stop()

			if code := run(ctx, e, []string{"handler"}); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if !strings.Contains(out.String(), tt.says) || errOut.String() != "" {
				t.Errorf("stdout %q, stderr %q", out, errOut)
			}
		})
	}
}

func TestTheHandlerFailsOnlyIfItCannotServe(t *testing.T) {
	for name, tt := range map[string]struct {
		served error
		code   int
		level  string
	}{
		"all have finished":      {nil, exitRestart, "INFO"},
		"some were cut off":      {&customhandler.CutOffError{Invocations: 2}, exitRestart, "WARN"},
		"the listener is broken": {errors.New("no"), cli.ExitFailed, "ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if code := cli.ExitCode(ended(tt.served, newHandlerLogger(&out))); code != tt.code || !strings.Contains(out.String(), `"level":"`+tt.level) {
				t.Errorf("exit code %d, want %d; logged %s", code, tt.code, &out)
			}
		})
	}
}
