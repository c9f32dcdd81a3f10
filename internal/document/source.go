package document

import (
	"bufio"
	"bytes"
	"io"
)

// slack is the white space that may stand between two tokens on top of the
// longest token.
const slack = 4 << 10

// source stands between the upstream and the decoder. It keeps the upstream's
// own error, which the decoder would drop or dress up, and ends the reading
// when the decoder wants more bytes for one token than it may have.
type source struct {
	r         io.Reader
	consumed  func() int64 // where the decoder's last token ended
	max       int64        // bytes that may be read past consumed
	delivered int64
	err       error // the first error of r but io.EOF, or ErrTooLong; kept for ever
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

// skipBOM returns src without a UTF-8 byte order mark, which JSON doesn't allow.
func skipBOM(src io.Reader) io.Reader {
	br := bufio.NewReaderSize(&sticky{r: src}, 4<<10)
	if head, _ := br.Peek(len(mark)); bytes.Equal(head, []byte(mark)) {
		_, _ = br.Discard(len(mark)) // buffered, so it can't fail
	}
	return br
}

// sticky repeats a reader's first error: bufio forgets one that Peek has met.
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
