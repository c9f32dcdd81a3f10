package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// localDir is where `dsr local` and `dsr demo` keep what they make, below the
// current folder.
const localDir = ".dsr"

// localEnvFile holds the settings of a running `dsr local`.
func localEnvFile() string { return filepath.Join(localDir, "local.env") }

// connect gives an operator's command its connections. The settings come from
// the environment, else from the stack that `dsr local` started, else from the
// settings file of Core Tools: from one of them, never mixed, so that a queue
// here is not joined with blobs there. Err is told which.
func (a *app) connect(_ context.Context) (*connections, error) {
	lookup, source, err := a.findSettings()
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintln(a.Err, "Settings from "+source+"."); err != nil {
		return nil, err
	}
	s, err := loadStores(lookup)
	if err != nil {
		return nil, err
	}
	return s.dial(nil)
}

// findSettings gives the first source that names a connection.
func (a *app) findSettings() (lookup lookupFunc, source string, err error) {
	if namesConnection(a.env) {
		return a.env, "the environment", nil
	}
	for _, file := range []struct {
		path string
		read func([]byte) (map[string]string, error)
	}{{localEnvFile(), readEnvFile}, {"local.settings.json", readLocalSettings}} {
		body, err := os.ReadFile(file.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, "", fmt.Errorf("reading settings: %w", err)
		}
		values, err := file.read(body)
		if err != nil {
			return nil, "", usage(fmt.Errorf("reading settings from %s: %w", file.path, err))
		}
		if lookup := lookupIn(values); namesConnection(lookup) {
			return lookup, file.path, nil
		}
	}
	return nil, "", usage(fmt.Errorf("no settings: neither the environment, %s nor local.settings.json names %s or %s; start `dsr local`, or set them",
		localEnvFile(), serviceBusSetting, storageSetting))
}

func lookupIn(values map[string]string) lookupFunc {
	return func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok
	}
}

func namesConnection(lookup lookupFunc) bool {
	for _, name := range []string{serviceBusSetting, serviceBusSetting + "__fullyQualifiedNamespace", storageSetting, storageSetting + "__blobServiceUri"} {
		if v, _ := lookup(name); v != "" {
			return true
		}
	}
	return false
}

// readEnvFile reads lines of NAME=value. Blank lines and lines that begin with
// # are left out. Values are taken as they stand.
func readEnvFile(body []byte) (map[string]string, error) {
	values := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(body))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("line %d is not NAME=value", n)
		}
		values[name] = value
	}
	return values, lines.Err()
}

// readLocalSettings reads the settings file of Azure Functions Core Tools.
func readLocalSettings(body []byte) (map[string]string, error) {
	var file struct {
		IsEncrypted bool
		Values      map[string]string
	}
	if err := json.Unmarshal(body, &file); err != nil {
		return nil, errors.New("it is not the JSON that Core Tools writes")
	}
	if file.IsEncrypted {
		return nil, errors.New("it is encrypted; run `func settings decrypt`")
	}
	return file.Values, nil
}
