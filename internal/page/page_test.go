package page_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/page"
)

// read returns a file of the page.
func read(t *testing.T, name string) string {
	t.Helper()
	body, err := fs.ReadFile(page.Files(), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// modules returns the names of all scripts.
func modules(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(page.Files(), "app", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".js" {
			names = append(names, name)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("the scripts are %v: %v", names, err)
	}
	return names
}

// TestThePageKeepsToItsPolicy looks for what the Content-Security-Policy would block, and for
// what would make markup of a text.
func TestThePageKeepsToItsPolicy(t *testing.T) {
	index := read(t, "index.html")
	for _, bad := range []string{`<style`, ` style=`, `<script>`, ` onclick=`, `http://`, `https://`, `<base`, `<iframe`} {
		if strings.Contains(index, bad) {
			t.Errorf("index.html has %q", bad)
		}
	}

	unsafe := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|createContextualFragment|setHTMLUnsafe|https?://[^w]`)
	for _, name := range modules(t) {
		if found := unsafe.FindString(read(t, name)); found != "" {
			t.Errorf("%s has %q", name, found)
		}
	}

	if found := regexp.MustCompile(`@import|url\(`).FindString(read(t, "app.css")); found != "" {
		t.Errorf("app.css loads something: %q", found)
	}
}

// TestTheBrowserHearsOfEachModuleAtOnce: a module that only an import names is fetched later.
func TestTheBrowserHearsOfEachModuleAtOnce(t *testing.T) {
	var named []string
	for _, m := range regexp.MustCompile(`(?:src|href)="/api/ui/(app/[^"]+\.js)"`).FindAllStringSubmatch(read(t, "index.html"), -1) {
		named = append(named, m[1])
	}
	slices.Sort(named)
	if want := modules(t); !slices.Equal(named, slices.Sorted(slices.Values(want))) {
		t.Errorf("index.html names %v\nwant %v", named, want)
	}
}

// TestEachReasonOfADeadLetterHasARemedy holds the page against the manual.
func TestEachReasonOfADeadLetterHasARemedy(t *testing.T) {
	remedies := read(t, "app/remedies.js")
	for _, reason := range reasons(t, "dead-letters.md", "## A request was refused", "## ") {
		if !strings.Contains(remedies, "\n  "+reason+": ") {
			t.Errorf("no remedy for %s", reason)
		}
	}
}

// reasons returns what a table of the manual has in its first column.
func reasons(t *testing.T, file, from, to string) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + file)
	if err != nil {
		t.Fatal(err)
	}
	_, part, found := strings.Cut(string(text), from)
	if !found {
		t.Fatalf("docs/%s has no %q", file, from)
	}
	part, _, _ = strings.Cut(part, "\n"+to)

	var out []string
	for line := range strings.SplitSeq(part, "\n") {
		cell, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		if !ok || !strings.HasPrefix(line, "| `") {
			continue
		}
		cell = regexp.MustCompile(" (on|with) .*").ReplaceAllString(cell, "")
		for _, m := range regexp.MustCompile("`([A-Z][A-Za-z]+)`").FindAllStringSubmatch(cell, -1) {
			out = append(out, m[1])
		}
	}
	if len(out) == 0 {
		t.Fatalf("docs/%s names no reasons after %q", file, from)
	}
	return out
}
