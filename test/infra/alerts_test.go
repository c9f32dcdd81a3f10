package infra_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/dsr"
)

var (
	field    = regexp.MustCompile(`\bline\.(\w+)`)
	messages = regexp.MustCompile(`tostring\(line\.msg\) == '([^']+)'`)
	statuses = regexp.MustCompile(`status in \(([^)]+)\)`)
	level    = regexp.MustCompile(`tostring\(line\.level\) == '(\w+)'`)
)

// queries returns the KQL files by name.
func queries(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(root + "infra/alerts/*.kql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d queries, %v", len(files), err)
	}
	out := map[string]string{}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".kql")] = string(body)
	}
	return out
}

// TestTheQueriesNameWhatTheAppLogs holds the messages and fields of the queries against
// the calls of loggers in the source.
func TestTheQueriesNameWhatTheAppLogs(t *testing.T) {
	lines, errs := logged(t)
	everyLine := []string{"time", "level", "msg", "invocationId"}
	for name, query := range queries(t) {
		if !strings.Contains(query, "AppTraces\n| extend line = parse_json(Message)\n") {
			t.Errorf("%s does not read the worker's lines", name)
		}

		asked := messages.FindAllStringSubmatch(query, -1)
		for _, m := range asked {
			if lines[m[1]] == nil {
				t.Errorf("%s looks for %q, which the app does not log", name, m[1])
			}
			for _, f := range field.FindAllStringSubmatch(query, -1) {
				if !lines[m[1]][f[1]] && !slices.Contains(everyLine, f[1]) {
					t.Errorf("%s: the line %q has no %s", name, m[1], f[1])
				}
			}
		}
		if len(asked) == 0 && !cmp.Equal(level.FindAllStringSubmatch(query, -1), [][]string{{"tostring(line.level) == 'ERROR'", "ERROR"}}) {
			t.Errorf("%s looks neither for a line nor for errors", name)
		}

		for _, m := range statuses.FindAllStringSubmatch(query, -1) {
			if want := "'" + string(dsr.StatusFailed) + "', '" + string(dsr.StatusPartiallyFailed) + "'"; m[1] != want {
				t.Errorf("%s looks for the statuses %s, not %s", name, m[1], want)
			}
		}
	}
	if errs == 0 {
		t.Error("the app logs no errors, so the query for them finds none")
	}
}

// TestNoLogLineIsSampledAway holds host.json to what the queries need.
func TestNoLogLineIsSampledAway(t *testing.T) {
	host := decode(t, []byte(azuremldsr.HostJSON)).(map[string]any)
	logging, _ := host["logging"].(map[string]any)
	insights, _ := logging["applicationInsights"].(map[string]any)
	sampling, _ := insights["samplingSettings"].(map[string]any)
	excluded, _ := sampling["excludedTypes"].(string)
	if !slices.Contains(strings.Split(excluded, ";"), "Trace") {
		t.Errorf("host.json samples the worker's lines: %v", logging)
	}
}

// TestEachAlertHasItsQuery evaluates the rules of alerts.bicep.
func TestEachAlertHasItsQuery(t *testing.T) {
	f := parse(t, "app/alerts.bicep")
	all := queries(t)
	files := map[string]string{
		"dsr-late":            "late",
		"dsr-due-soon":        "due-soon",
		"dsr-failed-requests": "failed-requests",
		"dsr-needs-approval":  "needs-approval",
		"dsr-worker-errors":   "worker-errors",
		"dsr-watch-not-run":   "watch",
	}

	for _, item := range (values{t, f, nil}).variable("rules").([]any) {
		rule := item.(map[string]any)
		name := rule["name"].(string)
		if rule["query"] != all[files[name]] || files[name] == "" {
			t.Errorf("%s has another's query", name)
		}
		operator, threshold := "GreaterThan", 0
		if name == "dsr-watch-not-run" { // it fires when there is nothing
			operator, threshold = "LessThan", 1
		}
		if rule["operator"] != operator || rule["threshold"] != threshold {
			t.Errorf("%s fires at %v %v", name, rule["operator"], rule["threshold"])
		}
		delete(files, name)
	}

	for name := range files {
		t.Errorf("there is no alert %s", name)
	}
}

// TestEveryDeadLetterIsSomebodys holds that each queue's dead letters raise an alert or
// are handled by the worker: by a redrive, or by the watch.
func TestEveryDeadLetterIsSomebodys(t *testing.T) {
	f := parse(t, "app/alerts.bicep")
	values := values{t, f, map[string]any{"namespaceName": "queues", "bus": map[string]any{"id": "id"}, "group": map[string]any{"id": "id"}, "tags": nil}}
	criteria := values.of(body(t, find(t, f, "deadLetters"), "properties")).(map[string]any)["criteria"].(map[string]any)["allOf"].([]any)[0].(map[string]any)
	if criteria["metricName"] != "DeadletteredMessages" || criteria["operator"] != "GreaterThan" || criteria["threshold"] != 0 {
		t.Errorf("the alert fires at %v", criteria)
	}

	handled := []string{dsr.QueueClosings} // dsr_watch
	err := fs.WalkDir(azuremldsr.Functions(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(azuremldsr.Functions(), path)
		for _, m := range regexp.MustCompile(`"([\w-]+)/\$DeadLetterQueue"`).FindAllSubmatch(text, -1) {
			handled = append(handled, string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range criteria["dimensions"].([]any)[0].(map[string]any)["values"].([]any) {
		handled = append(handled, q.(string))
	}

	want := queueNames(t)
	slices.Sort(want)
	slices.Sort(handled)
	if diff := cmp.Diff(want, handled); diff != "" {
		t.Errorf("(-queues +alerts and functions):\n%s", diff)
	}
}

// TestTheWorkbookShowsWhatTheAlertsLookAt compares its queries with the files.
func TestTheWorkbookShowsWhatTheAlertsLookAt(t *testing.T) {
	text, err := os.ReadFile(root + "infra/workbook.json")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, item := range decode(t, text).(map[string]any)["items"].([]any) {
		item := item.(map[string]any)
		if query, ok := item["content"].(map[string]any)["query"].(string); ok {
			shown[item["name"].(string)] = query
		}
	}
	if diff := cmp.Diff(queries(t), shown); diff != "" {
		t.Errorf("(-files +workbook):\n%s", diff)
	}
}
