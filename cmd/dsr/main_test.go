package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/test/emulator/azurite"
)

// patience bounds every wait for real processes.
const patience = 2 * time.Minute

// update rewrites the stories' golden files with what commands print.
var update = flag.Bool("update", false, "write the golden files of the stories again")

// TestMain lets this binary run as dsr, in scripts and as the handler that the stand-in
// host starts.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"dsr": playDSR})
}

// leakChecked builds dsr-local, which runs some of dsr's commands, and fails a run that
// leaks a goroutine.
type leakChecked struct{ *testing.M }

func (m leakChecked) Run() int {
	dir, err := buildLocalProgram()
	defer func() { _ = os.RemoveAll(dir) }()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}

	code := m.M.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}

	return code
}

// buildLocalProgram builds dsr-local into a folder of PATH.
func buildLocalProgram() (dir string, err error) {
	dir, err = os.MkdirTemp("", "dsr-local")
	if err != nil {
		return dir, err
	}
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, localProgram), "../dsr-local").CombinedOutput(); err != nil {
		return dir, fmt.Errorf("building dsr-local: %w\n%s", err, out)
	}
	return dir, os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
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

// testEnv returns an environment on buffers, with these settings.
func testEnv(t *testing.T, settings map[string]string) (e *cli.Env, out, errOut *bytes.Buffer) {
	t.Helper()
	out, errOut = &bytes.Buffer{}, &bytes.Buffer{}
	return &cli.Env{
		Streams: cli.Streams{In: strings.NewReader(""), Out: out, Err: errOut},
		Lookup:  config.FromMap(settings),
		Now:     time.Now,
	}, out, errOut
}

// runIn runs one command line and returns what it wrote.
func runIn(t *testing.T, settings map[string]string, args ...string) (code int, out, errOut string) {
	t.Helper()
	e, o, errs := testEnv(t, settings)
	code = run(context.Background(), e, args)
	return code, o.String(), errs.String()
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
