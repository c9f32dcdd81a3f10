//go:build browser

package browser

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"
	"go.uber.org/goleak"
)

var (
	screenshots = flag.Bool("screenshots", false, "write the pictures of the manual to docs/images")
	axePath     = flag.String("axe", "../../.bin/axe/node_modules/axe-core/axe.min.js", "axe-core, which make test-browser installs")
)

// shared is the browser of all tests.
var shared context.Context

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	program, err := findBrowser()
	if err != nil {
		return 1, err
	}

	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.NoSandbox, // Chromium has none for root, as in a container
	)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	defer end()
	ctx, closeBrowser := chromedp.NewContext(allocator)
	defer closeBrowser()
	if err := chromedp.Do(ctx); err != nil {
		return 1, fmt.Errorf("starting %s: %w", program, err)
	}

	shared = ctx
	code := m.Run()
	err = chromedp.Cancel(ctx)
	end()
	if err != nil || code != 0 {
		return code, err
	}

	return code, goleak.Find()
}

// findBrowser returns the browser's program: CHROMIUM, or what the system has.
func findBrowser() (string, error) {
	if named := os.Getenv("CHROMIUM"); named != "" {
		return named, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found, nil
		}
	}
	return "", errors.New("there is no Chromium: install Debian's package chromium, or name one in CHROMIUM")
}
