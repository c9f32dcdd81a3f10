package servicebus_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"azureml-dsr/test/emulator/servicebus"
)

// javascriptHome names the environment variable that says where the JavaScript
// client is installed. Default: .bin/servicebus-js in the project's folder,
// where `make test-tools` puts it.
const javascriptHome = "SERVICEBUS_JS_HOME"

func TestConformanceOfTheJavaScriptClient(t *testing.T) {
	home := os.Getenv(javascriptHome)
	if home == "" {
		home = "../../../.bin/servicebus-js"
	}

	home, err := filepath.Abs(home)
	check(t, err)
	if _, err := os.Stat(filepath.Join(home, "node_modules", "@azure", "service-bus")); err != nil {
		t.Fatalf("the JavaScript client isn't installed: run `make test-tools`, or set %s", javascriptHome)
	}

	cfg := testConfig(t)
	for i := range 40 {
		cfg.Queues = append(cfg.Queues, servicebus.QueueConfig{
			Name: fmt.Sprintf("q%d", i), LockDuration: time.Minute, MaxDeliveryCount: 3,
		})
	}

	s := servicebus.Start(t, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()

	suite := exec.CommandContext(ctx, "node", "--test-reporter=spec", "testdata/javascript/suite.mjs")
	suite.Env = append(os.Environ(), javascriptHome+"="+home, "SERVICEBUS_CONNECTION="+s.ConnectionString())
	out, err := suite.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatal("there is no node: install Node.js 20")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
