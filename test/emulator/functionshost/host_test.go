package functionshost

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

const startupTimer = `{"bindings":[{"type":"timerTrigger","name":"timer","schedule":"0 0 0 1 1 *","runOnStartup":true}]}`

func options(t *testing.T, mode string, out output, functions map[string]string, env ...string) Options {
	t.Helper()
	return Options{
		AppDir: writeApp(t, testHandler(t, ""), functions),
		Logger: quiet,
		Stdout: out,
		Env:    append([]string{childVariable + "=" + mode}, env...),
	}
}

func TestAHostRunsItsAppUntilStopped(t *testing.T) {
	out := newOutput()
	started := make(chan int, 10)
	opts := options(t, "serve", out, map[string]string{"ok": startupTimer, "off": startupTimer, "bad": `{}`}, "AzureWebJobs.off.Disabled=true")
	opts.OnStart = func(pid int) { started <- pid }
	h, err := Start(within(t), opts)
	if err != nil {
		t.Fatal(err)
	}

	pid := h.PID()
	if got := <-started; got != pid || !running(pid) {
		t.Errorf("OnStart got %d; the handler is %d", got, pid)
	}
	if line := out.await(t, "ok"); !strings.Contains(line, `"sys":{"MethodName":"ok"`) {
		t.Errorf("got %s", line)
	}
	if err := errors.Join(h.Stop(), h.Stop(), h.Wait()); err != nil {
		t.Error(err)
	}
	if running(pid) || h.PID() != 0 {
		t.Errorf("process %d runs: %t; PID is %d", pid, running(pid), h.PID())
	}

	close(out)

	for line := range out {
		if strings.HasPrefix(line, "off") {
			t.Error("a disabled function ran")
		}
		if strings.HasPrefix(line, "signal") { // the real host kills without a word
			t.Errorf("the handler was warned: %s", line)
		}
	}
}

func TestAHostStopsByItselfAfterThreeErrors(t *testing.T) {
	out := newOutput()
	h, err := Start(within(t), options(t, "serve", out, map[string]string{"exit_9": strings.Replace(startupTimer, "0 0 0 1 1 *", "* * * * * *", 1)}))
	if err != nil {
		t.Fatal(err)
	}

	stopped := make(chan error, 1)
	go func() { stopped <- h.Wait() }()

	select {
	case err := <-stopped:
		if err == nil || !strings.Contains(err.Error(), "failed 3 times") {
			t.Errorf("got %v", err)
		}
	case <-time.After(patience):
		t.Error("it runs on")
	}
	if err := h.Stop(); err != nil {
		t.Error(err)
	}
}

func TestStopWaitsForInvocationsButNotForEver(t *testing.T) {
	out := newOutput()
	opts := options(t, "serve", out, map[string]string{"hang": startupTimer})
	opts.DrainTime = 50 * time.Millisecond
	h, err := Start(within(t), opts)
	if err != nil {
		t.Fatal(err)
	}

	out.await(t, "hang")
	pid := h.PID()

	if err := h.Stop(); err != nil {
		t.Error(err)
	}
	if running(pid) {
		t.Error("the handler still runs")
	}
}

func TestAStartThatFailsLeavesNothingBehind(t *testing.T) {
	tests := []struct {
		name, mode string
		env        []string
		want       string
	}{
		{"the handler ends", "exit 3", nil, "exit status 3"},
		{"the context ends", "deaf", nil, "context canceled"},
		{"a broken connection string", "serve", []string{"Bus=nonsense"}, "function queue: opening its queue"},
		{"a broken host.json", "serve", []string{"AzureFunctionsJobHost__version=1.0"}, "loading the app"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()

			var pids []int
			opts := options(t, tt.mode, newOutput(), map[string]string{"ok": startupTimer, "queue": queueFunction}, tt.env...)
			opts.OnStart = func(pid int) {
				pids = append(pids, pid)
				if tt.mode == "deaf" {
					cancel()
				}
			}

			h, err := Start(ctx, opts)
			if h != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}

			for _, pid := range pids {
				if running(pid) {
					t.Errorf("process %d still runs", pid)
				}
			}
		})
	}
}

func TestFunctionsThatAreLeftOutAreLogged(t *testing.T) {
	var log bytes.Buffer
	opts := options(t, "serve", newOutput(), map[string]string{"bad": `{}`, "off": startupTimer}, "AzureWebJobs.off.Disabled=true")
	opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	h, err := Start(within(t), opts)
	if err != nil {
		t.Fatal(err)
	}

	if err := h.Stop(); err != nil {
		t.Error(err)
	}
	if got := log.String(); !strings.Contains(got, `level=ERROR msg="a function is left out" error="function bad: `) || !strings.Contains(got, "function=off") {
		t.Errorf("got %s", got)
	}
}

func TestAppSettingsComeBeforeTheEnvironment(t *testing.T) {
	t.Setenv("A", "environment")
	t.Setenv("B", "environment")
	o := Options{Env: []string{"A=first", "A=last", "C"}}
	for name, want := range map[string]string{"A": "last", "B": "environment", "C": ""} {
		if got, ok := o.lookup(name); got != want || !ok {
			t.Errorf("%s: got %q, %t", name, got, ok)
		}
	}
}
