package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inFolder makes files in a folder of its own and makes it the current one.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOperatorsCommandsTakeTheirSettingsFromOnePlace(t *testing.T) {
	const (
		envFile  = "# a comment\n\nServiceBusConnection=" + busString + "\nExportStorage=" + storageString + "\nAUDIT_CONTAINER=from-file\n"
		jsonFile = `{"IsEncrypted":false,"Values":{"ServiceBusConnection":"` + busString + `","ExportStorage":"` + storageString + `"}}`
	)
	for name, tt := range map[string]struct {
		env    map[string]string
		files  map[string]string
		source string
	}{
		"the environment before all":          {withBase(), map[string]string{".dsr/local.env": envFile}, "the environment"},
		"a running local stack before a file": {nil, map[string]string{".dsr/local.env": envFile, "local.settings.json": jsonFile}, ".dsr/local.env"},
		"the file of Core Tools last":         {nil, map[string]string{"local.settings.json": jsonFile}, "local.settings.json"},
		"a file that names no connection":     {nil, map[string]string{".dsr/local.env": "A=b\n", "local.settings.json": jsonFile}, "local.settings.json"},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t, tt.files)
			a, _, errOut := testApp(t, tt.env)
			c, err := a.connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			mustDo(t, c.Close)
			if want := "Settings from " + tt.source + ".\n"; errOut.String() != want {
				t.Fatalf("got %q, want %q", errOut, want)
			}
		})
	}
}

func TestConnectingWithoutSettingsSaysWhatToDo(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		says  string
	}{
		"none at all":           {nil, "start `dsr local`"},
		"a line that is none":   {map[string]string{".dsr/local.env": "x\n"}, "line 1 is not NAME=value"},
		"a file that is none":   {map[string]string{"local.settings.json": "x"}, "not the JSON"},
		"a file that is sealed": {map[string]string{"local.settings.json": `{"IsEncrypted":true}`}, "func settings decrypt"},
		"half of it":            {map[string]string{".dsr/local.env": "ExportStorage=" + storageString + "\n"}, "ServiceBusConnection: is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t, tt.files)
			a, _, _ := testApp(t, nil)
			_, err := a.connect(t.Context())
			if exitCode(err) != exitUsage || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v, want %q", err, tt.says)
			}
		})
	}
}
