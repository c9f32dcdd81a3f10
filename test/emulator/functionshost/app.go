package functionshost

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// App is a packaged custom-handler app, as its host.json and function.json
// files describe it.
type App struct {
	Dir        string   // the script root, absolute
	Executable string   // absolute
	Arguments  []string // without the executable
	WorkingDir string   // absolute
	Port       int      // the handler's; 0: any free one

	InitializationTimeout time.Duration
	FunctionTimeout       time.Duration // 0: none

	// Forward is enableForwardingHttpRequest: the handler gets the caller's own
	// request instead of an invocation that describes it.
	Forward     bool
	RoutePrefix string // of HTTP triggers, without slashes around it

	Functions []Function // in order of name
	Disabled  []string   // names of functions that are switched off
	// Bad has the error of each function that can't be loaded. The host runs the
	// others.
	Bad []error
}

// Function is one loaded function; exactly one of its triggers is set.
type Function struct {
	Name       string
	Binding    string // the trigger's name
	ServiceBus *ServiceBusTrigger
	Timer      *TimerTrigger
	HTTP       *HTTPTrigger
}

// ErrUnsupported marks what the real host can do and this one can't: it refuses an
// app that needs it rather than run the app differently from Azure.
var ErrUnsupported = errors.New("not supported by the stand-in host")

func unsupported(what, remedy string) error {
	return fmt.Errorf("%s is %w: %s", what, ErrUnsupported, remedy)
}

// Load reads dir/host.json and dir/*/function.json. lookup finds app settings;
// the order is the host's: settings named AzureFunctionsJobHost__… come before
// host.json, and function.json comes before both. It fails when the app can't
// run at all, and with ErrUnsupported when a function needs what this host can't
// do, an unknown trigger type for one. A function with a fault doesn't fail it:
// see App.Bad.
func Load(dir string, lookup func(string) (string, bool)) (*App, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the app: %w", err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "host.json"))
	if err != nil {
		return nil, fmt.Errorf("reading host.json: %w", err)
	}
	cfg, err := parseConfig(data, lookup)
	if err != nil {
		return nil, fmt.Errorf("reading host.json: %w", err)
	}

	app := &App{Dir: dir}
	err = app.loadHost(cfg)
	defaults := serviceBusDefaults(cfg)
	if err := errors.Join(append(cfg.errs, err)...); err != nil {
		return nil, fmt.Errorf("reading host.json: %w", err)
	}
	if err := app.loadFunctions(defaults, lookup); err != nil {
		return nil, fmt.Errorf("reading the functions: %w", err)
	}

	return app, nil
}

var functionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,127}$`)

func (a *App) loadFunctions(defaults ServiceBusTrigger, lookup lookupFunc) error {
	entries, err := os.ReadDir(a.Dir)
	if err != nil {
		return err
	}

	var refused []error
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(a.Dir, e.Name(), "function.json"))
		if !e.IsDir() || errors.Is(err, os.ErrNotExist) {
			continue
		}

		if err == nil {
			err = a.loadFunction(e.Name(), data, defaults, lookup)
		}

		switch {
		case errors.Is(err, ErrUnsupported):
			refused = append(refused, fmt.Errorf("function %s: %w", e.Name(), err))
		case err != nil:
			a.Bad = append(a.Bad, fmt.Errorf("function %s: %w", e.Name(), err))
		}
	}

	return errors.Join(refused...)
}

func (a *App) loadFunction(name string, data []byte, defaults ServiceBusTrigger, lookup lookupFunc) error {
	if !functionName.MatchString(name) || strings.EqualFold(name, "host") {
		return errors.New("the folder's name is no function name")
	}
	f, off, err := parseFunction(name, data, defaults, lookup)
	if off = off || disabled(name, lookup); off && (err == nil || errors.Is(err, ErrUnsupported)) {
		a.Disabled = append(a.Disabled, name)
		return nil
	}
	if err != nil {
		return err
	}

	a.Functions = append(a.Functions, f)

	return nil
}

// disabled reads the function's off switch. A setting that is neither true nor
// 1 leaves it on.
func disabled(name string, lookup lookupFunc) bool {
	for _, setting := range []string{"AzureWebJobs." + name + ".Disabled", "AzureWebJobs_" + name + "_Disabled"} {
		if v, ok := lookup(setting); ok {
			return v == "1" || strings.EqualFold(v, "true")
		}
	}
	return false
}
