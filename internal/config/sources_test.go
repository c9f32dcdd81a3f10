package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inFolder writes files to a temporary folder and makes it the current one.
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
		"a file with a byte order mark":       {nil, map[string]string{"local.settings.json": "\ufeff" + jsonFile}, "local.settings.json"},
		"a file with comments": {nil, map[string]string{"local.settings.json": strings.Replace(jsonFile, `"Values"`,
			"// of mine: \"Values\"\n/* and\n more */ \"Values\"", 1)}, "local.settings.json"},
		"a local stack's with a byte order mark": {nil, map[string]string{".dsr/local.env": "\ufeffServiceBusConnection=" + busString + "\nExportStorage=" + storageString}, ".dsr/local.env"},
		"a file that names no connection":        {nil, map[string]string{".dsr/local.env": "A=b\n", "local.settings.json": jsonFile}, "local.settings.json"},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t, tt.files)
			lookup, source, err := Find(FromMap(tt.env), "")
			if err != nil {
				t.Fatal(err)
			}
			if source != tt.source {
				t.Fatalf("got %q, want %q", source, tt.source)
			}

			s, err := LoadStores(lookup)
			if err != nil {
				t.Fatal(err)
			}

			c, err := s.Dial(nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
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
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t, tt.files)
			_, _, err := Find(FromMap(nil), "")
			if _, ok := errors.AsType[*SourceError](err); !ok || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v, want %q", err, tt.says)
			}
		})
	}
}

func TestSettingsThatNameOneConnectionAreRefused(t *testing.T) {
	inFolder(t, map[string]string{".dsr/local.env": "ExportStorage=" + storageString + "\n"})

	lookup, _, err := Find(FromMap(nil), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LoadStores(lookup); err == nil || !strings.Contains(err.Error(), "ServiceBusConnection: is not set") {
		t.Fatalf("got %v", err)
	}
}

func TestCommentsAreNoPartOfSettings(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":"http://x"}`:           `{"a":"http://x"}`,
		`{"a":"\\"} // x`:            `{"a":"\\"}  `,
		`{"a":"\"//"}`:               `{"a":"\"//"}`,
		`{/* " */"a":1}`:             `{ "a":1}`,
		"{// x\n\"a\":1}":            `{ "a":1}`,
		`{"a":1} /* never ends`:      `{"a":1}  `,
		`{"a":"never ends // for it`: `{"a":"never ends // for it`,
		`/`:                          `/`,
		``:                           ``,
	} {
		if got := string(withoutComments([]byte(text))); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestSettingsAreFoundFromAFolderBelow(t *testing.T) {
	const settings = "ServiceBusConnection=" + busString + "\nExportStorage=" + storageString + "\n"
	for name, tt := range map[string]struct {
		files  map[string]string
		source string
	}{
		"a local stack's, two above":                 {map[string]string{".dsr/local.env": settings}, "../../.dsr/local.env"},
		"the nearest of two":                         {map[string]string{".dsr/local.env": settings, "a/.dsr/local.env": settings}, "../.dsr/local.env"},
		"Core Tools' here before a stack's above":    {map[string]string{".dsr/local.env": settings, "a/b/local.settings.json": `{"Values":{"ExportStorage":"x"}}`}, "local.settings.json"},
		"one above that names no connection is none": {map[string]string{".dsr/local.env": settings, "a/.dsr/local.env": "A=b\n"}, "../../.dsr/local.env"},
		"a file where the folder .dsr would be":      {map[string]string{".dsr/local.env": settings, "a/b/.dsr": "x"}, "../../.dsr/local.env"},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t, tt.files)
			if err := os.MkdirAll("a/b", 0o755); err != nil {
				t.Fatal(err)
			}
			t.Chdir("a/b")
			if _, source, err := Find(FromMap(nil), ""); err != nil || filepath.ToSlash(source) != tt.source {
				t.Errorf("got %q, %v; want %q", source, err, tt.source)
			}
		})
	}
}

func TestTheNamedFileComesBeforeAllElse(t *testing.T) {
	const settings = "ServiceBusConnection=" + busString + "\nExportStorage=" + storageString + "\n"
	inFolder(t, map[string]string{
		"mine.env":  settings,
		"mine.json": `{"Values":{"ExportStorage":"` + storageString + `"}}`,
		"none.env":  "A=b\n",
		"wrong.env": "x\n",
	})

	for file, says := range map[string]string{
		"mine.env":    "",
		"mine.json":   "",
		"none.env":    "--config: none.env names neither ServiceBusConnection nor ExportStorage",
		"wrong.env":   "reading settings from wrong.env: line 1 is not NAME=value",
		"nowhere.env": "--config: there is no file nowhere.env",
	} {
		_, source, err := Find(FromMap(withBase()), file)
		_, isSource := errors.AsType[*SourceError](err)
		if (says == "" && (err != nil || source != file)) || (says != "" && (!isSource || err.Error() != says)) {
			t.Errorf("%s: got %q, %v; want %q", file, source, err, says)
		}
	}
}
