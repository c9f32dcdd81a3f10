package functionshost

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	defaultFunctionTimeout       = 30 * time.Minute
	defaultInitializationTimeout = 30 * time.Second
	defaultLockRenewal           = 5 * time.Minute
	defaultRoutePrefix           = "api"
	callsPerCore                 = 16
)

// loadHost reads what host.json says of the app itself.
func (a *App) loadHost(cfg *config) error {
	if v, _ := cfg.get("version"); v != "2.0" {
		return fmt.Errorf(`version: %q is not "2.0"`, v)
	}

	a.InitializationTimeout = read(cfg, "customHandler:initializationTimeout", defaultInitializationTimeout, parsePositiveSpan)
	a.Port = read(cfg, "customHandler:port", 0, parsePort)
	a.FunctionTimeout = read(cfg, "functionTimeout", defaultFunctionTimeout, parseFunctionTimeout)
	a.Forward = read(cfg, "customHandler:enableForwardingHttpRequest", false, parseBool)
	a.RoutePrefix = strings.Trim(read(cfg, "extensions:http:routePrefix", defaultRoutePrefix, parseText), "/")
	if read(cfg, "customHandler:enableProxyingHttpRequest", false, parseBool) {
		return unsupported("customHandler:enableProxyingHttpRequest", "use enableForwardingHttpRequest")
	}
	if _, ok := cfg.get("customHandler:http"); ok {
		return unsupported("customHandler:http", "give each function a function.json")
	}

	return a.loadCommand(cfg)
}

func parseFunctionTimeout(s string) (time.Duration, error) {
	if s == "-1" {
		return 0, nil
	}
	d, err := parsePositiveSpan(s)
	if err != nil {
		err = fmt.Errorf("%w; -1 means none", err)
	}
	return d, err
}

// loadCommand finds the executable: a file in the app's folder, else on PATH.
func (a *App) loadCommand(cfg *config) error {
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
			return fmt.Errorf("%sdefaultExecutablePath: it is neither in the app's folder nor on PATH: %w", section, err)
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

// serviceBusDefaults reads what host.json sets for all Service Bus triggers. The
// older names of extension 4.x under messageHandlerOptions still count, after
// the newer.
func serviceBusDefaults(cfg *config) ServiceBusTrigger {
	const section, old = "extensions:serviceBus:", "extensions:serviceBus:messageHandlerOptions:"
	var t ServiceBusTrigger
	_, t.registered = cfg.get("extensionBundle")
	t.AutoComplete = read(cfg, old+"autoComplete", true, parseBool)
	t.AutoComplete = read(cfg, section+"autoCompleteMessages", t.AutoComplete, parseBool)
	t.MaxConcurrentCalls = read(cfg, old+"maxConcurrentCalls", callsPerCore*runtime.NumCPU(), parsePositive)
	t.MaxConcurrentCalls = read(cfg, section+"maxConcurrentCalls", t.MaxConcurrentCalls, parsePositive)
	t.MaxLockRenewal = read(cfg, old+"maxAutoRenewDuration", defaultLockRenewal, parseTimeSpan)
	t.MaxLockRenewal = read(cfg, section+"maxAutoLockRenewalDuration", t.MaxLockRenewal, parseTimeSpan)
	// Read for its errors alone: the stand-in never prefetches.
	read(cfg, section+"prefetchCount", 0, parseCount)
	return t
}
