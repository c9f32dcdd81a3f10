package functionshost

import (
	"bytes"
	"io"
)

// maxLine bounds a line that never ends; what is longer is cut there.
const maxLine = 64 << 10

// lineWriter hands whole lines to out, one a call. It isn't safe for
// concurrent use; exec copies a child's output from one goroutine.
type lineWriter struct {
	out     io.Writer
	pending []byte
}

// Write never fails: a child must not break because nobody reads its output.
func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		if room := maxLine - len(w.pending); end < 0 || end > room {
			cut := min(len(p), room)
			w.pending = append(w.pending, p[:cut]...)
			p = p[cut:]
			if len(w.pending) == maxLine {
				w.flush()
			}
			continue
		}

		w.pending = append(w.pending, p[:end]...)
		p = p[end+1:]
		w.emit()
	}
	return n, nil
}

// flush writes what stands without an end of line.
func (w *lineWriter) flush() {
	if len(w.pending) > 0 {
		w.emit()
	}
}

func (w *lineWriter) emit() {
	_, _ = w.out.Write(append(w.pending, '\n'))
	w.pending = w.pending[:0]
}
