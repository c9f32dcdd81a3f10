package functionshost

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// childVariable makes the test binary play a handler instead of running tests.
const childVariable = "FUNCTIONSHOST_TEST_CHILD"

func TestMain(m *testing.M) {
	if mode := os.Getenv(childVariable); mode != "" {
		os.Exit(playHandler(mode))
	}
	goleak.VerifyTestMain(m)
}

// playHandler is the handler: "serve", "settle" (see there), "deaf" (never
// listens) or "exit N".
func playHandler(mode string) int {
	if code, ok := strings.CutPrefix(mode, "exit "); ok {
		n, _ := strconv.Atoi(code)
		return n
	}

	if mode == "deaf" {
		fmt.Println("deaf")
		select {} // until killed
	}

	if mode == "settle" {
		fmt.Println(settleAll())
		return 1
	}

	go reportSignals()
	fmt.Println("serving", strings.Join(os.Args[1:], " "))
	err := http.ListenAndServe("127.0.0.1:"+os.Getenv("FUNCTIONS_CUSTOMHANDLER_PORT"), http.HandlerFunc(serveChild))
	fmt.Fprintln(os.Stderr, err)

	return 1
}

// reportSignals writes the signals that a host would send to end the handler.
func reportSignals() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	fmt.Println("signal", <-signals)
}

// serveForwarded answers a forwarded request with what it got.
func serveForwarded(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/moved") {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/die") {
		os.Exit(exitRestart)
	}
	seen, err := httputil.DumpRequest(r, true)
	w.Header().Set("X-Id", r.Header.Get(headerInvocationID))
	w.WriteHeader(http.StatusTeapot)
	_, _ = fmt.Fprint(w, string(seen), err)
}

// callersWish returns the answer that the caller of an HTTP function asked for in the
// body.
func callersWish(invocation []byte) string {
	var of struct {
		Data struct{ Req struct{ Body string } }
	}
	if err := json.Unmarshal(invocation, &of); err != nil {
		return err.Error()
	}
	return of.Data.Req.Body
}

// serveChild behaves as the called function's name says.
func serveChild(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		serveForwarded(w, r)
		return
	}

	function, arg, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "_")
	body, _ := io.ReadAll(r.Body)
	if function == "" {
		w.WriteHeader(http.StatusTeapot) // any answer is readiness
		return
	}

	line := string(body)
	if function == "mortal" {
		line = delivery(body)
	}

	fmt.Printf("%s %s\n", function, line)
	w.Header().Set("Content-Type", "application/json")

	switch function {
	case "ok", "dsr", "bulk":
		_, _ = io.WriteString(w, `{"Outputs":{},"Logs":null,"ReturnValue":null}`)
	case "fail":
		w.WriteHeader(http.StatusInternalServerError)
	case "empty":
	case "burst":
		for i := range burstLines {
			fmt.Println(burstLine(i))
		}
		exit(arg)

	case "wish":
		_, _ = io.WriteString(w, callersWish(body))
	case "lasts":
		<-time.After(shortestLock + time.Second)
		_, _ = io.WriteString(w, "{}")
	case "moved":
		n, _ := strconv.Atoi(arg)
		http.Redirect(w, r, "/landed", n)
	case "landed":
		fmt.Println("by", r.Method)
		_, _ = io.WriteString(w, "{}")
	case "mortal":
		if strings.HasSuffix(line, " 1") {
			exit(arg)
		}
		_, _ = io.WriteString(w, "{}")

	case "exit":
		exit(arg)
	case "hang":
		<-r.Context().Done()
	case "request":
		fmt.Printf("%s %s %s %v %v %s\n", r.Method, r.URL.Path, r.Proto, r.TransferEncoding, r.ContentLength, r.Host)
		for _, h := range []string{"Content-Type", "X-Azure-Functions-InvocationId", "X-Azure-Functions-HostVersion", "User-Agent"} {
			fmt.Printf("%s: %s\n", h, r.Header.Get(h))
		}
		for _, e := range []string{"FUNCTIONS_CUSTOMHANDLER_PORT", "FUNCTIONS_HTTPWORKER_PORT", "FUNCTIONS_CUSTOMHANDLER_WORKER_ID", "FUNCTIONS_APP_ROOT_PATH", "SETTING"} {
			fmt.Printf("%s=%s\n", e, os.Getenv(e))
		}
		dir, _ := os.Getwd()
		fmt.Println("in", dir)
		_, _ = io.WriteString(w, `{}`)
	}
}

func exit(code string) {
	n, _ := strconv.Atoi(code)
	os.Exit(n)
}

// delivery returns which message an invocation is for, and its delivery count.
func delivery(body []byte) string {
	var invocation struct {
		Metadata struct{ MessageId, DeliveryCount string }
	} //nolint:revive // the wire's names
	if err := json.Unmarshal(body, &invocation); err != nil {
		return err.Error()
	}
	return invocation.Metadata.MessageId + " " + invocation.Metadata.DeliveryCount
}

// shortestLock is the shortest that Service Bus has; the function lasts takes
// longer.
const shortestLock = 5 * time.Second

// burstLines times burstLine is more than the copying takes at once, and less
// than a pipe holds.
const burstLines = 900

func burstLine(i int) string { return fmt.Sprintf("burst line %d %s", i, strings.Repeat("x", 50)) }
