package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// Decoder reads JSON. It accepts repeated names and invalid UTF-8, which upstream documents
// may have. It holds at most one token in memory.
type Decoder struct {
	*jsontext.Decoder
	in       *source
	maxToken int
	delim    [1]byte // the last delimiter that token returned
}

// NewDecoder returns a decoder that reads from src. maxToken is the longest allowed string or
// number in bytes; 0 means DefaultMaxToken. The decoder skips a byte order mark.
func NewDecoder(src io.Reader, maxToken int) *Decoder {
	if maxToken <= 0 {
		maxToken = DefaultMaxToken
	}
	in := &source{r: skipBOM(src), max: int64(maxToken) + 2 + slack}
	dec := jsontext.NewDecoder(in, lenient...)
	in.consumed = dec.InputOffset
	return &Decoder{Decoder: dec, in: in, maxToken: maxToken}
}

// heldDecoders are decoders of documents in memory that are not in use.
var heldDecoders = sync.Pool{New: func() any {
	return &Decoder{Decoder: new(jsontext.Decoder), in: new(source)}
}}

// takeHeldDecoder returns a decoder for a document in memory, which is to be given back.
// jsontext reads a bytes.Buffer in place.
func takeHeldDecoder(doc []byte, maxToken int) *Decoder {
	if maxToken <= 0 {
		maxToken = DefaultMaxToken
	}
	d := heldDecoders.Get().(*Decoder)
	d.maxToken = maxToken
	d.Reset(bytes.NewBuffer(bytes.TrimPrefix(doc, []byte(mark))), lenient...)
	return d
}

// giveBack lets another document use a held decoder.
func (d *Decoder) giveBack() { heldDecoders.Put(d) }

// lenient lets a decoder read what upstream documents may have.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// Fail converts an error of the embedded decoder into one of this package. An error of the
// source takes precedence, because a body that broke off is not malformed. Fail drops the
// text of err, because it quotes the document.
func (d *Decoder) Fail(err error) error {
	switch {
	case errors.Is(d.in.err, ErrTooLong) || errors.Is(err, ErrTooLong):
		return fmt.Errorf("reading a document at byte %d: %w", d.InputOffset(), ErrTooLong)
	case d.in.err != nil:
		return fmt.Errorf("reading a document at byte %d: %w", d.in.delivered, d.in.err)
	default:
		return fmt.Errorf("reading a document at byte %d: %w", d.InputOffset(), ErrMalformed)
	}
}

// End returns an error unless only white space is left.
func (d *Decoder) End() error {
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) || d.in.err != nil {
		return d.Fail(err)
	}
	return nil
}

// separator returns the white space, comma and colon before the next token, and the token's
// kind. The bytes are valid until the next call. It fails if no token follows.
func (d *Decoder) separator() ([]byte, jsontext.Kind, error) {
	kind := d.PeekKind()
	if kind == jsontext.KindInvalid {
		_, err := d.ReadToken()
		return nil, kind, d.Fail(err)
	}
	rest := d.UnreadBuffer()
	n := 0
	for n < len(rest) && isSeparator(rest[n]) {
		n++
	}
	return rest[:n], kind, nil
}

func isSeparator(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', ',', ':':
		return true
	}
	return false
}

// token reads the next token and returns its bytes as they are in the source. They are valid
// until the next call.
func (d *Decoder) token(kind jsontext.Kind) ([]byte, error) {
	switch kind {
	case '{', '}', '[', ']':
		if _, err := d.ReadToken(); err != nil {
			return nil, d.Fail(err)
		}
		d.delim[0] = byte(kind)
		return d.delim[:], nil
	}

	raw, err := d.ReadValue()
	if err != nil {
		return nil, d.Fail(err)
	}
	if len(raw) > d.maxToken+2 { // the quotes
		return nil, d.Fail(ErrTooLong)
	}

	return raw, nil
}

// Value returns a reader of the next value's bytes, without the white space around it. The
// decoder must not be used before the reader returns io.EOF.
func (d *Decoder) Value() io.Reader {
	return &valueReader{dec: d, depth: d.StackDepth()}
}

type valueReader struct {
	dec     *Decoder
	depth   int // depth of the decoder before the value
	begun   bool
	done    bool
	pending []byte
}

// Read implements io.Reader.
func (v *valueReader) Read(p []byte) (int, error) {
	for len(v.pending) == 0 {
		if v.done {
			return 0, io.EOF
		}
		if err := v.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, v.pending)
	v.pending = v.pending[n:]
	return n, nil
}

func (v *valueReader) fill() error {
	sep, kind, err := v.dec.separator()
	if err != nil {
		return err
	}

	v.pending = v.pending[:0]
	if v.begun {
		v.pending = append(v.pending, sep...)
	}

	raw, err := v.dec.token(kind)
	if err != nil {
		return err
	}

	v.pending = append(v.pending, raw...)
	v.begun, v.done = true, v.dec.StackDepth() == v.depth

	return nil
}

// textOf returns what a valid JSON string spells: a part of raw where nothing is escaped.
// Invalid UTF-8 is replaced, which hides nothing and names nobody.
func textOf(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	text, _ := jsontext.AppendUnquote(nil, raw)
	return text
}
