package azureml

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

var errTokenTooLong = errors.New("a string or number is too long")

// unexpected returns an error that says what is wrong and where. It takes the place of
// the decoder's own errors, which quote the answer, and that may be personal.
func (l *listReader) unexpected(what string) error {
	return fmt.Errorf("%s at byte %d", what, l.dec.InputOffset()+l.bom)
}

// allow lets the source return one token more than the decoder has used.
func (l *listReader) allow() { l.source.limit = l.bom + l.dec.InputOffset() + maxListToken }

func (l *listReader) peek() jsontext.Kind {
	l.allow()
	return l.dec.PeekKind()
}

func (l *listReader) readToken() (jsontext.Token, error) {
	l.allow()
	token, err := l.dec.ReadToken()
	if err != nil && !errors.Is(err, io.EOF) {
		err = l.unexpected("broken JSON")
	}
	return token, err
}

// object reads an object. It calls member with each name, and member reads the value.
func (l *listReader) object(member func(name string) error) error {
	if _, err := l.readToken(); err != nil { // the brace
		return err
	}

	for l.peek() != '}' {
		name, err := l.readToken()
		if err != nil {
			return err
		}
		if err := member(name.String()); err != nil {
			return err
		}
	}

	_, err := l.readToken()
	return err
}

// optional reads a string or null, which leaves to as it is.
func (l *listReader) optional(to *string) error {
	if l.peek() == 'n' {
		return l.skip()
	}
	text, err := l.text()
	*to = text
	return err
}

// flag reads true or false. Only a list as OpenAI's are needs it to be one of them.
func (l *listReader) flag(to *bool) error {
	kind := l.peek()
	if l.byID && kind != 't' && kind != 'f' {
		return l.unexpected("neither true nor false")
	}
	*to = kind == 't'
	return l.skip()
}

// text reads a string. It refuses one with broken text: the name that it would be
// mended to is another one, and the thing would be taken for gone.
func (l *listReader) text() (string, error) {
	if l.peek() != '"' {
		return "", l.unexpected("something else than a string")
	}

	l.allow()
	raw, err := l.dec.ReadValue()
	if err != nil {
		return "", l.unexpected("a broken string")
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return "", l.unexpected("a string with broken text")
	}

	return string(text), nil
}

// skip walks one value token by token, so that the source's bound holds within.
func (l *listReader) skip() error {
	depth := l.dec.StackDepth()
	for {
		if _, err := l.readToken(); err != nil {
			return err
		}
		if l.dec.StackDepth() <= depth {
			return nil
		}
	}
}

// boundedSource reads up to a limit, which moves on with what the decoder has used. It
// keeps the error of its reader, to be told from those of the decoder.
type boundedSource struct {
	r     io.Reader
	given int64
	limit int64
	err   error
}

func (s *boundedSource) Read(p []byte) (int, error) {
	room := s.limit - s.given
	if room <= 0 {
		return 0, errTokenTooLong
	}
	n, err := s.r.Read(p[:min(int64(len(p)), room)])
	s.given += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
