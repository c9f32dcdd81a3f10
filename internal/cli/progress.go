package cli

import (
	"fmt"
	"io"
	"strings"
)

const barWidth = 30

// Progress shows how far work is. On a terminal it redraws a bar; elsewhere it prints a line
// for each tenth.
type Progress struct {
	out     io.Writer
	draws   bool
	columns int
	tenths  int64 // of the last line; -1 before the first
	drawn   bool
}

// NewProgress returns a Progress that writes to Out. The caller closes it.
func NewProgress(s Streams) *Progress {
	return &Progress{
		out:     s.Out,
		draws:   s.IsTerminal,
		columns: s.columns(),
		tenths:  -1,
	}
}

// Show shows that done of total are done. A total of 0 means that it is not known yet. note
// is what the numbers count.
func (p *Progress) Show(done, total int64, note string) {
	if p.draws {
		p.write("\r\x1b[K" + cut(bar(done, total)+"  "+note, p.columns-1))
		p.drawn = true
		return
	}
	if total <= 0 {
		return
	}

	if tenths := 10 * min(done, total) / total; tenths > p.tenths {
		p.tenths = tenths
		p.write(fmt.Sprintf("%3d%%  %d of %d  %s\n", 10*tenths, done, total, note))
	}
}

// Close ends the line of the bar. It may be called again.
func (p *Progress) Close() {
	if p.drawn {
		p.write("\n")
		p.drawn = false
	}
}

// write ignores errors, for a failure to show progress must not stop the work.
func (p *Progress) write(text string) { _, _ = io.WriteString(p.out, text) }

func bar(done, total int64) string {
	if total <= 0 {
		return "[" + strings.Repeat(" ", barWidth) + "]"
	}
	full := int(barWidth * min(done, total) / total)
	return fmt.Sprintf("[%s%s] %d/%d", strings.Repeat("#", full), strings.Repeat(" ", barWidth-full), done, total)
}

// cut shortens a line to a number of columns. It counts each rune as one.
func cut(line string, columns int) string {
	runes := []rune(line)
	if len(runes) > columns {
		runes = runes[:max(columns, 0)]
	}
	return string(runes)
}
