package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"azureml-dsr/internal/dsr"
)

// Find returns the settings of an operator's command and where they come from: the named
// file, else the environment, else the stack that `dsr local` started, else the settings file
// of Core Tools. The two files are looked for in the current folder, and then in each folder
// above it. All settings come from one source, so that the queue of one is never used with
// the blobs of another. The error is a SourceError, or that of a file that could not be read.
func Find(env Lookup, file string) (lookup Lookup, source string, err error) {
	if file != "" {
		return fromFile(file)
	}
	if namesConnection(env) {
		return env, "the environment", nil
	}

	folders, err := upwards()
	if err != nil {
		return nil, "", err
	}
	for _, folder := range folders {
		for _, name := range []string{LocalEnvFile(), localSettingsFile} {
			path := filepath.Join(folder, name)
			lookup, found, err := tryFile(path, folder != "")
			if err != nil {
				return nil, "", err
			}
			if found {
				return lookup, path, nil
			}
		}
	}

	return nil, "", &SourceError{fmt.Errorf("no settings: neither the environment nor %s or %s, here or in a folder above, names %s or %s; start `dsr local`, set them, or name a file with --config",
		LocalEnvFile(), localSettingsFile, ServiceBusSetting, StorageSetting)}
}

// localSettingsFile is the settings file of Azure Functions Core Tools.
const localSettingsFile = "local.settings.json"

// upwards returns the current folder, as "", and those above it, as "..", "../.." and so on.
func upwards() ([]string, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("looking for settings: %w", err)
	}

	folders := []string{""}
	for path := here; path != filepath.Dir(path); path = filepath.Dir(path) {
		folders = append(folders, filepath.Join(folders[len(folders)-1], ".."))
	}
	return folders, nil
}

// tryFile reads settings from a file, if it is there and names a connection. In a folder
// above the current one it must be the user's own: whoever may write into such a folder could
// lead requests astray.
func tryFile(path string, above bool) (lookup Lookup, found bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, false, nil
	}
	if err != nil && above {
		return nil, false, nil // a folder that may not be read is nobody's of ours
	}
	if err == nil && above && !isOwn(info) {
		return nil, false, &SourceError{fmt.Errorf("%s is another user's; to use it, name it with --config", path)}
	}

	values, err := readFile(path)
	if err != nil {
		return nil, false, err
	}
	lookup = FromMap(values)
	return lookup, namesConnection(lookup), nil
}

// fromFile reads settings from the file that the user names.
func fromFile(path string) (Lookup, string, error) {
	values, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", &SourceError{fmt.Errorf("--config: there is no file %s", path)}
	}
	if err != nil {
		return nil, "", err
	}

	lookup := FromMap(values)
	if !namesConnection(lookup) {
		return nil, "", &SourceError{fmt.Errorf("--config: %s names neither %s nor %s", path, ServiceBusSetting, StorageSetting)}
	}
	return lookup, path, nil
}

// readFile reads a file of settings, which is JSON where its name says so.
func readFile(path string) (map[string]string, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading settings: %w", err)
	}

	read := readEnvFile
	if filepath.Ext(path) == ".json" {
		read = readLocalSettings
	}
	values, err := read(body)
	if err != nil {
		return nil, &SourceError{fmt.Errorf("reading settings from %s: %w", path, err)}
	}

	return values, nil
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
