package customhandler

import "io"

// shortening reads JSON and cuts its strings to most characters. A message of the Premium
// tier may have 100 MB, and its lock token comes behind its body.
type shortening struct {
	from io.Reader
	most int

	cut      bool // something was left out
	inString bool
	length   int  // of the string so far, in bytes and escape sequences
	escaped  bool // the next byte belongs to a backslash
	digits   int  // of a \u sequence that are still to come
}

// Read implements io.Reader.
func (s *shortening) Read(p []byte) (int, error) {
	for {
		n, err := s.from.Read(p)
		kept := p[:0]
		for _, b := range p[:n] {
			if s.keeps(b) {
				kept = append(kept, b)
			}
		}
		if len(kept) > 0 || err != nil {
			return len(kept), err
		}
	}
}

// keeps reports whether the next byte stays. What stays is JSON if all of it was.
func (s *shortening) keeps(b byte) bool {
	if !s.inString {
		s.inString, s.length = b == '"', 0
		return true
	}
	if b == '"' && !s.escaped {
		s.inString = false
		return true
	}

	keep := s.length < s.most
	s.cut = s.cut || !keep
	if s.endsCharacter(b) {
		s.length++
	}

	return keep
}

// endsCharacter reports whether a byte of a string is the last of an escape sequence, or is
// in none.
func (s *shortening) endsCharacter(b byte) bool {
	switch {
	case s.digits > 0:
		s.digits--
		return s.digits == 0
	case s.escaped:
		s.escaped = false
		if b == 'u' {
			s.digits = 4
		}
		return b != 'u'
	default:
		s.escaped = b == '\\'
		return !s.escaped
	}
}
