package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// PrintFields prints one line, its fields separated by two spaces. Names of things come from
// whoever made them, and none may move the cursor over what an approver reads. It ignores
// errors, for a line that can't be printed must not stop the work.
func PrintFields(w io.Writer, fields ...string) {
	_, _ = fmt.Fprintln(w, OneLine(strings.Join(fields, "  ")))
}

// Count returns NAME=N, a field of a line.
func Count[N int | int64](name string, n N) string { return fmt.Sprintf("%s=%d", name, n) }

// Plural returns a number and its noun.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// OrDash returns a field's text, or a dash for an empty one.
func OrDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// OneLine returns a text from outside with spaces in place of characters that could move the
// cursor.
func OneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}
