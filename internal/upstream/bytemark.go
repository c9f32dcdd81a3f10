package upstream

import (
	"bytes"
	"io"
)

// mark is UTF-8's byte order mark, which some services write before their JSON.
const mark = "\xef\xbb\xbf"

// trimMark returns a body without its byte order mark. One that is in memory stays there.
func trimMark(body io.ReadCloser) io.ReadCloser {
	if h, ok := body.(held); ok {
		return held{bytes.NewBuffer(bytes.TrimPrefix(h.Bytes(), []byte(mark)))}
	}
	return &withoutMark{ReadCloser: body}
}

// withoutMark is a body without a byte order mark.
type withoutMark struct {
	io.ReadCloser
	begun bool
	head  []byte // what was read to see the mark
	err   error  // what ended that reading
}

// Read implements io.Reader.
func (w *withoutMark) Read(p []byte) (int, error) {
	if !w.begun && len(p) > 0 {
		w.begin()
	}
	if len(w.head) > 0 {
		n := copy(p, w.head)
		w.head = w.head[n:]
		return n, nil
	}
	if w.err != nil {
		return 0, w.err
	}
	return w.ReadCloser.Read(p)
}

// begin reads as many bytes as a mark has.
func (w *withoutMark) begin() {
	w.begun = true
	head := make([]byte, 0, len(mark))
	for len(head) < len(mark) && w.err == nil {
		var n int
		n, w.err = w.ReadCloser.Read(head[len(head):cap(head)])
		head = head[:len(head)+n]
	}
	w.head = bytes.TrimPrefix(head, []byte(mark))
}
