package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/version"
)

// TestEachTypeOfTheCatalogueIsInTheStudiosPage holds docs/studio.md against the catalogue, both
// ways.
func TestEachTypeOfTheCatalogueIsInTheStudiosPage(t *testing.T) {
	page := readText(t, "../../docs/studio.md")
	types := map[string]bool{}
	for _, row := range azureml.Catalogue() {
		types[row.Type] = true
	}

	for typ := range types {
		if !strings.Contains(page, "`"+typ+"`") {
			t.Errorf("docs/studio.md does not say what %s is", typ)
		}
	}
	for _, line := range regexp.MustCompile("(?m)^\\| (`[^|]+) \\|").FindAllStringSubmatch(page, -1) {
		for _, named := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line[1], -1) {
			if !types[named[1]] {
				t.Errorf("docs/studio.md has %s, which is no type", named[1])
			}
		}
	}
}

// TestEachMemberOfARequestIsInItsPage holds docs/request.md against the schema.
func TestEachMemberOfARequestIsInItsPage(t *testing.T) {
	page := readText(t, "../../docs/request.md")
	var schema map[string]any
	if err := json.Unmarshal([]byte(readText(t, "../../docs/schema/request.v1.json")), &schema); err != nil {
		t.Fatal(err)
	}

	names := propertiesIn(schema)
	if len(names) < 30 {
		t.Fatalf("the schema has only %d members", len(names))
	}
	for name := range names {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("docs/request.md does not have %s", name)
		}
	}
}

// propertiesIn returns the names of all properties in a schema.
func propertiesIn(node any) map[string]bool {
	names := map[string]bool{}
	switch v := node.(type) {
	case map[string]any:
		for key, value := range v {
			if properties, ok := value.(map[string]any); ok && key == "properties" {
				for name := range properties {
					if _, isCondition := v["type"]; isCondition {
						names[name] = true
					}
				}
			}
			for name := range propertiesIn(value) {
				names[name] = true
			}
		}
	case []any:
		for _, value := range v {
			for name := range propertiesIn(value) {
				names[name] = true
			}
		}
	}
	return names
}

// TestEachStateIsInThePageOfTheRequest finds the states in the table and in the picture.
func TestEachStateIsInThePageOfTheRequest(t *testing.T) {
	page := readText(t, "../../docs/request.md")
	picture, table, ok := strings.Cut(page, "| state | what it means |")
	if !ok {
		t.Fatal("docs/request.md has no table of states")
	}
	for _, state := range []string{
		operator.StateReceived, operator.StateRunning, operator.StateRefused, operator.StateAwaitingApproval,
		"succeeded", "partiallyFailed", "failed", "canceled", "rejected",
	} {
		if !strings.Contains(table, "| `"+state+"` |") || !strings.Contains(picture, "--> "+state) {
			t.Errorf("docs/request.md lacks the state %s", state)
		}
	}
}

// TestEachMemberOfTheJSONIsInItsPage finds each member of what commands print in docs/json.md.
func TestEachMemberOfTheJSONIsInItsPage(t *testing.T) {
	page := readText(t, "../../docs/json.md")
	for _, printed := range []any{
		operator.Status{}, operator.TypeStatus{}, operator.AttemptStatus{}, operator.Explained{}, operator.LeftOut{}, operator.Matches{},
		operator.Wait{}, operator.DeadNote{}, operator.Submission{}, operator.Listed{}, operator.Canceled{}, operator.Ordered{},
		operator.Downloaded{}, operator.Verification{}, operator.CertifiedRow{}, operator.HoldAdded{}, operator.Keeps{}, operator.KeepsOf{},
		operator.ListedHold{}, operator.Released{}, operator.Finding{}, operator.PlannedDeletion{}, operator.DeadLetter{}, packaged{},
		operator.Copy{}, operator.Review{}, operator.ReviewRule{}, operator.ReviewPlace{}, reviewListed{}, version.Current(),
	} {
		for _, name := range membersOf(reflect.TypeOf(printed)) {
			if !regexp.MustCompile("[`\"]" + name + "[`\"]").MatchString(page) {
				t.Errorf("docs/json.md does not have %s of %T", name, printed)
			}
		}
	}
}

// membersOf returns the names of a type's members in JSON, without those of embedded records,
// which docs/format.md has.
func membersOf(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.Anonymous && name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// TestEachTextOfTroubleshootingIsPrinted finds the texts of docs/troubleshooting.md in the
// source, part by part between what differs.
func TestEachTextOfTroubleshootingIsPrinted(t *testing.T) {
	source := sourceText(t)
	found := 0
	for _, line := range strings.Split(readText(t, "../../docs/troubleshooting.md"), "\n") {
		cell, _, isRow := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		if !isRow || !strings.HasPrefix(line, "| `") {
			continue
		}
		for _, text := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
			found++
			for _, part := range strings.Split(text[1], "…") {
				if part = strings.TrimPrefix(strings.Trim(part, " "), "--"); !strings.Contains(source, part) {
					t.Errorf("nothing prints %q of %q", part, text[1])
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d texts were found", found)
	}
}

// sourceText returns the source of the commands and of the packages that they use, without
// tests.
func sourceText(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, dir := range []string{"../../internal", "..", "../dsr-local"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			all.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
