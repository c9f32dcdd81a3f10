package functionshost

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

const (
	defaultFunctionTimeout       = 30 * time.Minute
	defaultInitializationTimeout = 30 * time.Second
	defaultLockRenewal           = 5 * time.Minute
	callsPerCore                 = 16
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

	Functions []Function // in order of name
	Disabled  []string   // names of functions that are switched off
	// Bad says why each function that can't be loaded can't. The host runs
	// the others without it.
	Bad []error
}

// Function is one loaded function; exactly one of its triggers is set.
type Function struct {
	Name       string
	Binding    string // the trigger's name
	ServiceBus *ServiceBusTrigger
	Timer      *TimerTrigger
}

// Load reads dir/host.json and dir/*/function.json. lookup finds app settings;
// the order is the host's: settings named AzureFunctionsJobHost__… come before
// host.json, and function.json comes before both. It fails when the app can't
// run at all. A function with a fault doesn't fail it: see App.Bad.
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
	if err := app.loadHost(cfg); err != nil {
		return nil, fmt.Errorf("reading host.json: %w", err)
	}
	if err := app.loadFunctions(cfg); err != nil {
		return nil, fmt.Errorf("reading the functions: %w", err)
	}
	return app, nil
}

func (a *App) loadHost(cfg config) error {
	if v, _ := cfg.get("version"); v != "2.0" {
		return fmt.Errorf("version: %q is not 2.0", v)
	}
	var errs [3]error
	a.InitializationTimeout, errs[0] = cfg.duration("customHandler:initializationTimeout", defaultInitializationTimeout)
	a.Port, errs[1] = cfg.integer("customHandler:port", 0)
	if v, _ := cfg.get("functionTimeout"); v != "-1" {
		a.FunctionTimeout, errs[2] = cfg.duration("functionTimeout", defaultFunctionTimeout)
		if errs[2] == nil && a.FunctionTimeout <= 0 {
			errs[2] = fmt.Errorf("functionTimeout: %q is not positive; -1 means none", v)
		}
	}
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	return a.loadCommand(cfg)
}

// loadCommand finds the executable: a file in the app's folder, else on PATH.
func (a *App) loadCommand(cfg config) error {
	const section = "customHandler:description:"
	path, _ := cfg.get(section + "defaultExecutablePath")
	if path == "" {
		return errors.New(section + "defaultExecutablePath is missing: this is no custom-handler app")
	}
	worker, _ := cfg.get(section + "workerDirectory")
	path = expand(path, cfg.lookup)
	a.Executable = joinUnlessAbs(a.Dir, filepath.Join(worker, path))
	if filepath.IsAbs(path) {
		a.Executable = path
	}
	if _, err := os.Stat(a.Executable); err != nil {
		found, err := exec.LookPath(path)
		if err != nil {
			return fmt.Errorf("%sdefaultExecutablePath: %w", section, err)
		}
		if a.Executable, err = filepath.Abs(found); err != nil {
			return fmt.Errorf("%sdefaultExecutablePath: %w", section, err)
		}
	}
	working, _ := cfg.get(section + "workingDirectory")
	a.WorkingDir = joinUnlessAbs(a.Dir, working)
	// The host joins the arguments with blanks and doesn't quote them.
	for _, arg := range cfg.list(section + "arguments") {
		a.Arguments = append(a.Arguments, strings.Fields(expand(arg, cfg.lookup))...)
	}
	return nil
}

func joinUnlessAbs(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

var functionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,127}$`)

func (a *App) loadFunctions(cfg config) error {
	entries, err := os.ReadDir(a.Dir)
	if err != nil {
		return err
	}
	defaults, err := serviceBusDefaults(cfg)
	if err != nil {
		return err
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(a.Dir, e.Name(), "function.json"))
		if !e.IsDir() || errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = a.loadFunction(e.Name(), data, defaults, cfg.lookup)
		}
		if err != nil {
			a.Bad = append(a.Bad, fmt.Errorf("function %s: %w", e.Name(), err))
		}
	}
	return nil
}

func (a *App) loadFunction(name string, data []byte, defaults ServiceBusTrigger, lookup lookupFunc) error {
	if !functionName.MatchString(name) || strings.EqualFold(name, "host") {
		return errors.New("the folder's name is no function name")
	}
	f, off, err := parseFunction(name, data, defaults, lookup)
	if err != nil {
		return err
	}
	if off || disabled(name, lookup) {
		a.Disabled = append(a.Disabled, name)
		return nil
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

// serviceBusDefaults reads what host.json sets for all Service Bus triggers.
// prefetchCount isn't read: the stand-in never prefetches.
func serviceBusDefaults(cfg config) (ServiceBusTrigger, error) {
	const section = "extensions:serviceBus:"
	var (
		t    ServiceBusTrigger
		errs [3]error
	)
	_, t.registered = cfg.get("extensionBundle")
	t.AutoComplete, errs[0] = cfg.boolean(section+"autoCompleteMessages", true)
	t.MaxConcurrentCalls, errs[1] = cfg.integer(section+"maxConcurrentCalls", callsPerCore*runtime.NumCPU())
	t.MaxLockRenewal, errs[2] = cfg.duration(section+"maxAutoLockRenewalDuration", defaultLockRenewal)
	if errs[1] == nil && t.MaxConcurrentCalls == 0 {
		errs[1] = errors.New(section + "maxConcurrentCalls: must be at least 1")
	}
	return t, errors.Join(errs[:]...)
}
