package infra_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// columns are those of the tables of Application Insights that the queries may name, as
// Microsoft documents them.
// (https://learn.microsoft.com/azure/azure-monitor/reference/tables/appmetrics and others)
var columns = map[string][]string{
	"AppTraces":       {"TimeGenerated", "Message"},
	"AppMetrics":      {"TimeGenerated", "Name", "Sum", "Min", "Max", "ItemCount", "Properties"},
	"AppRequests":     {"TimeGenerated", "Id", "Name", "DurationMs", "Success", "ResultCode", "OperationId", "ParentId", "Properties"},
	"AppDependencies": {"TimeGenerated", "Id", "Name", "DurationMs", "Success", "ResultCode", "OperationId", "ParentId", "Properties"},
}

var (
	table      = regexp.MustCompile(`\bApp[A-Z]\w+`)
	column     = regexp.MustCompile(`\b[A-Z]\w*\b`)
	quoted     = regexp.MustCompile(`'[^']*'`)
	property   = regexp.MustCompile(`Properties\['([^']+)'\]`)
	metricName = regexp.MustCompile(`Name (?:==|in) (\([^)]*\)|'[^']*')`)
	kqlField   = regexp.MustCompile(`\bline\.(\w+)`)
	kqlLine    = regexp.MustCompile(`line\.msg\) == '([^']+)'`)
	code       = regexp.MustCompile("`([^`]+)`")
)

// questions returns the ten queries by name.
func questions(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(root + "deploy/queries/*.kql")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = string(text)
	}
	return out
}

// operations returns the cells of the table of docs/operations.md that has a heading.
func operations(t *testing.T, heading string) [][]string {
	t.Helper()
	text, err := os.ReadFile(root + "docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "| "+heading+" |")
	if !found {
		t.Fatalf("docs/operations.md has no table %q", heading)
	}

	var rows [][]string
	for i, l := range strings.Split(rest, "\n") {
		if i < 2 {
			continue // the rest of the heading, and the line below
		}
		if !strings.HasPrefix(l, "|") {
			break
		}
		rows = append(rows, strings.Split(strings.Trim(l, "| "), " | "))
	}
	return rows
}

// names returns what stands as code in a cell.
func names(cell string) (out []string) {
	for _, m := range code.FindAllStringSubmatch(cell, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestEachQuestionHasItsQuery(t *testing.T) {
	all := questions(t)
	rows := operations(t, "question")
	if len(rows) != 10 || len(all) != 10 {
		t.Errorf("%d questions and %d queries", len(rows), len(all))
	}
	for _, row := range rows {
		link := regexp.MustCompile(`^\[([^\]]+)\]\(\.\./deploy/queries/([^)]+)\)$`).FindStringSubmatch(row[1])
		if link == nil || link[1] != link[2] || all[link[1]] == "" {
			t.Errorf("%q has the query %s", row[0], row[1])
			continue
		}
		query := all[link[1]]
		for word, tables := range map[string]string{"traces": "AppRequests", "the log": "AppTraces", "metrics": "AppMetrics"} {
			if strings.Contains(row[2], word) != strings.Contains(query, tables) {
				t.Errorf("%s does not read %s", link[1], row[2])
			}
		}
	}
}

// TestTheQueriesNameWhatTheAppRecords holds what they name against the tables' columns, the
// log lines in the source, and the metrics and attributes of docs/operations.md, which
// other tests hold against what is recorded.
func TestTheQueriesNameWhatTheAppRecords(t *testing.T) {
	metrics := map[string][]string{}
	for _, row := range operations(t, "metric") {
		metrics[names(row[0])[0]] = names(row[3])
	}
	var ofSpans []string
	for _, row := range operations(t, "span") {
		ofSpans = append(ofSpans, names(row[2])...)
	}

	lines, _ := logged(t)
	for name, query := range questions(t) {
		first, text, _ := strings.Cut(query, "\n")
		if !strings.HasPrefix(first, "// ") || !strings.HasSuffix(query, "\n") {
			t.Errorf("%s does not begin with its question", name)
		}
		text = regexp.MustCompile(`(?m)^//.*$`).ReplaceAllString(text, "")
		checkTables(t, name, text)
		checkLines(t, name, text, lines)
		checkMetrics(t, name, text, metrics, ofSpans)
	}
}

// checkTables holds the columns of a query against those of its tables.
func checkTables(t *testing.T, name, query string) {
	t.Helper()
	var known []string
	for _, found := range table.FindAllString(query, -1) {
		if columns[found] == nil {
			t.Errorf("%s reads %s", name, found)
		}
		known = append(known, columns[found]...)
	}
	for _, c := range column.FindAllString(quoted.ReplaceAllString(query, ""), -1) {
		if columns[c] == nil && !slices.Contains(known, c) {
			t.Errorf("%s names the column %s", name, c)
		}
	}
}

// checkLines holds the lines and fields of a query against the calls of loggers.
func checkLines(t *testing.T, name, query string, lines map[string]line) {
	t.Helper()
	everyLine := []string{"time", "level", "msg", "invocationId"}
	asked := kqlLine.FindAllStringSubmatch(query, -1)
	for _, m := range asked {
		if lines[m[1]] == nil {
			t.Errorf("%s looks for %q, which the app does not log", name, m[1])
		}
	}
	for _, f := range kqlField.FindAllStringSubmatch(query, -1) {
		has := func(m []string) bool { return lines[m[1]][f[1]] }
		if !slices.Contains(everyLine, f[1]) && !slices.ContainsFunc(asked, has) {
			t.Errorf("%s: no line that it looks for has %s", name, f[1])
		}
	}
}

// checkMetrics holds the metrics of a query, and the attributes that it reads of them or of
// spans, against what there is.
func checkMetrics(t *testing.T, name, query string, metrics map[string][]string, ofSpans []string) {
	t.Helper()
	var known []string
	for _, m := range metricName.FindAllStringSubmatch(query, -1) {
		for _, q := range quoted.FindAllString(m[1], -1) {
			attributes, ok := metrics[strings.Trim(q, "'")]
			if !ok {
				t.Errorf("%s reads the metric %s", name, q)
			}
			known = append(known, attributes...)
		}
	}
	if strings.Contains(query, "AppMetrics") && len(metricName.FindAllString(query, -1)) < strings.Count(query, "AppMetrics") {
		t.Errorf("%s reads all metrics", name)
	}
	if strings.Contains(query, "AppRequests") {
		known = append(known, ofSpans...)
	}
	for _, p := range property.FindAllStringSubmatch(query, -1) {
		if !slices.Contains(known, p[1]) {
			t.Errorf("%s reads the attribute %s, which nothing of it has", name, p[1])
		}
	}
}
