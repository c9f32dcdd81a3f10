package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// rows prints two rows of which the second has a column more.
func rows(columns int) string {
	var out bytes.Buffer
	t := NewTable(Streams{Out: &out, IsTerminal: columns > 0, Columns: columns})
	t.Row(Plain("ID", "a-rather-long-id"), Named("daysLeft", "2"), Plain("TARGET", "/subscriptions/s/resourceGroups/g/workspaces/ml-00"))
	t.Marked(Red, Plain("ID", "b"), Named("daysLeft", "-1"), Plain("TARGET", "-"), Named("failed", "1"))
	t.Flush()
	t.Flush() // prints nothing
	return out.String()
}

func TestRowsAreFieldsForScripts(t *testing.T) {
	want := "a-rather-long-id  daysLeft=2  /subscriptions/s/resourceGroups/g/workspaces/ml-00\n" +
		"b  daysLeft=-1  -  failed=1\n"
	if got := rows(0); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestRowsAreATableOnATerminal(t *testing.T) {
	want := "" +
		"ID                DAYS LEFT  TARGET                                              FAILED\n" +
		"a-rather-long-id  2          /subscriptions/s/resourceGroups/g/workspaces/ml-00\n" +
		"\x1b[31mb                 -1         -                                                   1\x1b[0m\n"
	if got := rows(100); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestATableFitsTheTerminal(t *testing.T) {
	for _, columns := range []int{60, 80, 100} {
		got := rows(columns)
		for line := range strings.Lines(got) {
			line = strings.NewReplacer(Red, "", colorOff, "", "\n", "").Replace(line)
			if n := utf8.RuneCountInString(line); n > columns {
				t.Errorf("a line of %d columns on a terminal of %d: %q", n, columns, line)
			}
		}
		if !strings.Contains(got, "a-rather-long-id") || !strings.Contains(got, "workspaces/ml-00") {
			t.Errorf("the id is cut, or the end of the target is lost:\n%s", got)
		}
	}

	if got := rows(20); !strings.Contains(got, "a-rather-long-id") {
		t.Errorf("however narrow it is, the id stays:\n%s", got)
	}
}
