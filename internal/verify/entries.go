package verify

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/dsr"
)

// errNoPart means that a blob is not an array of entries. Errors that wrap it do not quote
// the blob, which may contain personal data.
var errNoPart = errors.New("not an array of entries")

// maxToken bounds a string in a part, in bytes. It is twice the limit for a string in a
// stored document.
const maxToken = 8 << 20

// entry is an entry of a part, and its document's length.
type entry struct {
	dsr.Entry
	hasDocument bool  // it has a document, which is not null
	bytes       int64 // length of the document
}

// entryNeeds are the members that an entry has besides its document or sub-node.
var entryNeeds = []string{"endpoint", "item", "url", "status", "retrievedAt"}

// readEntries reads a part and passes each entry to f. It skips the entry's document, or
// reads it with document unless that is nil. It never keeps a document in memory. Repeated
// names and invalid UTF-8 are valid in a document, because it is the upstream's own.
func readEntries(r io.Reader, document func(*jsontext.Decoder) error, f func(entry)) error {
	src := &bounded{r: r}
	p := &entryReader{
		dec:  jsontext.NewDecoder(src, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)),
		read: document,
		seen: map[string]bool{},
	}

	src.taken = p.dec.InputOffset

	if err := p.delimiter('['); err != nil {
		return err
	}

	for p.dec.PeekKind() != ']' {
		e, err := p.entry()
		if err != nil {
			return err
		}
		f(e)
	}
	if err := p.delimiter(']'); err != nil {
		return err
	}

	if _, err := p.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows it", errNoPart)
	}

	return nil
}

// entryReader reads the entries of one part.
type entryReader struct {
	dec  *jsontext.Decoder
	read func(*jsontext.Decoder) error // reads a document; nil: documents are skipped
	flat []byte                        // an entry's members without its document
	seen map[string]bool               // names of its members
}

// delimiter reads a bracket or brace.
func (p *entryReader) delimiter(want jsontext.Kind) error {
	if tok, err := p.dec.ReadToken(); err != nil || tok.Kind() != want {
		return fmt.Errorf("%w: want %v", errNoPart, want)
	}
	return nil
}

// entry reads one entry.
func (p *entryReader) entry() (e entry, err error) {
	if err := p.delimiter('{'); err != nil {
		return e, err
	}

	p.flat = append(p.flat[:0], '{')
	clear(p.seen)

	for p.dec.PeekKind() == '"' {
		if err := p.member(&e); err != nil {
			return e, err
		}
	}
	if err := p.delimiter('}'); err != nil {
		return e, err
	}

	for _, name := range entryNeeds {
		if !p.seen[name] {
			return e, fmt.Errorf("%w: an entry without %s", errNoPart, name)
		}
	}

	if p.seen["document"] == p.seen["subNode"] {
		return e, fmt.Errorf("%w: an entry has either a document or a subNode", errNoPart)
	}

	p.flat[len(p.flat)-1] = '}' // replaces the last comma
	if err := decode(p.flat, &e.Entry); err != nil {
		return e, fmt.Errorf("%w: a member is unknown, stands twice or has the wrong type", errNoPart)
	}

	return e, nil
}

// member reads the name and value of one member. Of the document it keeps only the length.
func (p *entryReader) member(e *entry) error {
	tok, err := p.dec.ReadToken()
	if err != nil {
		return fmt.Errorf("%w: a name", errNoPart)
	}

	name := tok.String()
	if p.seen[name] {
		return fmt.Errorf("%w: a member stands twice", errNoPart)
	}

	p.seen[name] = true
	if name == "document" {
		err = p.document(e)
	} else {
		err = p.flatten(name)
	}
	if err != nil {
		return fmt.Errorf("%w: a value", errNoPart)
	}

	return nil
}

// document measures the next document, without the white space around it.
func (p *entryReader) document(e *entry) error {
	e.hasDocument = p.dec.PeekKind() != 'n'
	start := p.dec.InputOffset()
	for _, c := range p.dec.UnreadBuffer() {
		if c != ':' && c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			break
		}
		start++
	}

	read := (*jsontext.Decoder).SkipValue
	if p.read != nil && e.hasDocument {
		read = p.read
	}

	err := read(p.dec)

	if e.hasDocument {
		e.bytes = p.dec.InputOffset() - start
	}

	return err
}

// flatten reads the value of a member and keeps both.
func (p *entryReader) flatten(name string) (err error) {
	p.flat, err = jsontext.AppendQuote(p.flat, name)
	if err != nil {
		return err
	}
	value, err := p.dec.ReadValue()
	p.flat = append(append(append(p.flat, ':'), value...), ',')
	return err
}

// bounded is a reader that fails when a decoder buffers more than one token may have, so
// that no part makes it use more memory.
type bounded struct {
	r     io.Reader
	given int64        // bytes that the decoder has got
	taken func() int64 // returns how many of them it has consumed
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	room := b.taken() + maxToken - b.given
	if room <= 0 {
		return 0, fmt.Errorf("%w: a string is too long", errNoPart)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), room)])
	b.given += int64(n)
	return n, err
}
