package document

import (
	"bufio"
	"bytes"
	"io"
)

// slack is how many bytes of white space are allowed between two tokens, in addition to the
// longest token.
const slack = 4 << 10

// source is the reader between the upstream's body and the decoder. It keeps the body's own
// error, which the decoder would drop or wrap. It fails when the decoder needs more bytes for
// one token than are allowed.
type source struct {
	r         io.Reader
	consumed  func() int64 // returns where the decoder's last token ended
	max       int64        // bytes that may be read past consumed
	delivered int64
	err       error // the first error of r other than io.EOF, or ErrTooLong
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	room := s.consumed() + s.max - s.delivered
	if room <= 0 {
		s.err = ErrTooLong
		return 0, s.err
	}

	n, err := s.r.Read(p[:min(int64(len(p)), room)])
	s.delivered += int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// mark is UTF-8's byte order mark.
const mark = "\xef\xbb\xbf"

// skipBOM returns src without a UTF-8 byte order mark, which JSON does not allow.
func skipBOM(src io.Reader) io.Reader {
	br := bufio.NewReaderSize(&sticky{r: src}, 4<<10)
	if head, _ := br.Peek(len(mark)); bytes.Equal(head, []byte(mark)) {
		_, _ = br.Discard(len(mark)) // buffered, so it can't fail
	}
	return br
}

// sticky repeats the first error of a reader, because bufio forgets an error after Peek.
type sticky struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (s *sticky) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	s.err = err
	return n, err
}
