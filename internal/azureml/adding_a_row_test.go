package azureml_test

import (
	"io"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

const addingARow = "../../docs/adding-a-row.md"

// shown returns the blocks of Go of the page about adding a row, by the file that
// each one's first line names.
func shown(t *testing.T) map[string][]string {
	t.Helper()
	blocks := map[string][]string{}
	for _, m := range regexp.MustCompile("(?s)```go\n// ([^\n]+)\n(.*?)```").FindAllStringSubmatch(text(t, addingARow), -1) {
		blocks[m[1]] = append(blocks[m[1]], strings.Split(strings.TrimSpace(m[2]), "\n")...)
	}
	return blocks
}

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestThePageShowsLinesThatAreThere(t *testing.T) {
	blocks := shown(t)
	if len(blocks) != 4 || strings.Count(text(t, addingARow), "```go") != 5 {
		t.Errorf("the page's blocks are of %d files", len(blocks))
	}

	for file, lines := range blocks {
		var have []string
		for line := range strings.Lines(text(t, "../../"+file)) {
			have = append(have, strings.TrimSpace(line))
		}

		for _, line := range lines {
			if !slices.Contains(have, line) {
				t.Errorf("%s has no line\n%s", file, line)
			}
		}
	}
}

func TestThePageNamesEveryFieldOfARow(t *testing.T) {
	page := text(t, addingARow)
	reads, deletes, found := strings.Cut(page, "## What a deletion says")
	if !found {
		t.Fatal("the page has no table of deletions")
	}

	for table, row := range map[string]any{reads: azureml.Operation{}, deletes: azureml.DeleteOperation{}} {
		for field := range reflect.TypeOf(row).Fields() {
			if !regexp.MustCompile("(?m)^\\|[^|]*`" + field.Name + "`[^|]*\\|").MatchString(table) {
				t.Errorf("%T: the page has no line for %s", row, field.Name)
			}
		}
	}

	for _, m := range regexp.MustCompile("`(Test[A-Za-z]+)`").FindAllStringSubmatch(page, -1) {
		tests := text(t, "routes_test.go") + text(t, "catalogue_test.go") + text(t, "url_test.go") + text(t, "deletions_test.go") + text(t, "../../test/simulation/ml_export_test.go")
		if !strings.Contains(tests, "func "+m[1]+"(") {
			t.Errorf("there is no test %s", m[1])
		}
	}
}

// ids are those of the rows that the page shows of a file.
func ids(t *testing.T, file string) []string {
	t.Helper()
	var out []string
	for _, line := range shown(t)[file] {
		out = append(out, regexp.MustCompile(`^\{ID: "(\w+)"`).FindStringSubmatch(line)[1])
	}
	return out
}

// TestThePagesRowsReadAndDelete runs the rows that the page shows against the fake:
// a list, each of its items, and the deletion of one of them.
func TestThePagesRowsReadAndDelete(t *testing.T) {
	c, place := ofToday(t)
	rows := ids(t, "internal/azureml/catalogue_ml.go")
	for _, id := range rows {
		if list, _ := azureml.Find(id); list.Shape == azureml.List {
			if len(items(t, c, place, id)) == 0 {
				t.Errorf("%s names nothing", id)
			}
		}
	}

	for _, id := range rows {
		item, _ := azureml.Find(id)
		if item.Shape != azureml.Item {
			continue
		}

		for _, name := range items(t, c, place, item.Of) {
			if body := read(t, c, azureml.Call{Operation: item, Target: place, Item: name}); !strings.Contains(body, name) {
				t.Errorf("%s of %s: %s", id, name, body)
			}
		}
	}

	for _, id := range ids(t, "internal/azureml/deletions_ml.go") {
		d := azureml.DeleteOperations()[slices.IndexFunc(azureml.DeleteOperations(), func(d azureml.DeleteOperation) bool { return d.ID == id })]
		item, _ := azureml.Find(d.Reads)
		call := azureml.Call{Operation: item, Target: place, Item: items(t, c, place, item.Of)[0]}
		deleted, err := c.Delete(t.Context(), call)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}

		if deleted.Token != "" {
			if done, _, err := c.Await(t.Context(), call, deleted.Token); !done || err != nil {
				t.Fatalf("%s: done %t, %v", id, done, err)
			}
		}
		if _, err := c.Get(t.Context(), call); dsr.StatusOf(err) != 404 {
			t.Errorf("%s: it is still there, or %v", id, err)
		}
	}
}

// ofToday returns a client of a fake with a workspace of today, and that workspace.
func ofToday(t *testing.T) (*azureml.Client, dsr.Target) {
	t.Helper()
	s := fake.New(fake.Options{Token: "a-token", Account: fake.Account{
		Seed:                      7,
		SubscriptionID:            "sub-1",
		ResourceGroup:             "group-1",
		Location:                  "eastus2",
		MachineLearningWorkspaces: 1,
		ML:                        fake.ML{Connections: 3, Experiments: 2, RunsPerExperiment: 1},
	}})

	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.SetBase(server.URL)
	c, err := azureml.New(azureml.Options{
		BaseURLs:   azureml.BaseURLs{ARM: server.URL, ModelManagement: server.URL, Experiments: server.URL},
		Credential: azureml.StaticToken("a-token"),
	})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(c.Close)
	place := dsr.Target{
		Level:          dsr.MachineLearningWorkspace,
		SubscriptionID: "sub-1",
		ResourceGroup:  "group-1",
		Workspace:      "ml-00",
	}
	details, err := azureml.NewDirectory(c).Details(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	place.API = details.API

	return c, place
}

func read(t *testing.T, c *azureml.Client, call azureml.Call) string {
	t.Helper()
	answer, err := c.Get(t.Context(), call)
	if err != nil {
		t.Fatalf("%s: %v", call.Operation.ID, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func items(t *testing.T, c *azureml.Client, place dsr.Target, id string) []string {
	t.Helper()
	list, _ := azureml.Find(id)
	listing, err := azureml.ReadListing(strings.NewReader(read(t, c, azureml.Call{Operation: list, Target: place})), list)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return listing.Items
}
