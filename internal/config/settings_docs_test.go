package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEverySettingIsDocumented compares the settings that the code reads with the page
// about them and with the example file.
func TestEverySettingIsDocumented(t *testing.T) {
	read := map[string]bool{}
	loadNames(func(name string) (string, bool) {
		read[name] = true
		return "", false
	})

	page := readText(t, "../../docs/configuration.md")
	example := readText(t, "../../local.settings.json.example")

	for name := range read {
		if name == "IDENTITY_ENDPOINT" || name == "MSI_ENDPOINT" || slices.Contains(platformMarks, name) { // the platform's own
			continue
		}
		_, part, isPart := strings.Cut(name, "__") // of a connection
		if !strings.Contains(page, "`"+name+"`") && (!isPart || !strings.Contains(page, "`__"+part+"`")) {
			t.Errorf("%s is read and not in docs/configuration.md", name)
		}
	}

	for _, m := range regexp.MustCompile(`(?m)^\s+"([A-Za-z_]+)": "`).FindAllStringSubmatch(example, -1) {
		if name := m[1]; !strings.Contains(page, "`"+name+"`") && name != "FUNCTIONS_WORKER_RUNTIME" {
			t.Errorf("%s is in the example and not in docs/configuration.md", name)
		}
	}

	if len(read) < 15 {
		t.Errorf("only %d settings were read: %v", len(read), read)
	}
}

// loadNames looks every setting up, for the names alone.
func loadNames(lookup Lookup) { _, _ = Load(lookup) }

func readText(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
