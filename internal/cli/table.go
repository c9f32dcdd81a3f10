package cli

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

const (
	defaultColumns = 80
	// minCell is the width that a column keeps however narrow the terminal is.
	minCell = 8
	// cellGap is the space between two columns.
	cellGap = 2
)

// Cell is one value of a row. On a terminal it stands below its head; elsewhere it is
// written as NAME=VALUE, or as the value alone where it has no name.
type Cell struct{ Head, Name, Value string }

// Plain returns a cell that has no name.
func Plain(head, value string) Cell { return Cell{Head: head, Value: value} }

// Named returns a cell with a name, which in capitals is its head.
func Named(name, value string) Cell {
	return Cell{Head: headOf(name), Name: name, Value: value}
}

// Number returns a cell with a name and a number.
func Number[N int | int64](name string, n N) Cell {
	return Named(name, strconv.FormatInt(int64(n), 10))
}

// headOf turns daysLeft into DAYS LEFT.
func headOf(name string) string {
	var head strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			head.WriteByte(' ')
		}
		head.WriteRune(r)
	}
	return strings.ToUpper(head.String())
}

func (c Cell) field() string {
	if c.Name == "" {
		return c.Value
	}
	return c.Name + "=" + c.Value
}

// Table prints rows. On a terminal they are aligned below heads and fitted to its width;
// elsewhere each is a line of fields, which scripts read. Errors of writing are ignored, as
// in PrintFields.
type Table struct {
	out     io.Writer
	columns int // 0: no terminal
	rows    [][]Cell
	marked  map[int]string // the color of rows, by their number
}

// NewTable returns a Table that writes to Out. Flush must be called after the last row.
func NewTable(s Streams) *Table {
	t := &Table{out: s.Out, marked: map[int]string{}}
	if s.IsTerminal {
		t.columns = s.columns()
	}
	return t
}

// columns returns the width of the terminal.
func (s Streams) columns() int {
	if s.Columns > 0 {
		return s.Columns
	}
	return defaultColumns
}

// Row adds a row.
func (t *Table) Row(cells ...Cell) {
	if t.columns > 0 {
		t.rows = append(t.rows, cells)
		return
	}

	fields := make([]string, len(cells))
	for i, c := range cells {
		fields[i] = c.field()
	}
	PrintFields(t.out, fields...)
}

// Marked adds a row that stands out by an escape sequence of color on a terminal.
func (t *Table) Marked(color string, cells ...Cell) {
	t.marked[len(t.rows)] = color
	t.Row(cells...)
}

// Flush prints what waits.
func (t *Table) Flush() {
	if len(t.rows) == 0 {
		return
	}
	heads := t.heads()
	grid := [][]string{heads}
	for _, row := range t.rows {
		grid = append(grid, below(heads, row))
	}
	fit(grid, t.columns)

	for i, line := range aligned(grid) {
		if color := t.marked[i-1]; color != "" {
			line = color + line + colorOff
		}
		_, _ = io.WriteString(t.out, line+"\n")
	}
	t.rows, t.marked = nil, map[int]string{}
}

// heads returns the heads of all rows, in the order in which they appear.
func (t *Table) heads() (heads []string) {
	for _, row := range t.rows {
		for _, c := range row {
			if !slices.Contains(heads, c.Head) {
				heads = append(heads, c.Head)
			}
		}
	}
	return heads
}

// below returns the values of a row in the order of the heads.
func below(heads []string, row []Cell) []string {
	values := make([]string, len(heads))
	for _, c := range row {
		values[slices.Index(heads, c.Head)] = OneLine(c.Value)
	}
	return values
}

// fit shortens cells until each line fits into the columns. It never cuts the first column,
// which has what one copies, and takes from the widest of the others first.
func fit(grid [][]string, columns int) {
	widths := make([]int, len(grid[0]))
	total := -cellGap
	for c := range widths {
		for _, line := range grid {
			widths[c] = max(widths[c], utf8.RuneCountInString(line[c]))
		}
		total += widths[c] + cellGap
	}

	for total > columns {
		widest := 0
		for c := 1; c < len(widths); c++ {
			if widest == 0 || widths[c] > widths[widest] {
				widest = c
			}
		}
		if widest == 0 || widths[widest] <= minCell {
			break
		}
		widths[widest]--
		total--
	}

	for _, line := range grid {
		for c := range line {
			line[c] = shorten(line[c], widths[c])
		}
	}
}

// shorten cuts a text to a width. Of an ARM id it keeps the end, which tells most.
func shorten(text string, width int) string {
	runes := []rune(text)
	switch {
	case len(runes) <= width:
		return text
	case strings.HasPrefix(text, "/"):
		return "…" + string(runes[len(runes)-width+1:])
	default:
		return string(runes[:width-1]) + "…"
	}
}

// aligned returns the lines of a grid with their columns below one another.
func aligned(grid [][]string) []string {
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 1, cellGap, ' ', 0)
	for _, line := range grid {
		_, _ = io.WriteString(w, strings.Join(line, "\t")+"\n") // a buffer takes everything
	}
	_ = w.Flush()

	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}
