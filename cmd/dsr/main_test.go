package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/local/azurite"
)

// update writes what commands print into the stories' golden files.
var update = flag.Bool("update", false, "write the golden files of the stories anew")

// TestMain lets this binary play dsr: in scripts, and as the handler that the
// stand-in host starts.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"dsr": playDSR})
}

// leakChecked fails a run that leaves a goroutine behind.
type leakChecked struct{ *testing.M }

func (m leakChecked) Run() int {
	code := m.M.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// TestScripts runs the stories in testdata/script. They find Azurite, and a
// free port in $PORT.
func TestScripts(t *testing.T) {
	home, err := azurite.FindHome()
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv(azurite.HomeVariable, home)
			e.Setenv("PORT", port)
			return nil
		},
	})
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// testApp is an app on buffers, with these settings as its environment.
func testApp(t *testing.T, settings map[string]string) (a *cli, out, errOut *bytes.Buffer) {
	t.Helper()
	out, errOut = &bytes.Buffer{}, &bytes.Buffer{}
	return &cli{
		streams: streams{In: strings.NewReader(""), Out: out, Err: errOut},
		env:     config.FromMap(settings), now: time.Now,
	}, out, errOut
}

// runIn runs one command line and gives what it wrote.
func runIn(t *testing.T, settings map[string]string, args ...string) (code int, out, errOut string) {
	t.Helper()
	a, o, e := testApp(t, settings)
	code = run(context.Background(), a, args)
	return code, o.String(), e.String()
}

const (
	busString     = "Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=a;SharedAccessKey=c2VjcmV0;UseDevelopmentEmulator=true"
	storageString = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net"
)

// withBase are the two settings that have no default.
func withBase() map[string]string {
	return map[string]string{"ServiceBusConnection": busString, "ExportStorage": storageString}
}

func readText(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
