package survey_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// docs/closing-tests.md has a row for each rule, and the tests that it names exist.
func TestTheTestsOfTheRulesOfClosingExist(t *testing.T) {
	const rules = 33
	page, err := os.ReadFile("../../docs/closing-tests.md")
	if err != nil {
		t.Fatal(err)
	}

	named := regexp.MustCompile("`([a-z/]+)`|(Test[A-Za-z]+)")
	row := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || strings.TrimLeft(cells[0], "| ") == "#" {
			continue
		}

		if row++; strings.TrimLeft(cells[0], "| ") != strconv.Itoa(row) {
			t.Errorf("row %d: %s", row, line)
		}

		tests := testsOf(t, "")
		found := 0
		for _, m := range named.FindAllStringSubmatch(cells[2], -1) {
			if m[1] != "" {
				tests = testsOf(t, m[1])
			} else if found++; !strings.Contains(tests, "func "+m[2]+"(t *testing.T)") {
				t.Errorf("rule %d: there is no %s in the package named before it", row, m[2])
			}
		}

		if found == 0 {
			t.Errorf("rule %d has no test", row)
		}
	}

	if row != rules {
		t.Errorf("%d rules, want %d", row, rules)
	}
}

// testsOf returns the text of all test files of a package.
func testsOf(t *testing.T, dir string) string {
	t.Helper()
	if dir == "" {
		return ""
	}
	files, err := filepath.Glob(filepath.Join("../..", dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no tests, %v", dir, err)
	}

	var all strings.Builder
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(body)
	}

	return all.String()
}
