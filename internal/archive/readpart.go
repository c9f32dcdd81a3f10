package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

var (
	// ErrNoPart means that a blob is JSON and not an array of entries.
	ErrNoPart = errors.New("not a part")
	// ErrNoDocument means that a part's first entry has no document.
	ErrNoDocument = errors.New("the part's first entry has no document")
)

// StoredEntry is an entry of a part without its document.
type StoredEntry struct {
	dsr.Entry
	// HasDocument reports whether there is a document that is not null.
	HasDocument bool
	// Bytes is the length of the document. ReadEntries leaves it 0.
	Bytes int64
}

// ReadPart yields the entries of a stored part. It skips documents without holding them in
// memory. It fails with ErrNoPart if the part is not an array of entries, with
// document.ErrMalformed if it is not JSON, or with the reader's own error.
func ReadPart(r io.Reader) iter.Seq2[StoredEntry, error] { return readPart(r, nil) }

func readPart(r io.Reader, onDocument func(endpoint string, doc io.Reader) error) iter.Seq2[StoredEntry, error] {
	return func(yield func(StoredEntry, error) bool) {
		p := &partReader{dec: document.NewDecoder(r, 0)}
		more, err := p.begin()
		for n := 0; more && err == nil; n++ {
			var e StoredEntry
			if e, err = p.entry(onDocument); err != nil {
				err = fmt.Errorf("entry %d: %w", n, err)
				break
			}
			if !yield(e, nil) {
				return
			}

			more, err = p.more()
		}
		if err == nil {
			err = p.end()
		}
		if err != nil {
			yield(StoredEntry{}, fmt.Errorf("reading a part: %w", err))
		}
	}
}

// ReadDocument calls f with the document of a part's first entry. f need not read all of
// it. ReadDocument fails with ErrNoDocument if there is no such document, with f's error, or
// as ReadPart does.
func ReadDocument(r io.Reader, f func(io.Reader) error) error {
	p := &partReader{dec: document.NewDecoder(r, 0)}
	more, err := p.begin()
	if err == nil && !more {
		err = ErrNoDocument
	}
	if err != nil {
		return fmt.Errorf("reading a part's document: %w", err)
	}

	found := false
	_, err = p.entry(func(_ string, doc io.Reader) error {
		found = true
		if err := f(doc); err != nil {
			return err
		}
		return errStop
	})
	if found {
		return ignoreStop(err)
	}
	if err == nil {
		err = ErrNoDocument
	}
	return fmt.Errorf("reading a part's document: %w", err)
}

// ReadDocuments calls f with each document of a part and the number of its entry, from 0.
// f need not read all of a document. ReadDocuments fails with f's error, or as ReadPart
// does.
func ReadDocuments(r io.Reader, f func(n int, doc io.Reader) error) error {
	p := &partReader{dec: document.NewDecoder(r, 0)}
	more, err := p.begin()
	for n := 0; more && err == nil; n++ {
		_, err = p.entry(func(_ string, doc io.Reader) error {
			if err := f(n, doc); err != nil {
				return err
			}
			_, err := io.Copy(io.Discard, doc)
			return err
		})
		if err == nil {
			more, err = p.more()
		}
	}
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return fmt.Errorf("reading a part's documents: %w", err)
	}

	return nil
}

// ReadEntries yields the entries of a stored part. Before it yields an entry with a document,
// it calls onDocument with the document and the entry's endpoint. onDocument need not read
// all of a document. ReadEntries fails with onDocument's error, or as ReadPart does. It does
// not count Bytes.
func ReadEntries(r io.Reader, onDocument func(endpoint string, doc io.Reader) error) iter.Seq2[StoredEntry, error] {
	readToEnd := func(endpoint string, doc io.Reader) error {
		if err := onDocument(endpoint, doc); err != nil {
			return err
		}
		_, err := io.Copy(io.Discard, doc)
		return err
	}
	return readPart(r, readToEnd)
}

// errStop ends the reading of an entry after its document.
var errStop = errors.New("stop")

func ignoreStop(err error) error {
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

type partReader struct{ dec *document.Decoder }

func (p *partReader) begin() (more bool, err error) {
	if err := p.expect('[', "an array"); err != nil {
		return false, err
	}
	return p.more()
}

// expect reads one token, which must be of a kind. what describes it in errors.
func (p *partReader) expect(kind byte, what string) error {
	peeked := p.dec.PeekKind()
	if peeked != 0 && byte(peeked) != kind {
		return fmt.Errorf("%w: want %s", ErrNoPart, what)
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return p.dec.Fail(err)
	}
	return nil
}

func (p *partReader) more() (bool, error) {
	switch p.dec.PeekKind() {
	case 0:
		_, err := p.dec.ReadToken()
		return false, p.dec.Fail(err)
	case ']':
		return false, nil
	default:
		return true, nil
	}
}

func (p *partReader) end() error {
	if err := p.expect(']', "the array's end"); err != nil {
		return err
	}
	return p.dec.End()
}

// entry reads one entry. If onDocument is not nil, it gets the document, and the endpoint if
// that comes first. It must read the document to its end or return an error.
func (p *partReader) entry(onDocument func(endpoint string, doc io.Reader) error) (StoredEntry, error) {
	var e StoredEntry
	if err := p.expect('{', "an object"); err != nil {
		return e, err
	}

	members := map[string]json.RawMessage{}
	for p.dec.PeekKind() == '"' {
		tok, err := p.dec.ReadToken()
		if err != nil {
			return e, p.dec.Fail(err)
		}
		name := tok.String()
		if _, twice := members[name]; twice {
			return e, fmt.Errorf("%w: a member stands twice", ErrNoPart)
		}
		if name == "document" && onDocument != nil && p.dec.PeekKind() != 'n' {
			var endpoint string
			_ = json.Unmarshal(members["endpoint"], &endpoint) // decode reports another type
			if err := onDocument(endpoint, p.dec.Value()); err != nil {
				return e, err
			}
			members[name], e.HasDocument = nil, true
			continue
		}
		if members[name], err = p.member(name, &e); err != nil {
			return e, err
		}
	}
	if err := p.expect('}', "a member's name"); err != nil {
		return e, err
	}

	return e, e.decode(members)
}

// member reads the value of a member. Of a document it counts only the bytes.
func (p *partReader) member(name string, e *StoredEntry) (json.RawMessage, error) {
	if name != "document" {
		raw, err := p.dec.ReadValue()
		if err != nil {
			return nil, p.dec.Fail(err)
		}
		return append(json.RawMessage(nil), raw...), nil
	}

	e.HasDocument = p.dec.PeekKind() != 'n'
	var err error
	if e.HasDocument {
		e.Bytes, err = io.Copy(io.Discard, p.dec.Value())
		return nil, err
	}
	if _, err = p.dec.ReadToken(); err != nil {
		err = p.dec.Fail(err)
	}

	return nil, err
}

func (e *StoredEntry) decode(members map[string]json.RawMessage) error {
	_, hasDocument := members["document"]
	_, isHandedOver := members["subNode"]
	for _, name := range []string{"endpoint", "item", "url", "status", "retrievedAt"} {
		if _, ok := members[name]; !ok {
			return fmt.Errorf("%w: an entry without %s", ErrNoPart, name)
		}
	}

	for name := range members { // encoding/json ignores case: "Status" would replace "status"
		if name == "document" || (strings.ToLower(name) != name && !slices.Contains([]string{"retrievedAt", "subjectMatches", "possibleMatches", "subNode"}, name)) {
			delete(members, name)
		}
	}

	if hasDocument == isHandedOver {
		return fmt.Errorf("%w: an entry has either a document or a subNode", ErrNoPart)
	}
	flat, err := json.Marshal(members)
	if err != nil {
		return fmt.Errorf("%w: an entry's member is unreadable", ErrNoPart)
	}
	if err := json.Unmarshal(flat, &e.Entry); err != nil { // err is dropped, because it quotes values
		return fmt.Errorf("%w: a member has the wrong type", ErrNoPart)
	}

	return nil
}
