package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"azureml-dsr/internal/dsr"
)

// Find returns the settings of an operator's command and where they come from: the
// environment, else the stack that `dsr local` started, else the settings file of Core
// Tools. All come from one source, so that the queue of one is never used with the blobs
// of another. The error is a SourceError, or that of a file that could not be read.
func Find(env Lookup) (lookup Lookup, source string, err error) {
	if namesConnection(env) {
		return env, "the environment", nil
	}

	for _, file := range []struct {
		path string
		read func([]byte) (map[string]string, error)
	}{{LocalEnvFile(), readEnvFile}, {"local.settings.json", readLocalSettings}} {
		body, err := os.ReadFile(file.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, "", fmt.Errorf("reading settings: %w", err)
		}
		values, err := file.read(body)
		if err != nil {
			return nil, "", &SourceError{fmt.Errorf("reading settings from %s: %w", file.path, err)}
		}
		if lookup := FromMap(values); namesConnection(lookup) {
			return lookup, file.path, nil
		}
	}

	return nil, "", &SourceError{fmt.Errorf("no settings: neither the environment, %s nor local.settings.json names %s or %s; start `dsr local`, or set them",
		LocalEnvFile(), ServiceBusSetting, StorageSetting)}
}

// SourceError means that no usable source of settings was found. Its text has the remedy.
type SourceError struct{ err error }

// Error returns what is wrong with the sources, and what to do.
func (e *SourceError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *SourceError) Unwrap() error { return e.err }

// namesConnection reports whether settings name the Service Bus or the storage.
func namesConnection(lookup Lookup) bool {
	for _, name := range []string{ServiceBusSetting, ServiceBusSetting + "__fullyQualifiedNamespace", StorageSetting, StorageSetting + "__blobServiceUri"} {
		if v, _ := lookup(name); v != "" {
			return true
		}
	}
	return false
}

// readLocalSettings reads the settings file of Azure Functions Core Tools.
func readLocalSettings(body []byte) (map[string]string, error) {
	var file struct {
		IsEncrypted bool
		Values      map[string]string
	}
	if err := json.Unmarshal(withoutComments(dsr.WithoutByteOrderMark(body)), &file); err != nil {
		return nil, errors.New("it is not the JSON that Core Tools writes: save it as UTF-8, and run `func settings list` to see what Core Tools makes of it")
	}
	if file.IsEncrypted {
		return nil, errors.New("it is encrypted; run `func settings decrypt`")
	}
	return file.Values, nil
}
