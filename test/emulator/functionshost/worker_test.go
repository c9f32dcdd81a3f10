package functionshost

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnInvocationIsPostedAsTheHostDoes(t *testing.T) {
	w, out := startWorker(t, "serve", "", "SETTING=from the app", "ARG=a b")
	out.await(t, "serving one a b two") // joined with blanks, unquoted
	if err := w.invoke(within(t), "request", []byte(`{"Data":{}}`)); err != nil {
		t.Fatal(err)
	}

	port := strconv.Itoa(w.port)
	for _, want := range []string{
		`request {"Data":{}}`,
		"POST /request HTTP/1.1 [chunked] -1 127.0.0.1:" + port,
		"Content-Type: application/json; charset=utf-8",
		"X-Azure-Functions-InvocationId: ",
		"X-Azure-Functions-HostVersion: 4.",
		"User-Agent: Azure-Functions-Host/4.",
		"FUNCTIONS_CUSTOMHANDLER_PORT=" + port,
		"FUNCTIONS_HTTPWORKER_PORT=" + port,
		"FUNCTIONS_CUSTOMHANDLER_WORKER_ID=" + variable(w.env, "FUNCTIONS_HTTPWORKER_ID"),
		"FUNCTIONS_APP_ROOT_PATH=" + w.app.Dir,
		"SETTING=from the app",
		"in " + w.app.Dir,
	} {
		if got := <-out; !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAFailedInvocationLeavesTheHandlerRunning(t *testing.T) {
	w, _ := startWorker(t, "serve", "")
	if err := w.invoke(within(t), "fail", []byte("{}")); err == nil || !strings.Contains(err.Error(), "500") {
		t.Errorf("got %v", err)
	}
	before := w.pid()
	if err := w.invoke(within(t), "ok", []byte("{}")); err != nil || w.pid() != before {
		t.Errorf("got %v from process %d, before %d", err, w.pid(), before)
	}
}

func TestARedirectionIsFollowed(t *testing.T) {
	w, out := startWorker(t, "serve", "")
	for code, method := range map[string]string{"301": "GET", "302": "GET", "303": "GET", "307": "POST", "308": "POST"} {
		if err := w.invoke(within(t), "moved_"+code, []byte(`{"Data":{}}`)); err != nil {
			t.Fatal(err)
		}
		line := out.await(t, "landed")
		if posted := strings.Contains(line, `{"Data":{}}`); posted != (method == "POST") {
			t.Errorf("%s: got %s", code, line)
		}
		out.await(t, "by "+method)
	}
}

func TestARedirectionIsAFailureWhereRequestsAreForwarded(t *testing.T) {
	w, _ := startWorker(t, "serve", "", "AzureFunctionsJobHost__customHandler__enableForwardingHttpRequest=true")
	if err := w.invoke(within(t), "moved_302", []byte("{}")); err == nil || !strings.Contains(err.Error(), "302") {
		t.Errorf("got %v", err)
	}
}

func TestAHandlerThatEndsIsStartedAgainOnTheSamePort(t *testing.T) {
	for _, code := range []int{0, 1, 200} {
		t.Run(fmt.Sprintf("exit code %d", code), func(t *testing.T) {
			t.Parallel()
			w, out := startWorker(t, "serve", "")
			out.await(t, "serving")
			port, before := w.port, w.pid()

			if err := w.invoke(within(t), "exit_"+strconv.Itoa(code), []byte("{}")); err == nil {
				t.Error("the invocation in flight succeeded")
			}

			out.await(t, "serving")

			if err := w.invoke(within(t), "ok", []byte("{}")); err != nil {
				t.Errorf("after the restart: %v", err)
			}
			if w.port != port || w.pid() == before {
				t.Errorf("port %d and process %d, before %d and %d", w.port, w.pid(), port, before)
			}
		})
	}
}

func TestTheThirdErrorStopsTheWorker(t *testing.T) {
	w, _ := startWorker(t, "exit 7", "")
	_, err := w.awaitReady(within(t))
	if err == nil || !strings.Contains(err.Error(), "failed 3 times") || !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("got %v", err)
	}
}

func TestRestartsThatTheHandlerAsksForAreNotCounted(t *testing.T) {
	for _, code := range []string{"0", "200"} {
		t.Run("exit code "+code, func(t *testing.T) {
			t.Parallel()
			w, out := startWorker(t, "serve", "")
			for range errorsAllowed + 1 {
				out.await(t, "serving")
				if err := w.invoke(within(t), "exit_"+code, []byte("{}")); err == nil {
					t.Fatal("the invocation in flight succeeded")
				}
			}

			out.await(t, "serving")

			if err := w.invoke(within(t), "ok", []byte("{}")); err != nil {
				t.Error(err)
			}
		})
	}
}

// The real host gives up then too (azure-functions-host#9195).
func TestAnInvocationWaitsFourInitializationTimeoutsForAHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &worker{
			app:     &App{InitializationTimeout: 30 * time.Second},
			log:     quiet,
			changed: make(chan struct{}),
			failed:  make(chan struct{}),
		}
		began := time.Now()
		err := w.invoke(t.Context(), "ok", nil)
		if err == nil || !strings.Contains(err.Error(), "no handler was ready within 2m0s") || time.Since(began) != 2*time.Minute {
			t.Errorf("got %v after %s", err, time.Since(began))
		}

		select {
		case <-w.failed:
		default:
			t.Error("the host was not told to stop")
		}
	})
}

func TestAllThatADyingHandlerWroteIsRead(t *testing.T) {
	w, out := startWorker(t, "serve", "")
	out.await(t, "serving")
	if err := w.invoke(within(t), "burst_200", []byte("{}")); err == nil {
		t.Error("the invocation in flight succeeded")
	}
	for i := range burstLines {
		if got := out.await(t, "burst line"); got != burstLine(i) {
			t.Fatalf("got %q, want %q", got, burstLine(i))
		}
	}
	out.await(t, "serving")
}

// variable is an environment variable's value.
func variable(env []string, name string) string {
	for _, pair := range env {
		if k, v, _ := strings.Cut(pair, "="); k == name {
			return v
		}
	}
	return ""
}

func TestAHandlerThatNeverListensIsKilledAndCounted(t *testing.T) {
	w, _ := newTestWorker(t, "deaf", "", "AzureFunctionsJobHost__customHandler__initializationTimeout=00:00:00.5")
	pids := make(chan int, errorsAllowed+1)
	w.onStart = func(pid int) { pids <- pid }
	runWorker(t, w)
	<-w.failed

	if err := w.failure; !strings.Contains(err.Error(), "did not answer on port "+strconv.Itoa(w.port)) {
		t.Errorf("got %v", err)
	}

	close(pids)

	if len(pids) != errorsAllowed {
		t.Errorf("it was started %d times", len(pids))
	}

	for pid := range pids {
		if running(pid) {
			t.Errorf("process %d still runs", pid)
		}
	}
}

func TestFunctionTimeoutKillsTheHandlerWithAllItsInvocations(t *testing.T) {
	for name, function := range map[string]string{"no answer": "hang", "an answer with an empty body": "empty"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, out := startWorker(t, "serve", "", "AzureFunctionsJobHost__functionTimeout=00:00:03")
			out.await(t, "serving")
			before := w.pid()
			results := make(chan error, 2)
			for range 2 {
				go func() { results <- w.invoke(within(t), function, []byte("{}")) }()
				out.await(t, function)
			}

			// One of the two runs out of time first and takes the other along.
			first, second := <-results, <-results
			if first == nil || second == nil || !errors.Is(errors.Join(first, second), errFunctionTimeout) {
				t.Errorf("got %v and %v", first, second)
			}

			out.await(t, "serving")

			if err := w.invoke(within(t), "ok", []byte("{}")); err != nil || running(before) {
				t.Errorf("got %v; process %d runs: %t", err, before, running(before))
			}
		})
	}
}

func TestKillsByFunctionTimeoutAreNotCounted(t *testing.T) {
	w, out := startWorker(t, "serve", "", "AzureFunctionsJobHost__functionTimeout=00:00:00.2")
	for range errorsAllowed {
		out.await(t, "serving")
		if err := w.invoke(within(t), "hang", []byte("{}")); !errors.Is(err, errFunctionTimeout) {
			t.Fatalf("got %v", err)
		}
	}
	out.await(t, "serving")
	if err := w.invoke(within(t), "ok", []byte("{}")); err != nil {
		t.Error(err)
	}
}

func TestAnEmptyAnswerEndsWithTheHandler(t *testing.T) {
	w, out := startWorker(t, "serve", "", "AzureFunctionsJobHost__functionTimeout=-1")
	result := make(chan error, 1)
	go func() { result <- w.invoke(within(t), "empty", []byte("{}")) }()
	out.await(t, "empty")
	if err := w.invoke(within(t), "exit_1", []byte("{}")); err == nil {
		t.Error("exit_1 succeeded")
	}
	if err := <-result; err == nil {
		t.Error("an empty answer succeeded")
	}
}

func TestAnExecutableThatCannotStartIsCounted(t *testing.T) {
	dir := writeApp(t, `{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"host.json"}}}`, nil)
	app, err := Load(dir, settings())
	if err != nil {
		t.Fatal(err)
	}

	opts := Options{Logger: quiet}
	opts.setDefaults()
	w, err := newWorker(app, opts)
	if err != nil {
		t.Fatal(err)
	}

	w.run(t.Context())

	if w.failure == nil || !strings.Contains(w.failure.Error(), "starting the handler") {
		t.Errorf("got %v", w.failure)
	}
}

func TestAConfiguredPortIsUsed(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	w, _ := startWorker(t, "serve", "", "AzureFunctionsJobHost__customHandler__port="+strconv.Itoa(port))
	if err := w.invoke(within(t), "ok", []byte("{}")); err != nil || w.port != port {
		t.Errorf("got %v on port %d, want %d", err, w.port, port)
	}
}

func TestErrorBudget(t *testing.T) {
	tests := []struct {
		name string
		gaps []time.Duration // between errors
		want bool            // after the last
	}{
		{"two errors are allowed", []time.Duration{0, 0}, false},
		{"the third at once stops", []time.Duration{0, 0, 0}, true},
		{"the third within 30 minutes of the second stops", []time.Duration{0, 30 * time.Minute, 30 * time.Minute}, true},
		{"a longer pause starts the count again", []time.Duration{0, 0, 31 * time.Minute, 0}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b errorBudget
			at, got := time.Unix(0, 0), false
			for _, gap := range tt.gaps {
				at = at.Add(gap)
				got = b.spend(at)
			}

			if got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
