//go:build browser

package browser

import (
	"os"
	"path/filepath"
	"testing"
)

// TestThePersonsCopyIsAccessible checks the pages of the example of a person's copy, opened from
// a folder as the person does. They load nothing, and run no script.
func TestThePersonsCopyIsAccessible(t *testing.T) {
	axe, err := os.ReadFile(*axePath)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs("../../docs/examples/persons-copy")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "data", "*", "index.html"))
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}

	for _, width := range []int64{1280, 320} {
		b := openTab(t, "file://"+dir, width, 900)
		for _, page := range append(pages, filepath.Join(dir, "index.html")) {
			b.navigate("file://" + page)
			b.check(string(axe), page)
			if eval[int](b, `document.scripts.length + performance.getEntriesByType('resource').length`) != 0 {
				t.Errorf("%s has a script, or loads something", page)
			}
			if eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`) > 0 {
				t.Errorf("%s is wider than %d pixels", page, width)
			}
		}
	}
}
