package functionshost

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

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
	fmt.Println("serving", strings.Join(os.Args[1:], " "))
	err := http.ListenAndServe("127.0.0.1:"+os.Getenv("FUNCTIONS_CUSTOMHANDLER_PORT"), http.HandlerFunc(serveChild))
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// serveChild behaves as the called function's name says.
func serveChild(w http.ResponseWriter, r *http.Request) {
	function, arg, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "_")
	body, _ := io.ReadAll(r.Body)
	if function == "" {
		w.WriteHeader(http.StatusTeapot) // any answer is readiness
		return
	}
	fmt.Printf("%s %s\n", function, body)
	w.Header().Set("Content-Type", "application/json")
	switch function {
	case "ok":
		_, _ = io.WriteString(w, `{"Outputs":{},"Logs":null,"ReturnValue":null}`)
	case "fail":
		w.WriteHeader(http.StatusInternalServerError)
	case "empty":
	case "exit":
		n, _ := strconv.Atoi(arg)
		os.Exit(n)
	case "hang":
		<-r.Context().Done()
	case "request":
		fmt.Printf("%s %s %s %v %v %s\n", r.Method, r.URL.Path, r.Proto, r.TransferEncoding, r.ContentLength, r.Host)
		for _, h := range []string{"Content-Type", "X-Azure-Functions-InvocationId", "X-Azure-Functions-HostVersion", "User-Agent"} {
			fmt.Printf("%s: %s\n", h, r.Header.Get(h))
		}
		for _, e := range []string{"FUNCTIONS_CUSTOMHANDLER_PORT", "FUNCTIONS_HTTPWORKER_PORT", "FUNCTIONS_APP_ROOT_PATH", "SETTING"} {
			fmt.Printf("%s=%s\n", e, os.Getenv(e))
		}
		dir, _ := os.Getwd()
		fmt.Println("in", dir)
		_, _ = io.WriteString(w, `{}`)
	}
}
