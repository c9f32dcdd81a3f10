package personcopy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

const (
	// partSize is how many bytes of documents of one kind are held before they become a
	// file, and heldSize how many of all kinds.
	partSize = 1 << 20
	heldSize = 6 << 20
	// maxRows is how many documents the table of a section lists, and maxItem how much of
	// a name it shows.
	maxRows = 500
	maxItem = 200
)

// section is the documents of one resource type.
type section struct {
	Type      string
	Documents int
	Bytes     int64
	Files     []string
	Rows      []row

	held bytes.Buffer // the documents of the next file
}

// row is a line of a section's table.
type row struct {
	Item, RetrievedAt string
	Facts             []Fact // of the first ones
}

// sections are those of a copy. An archive has the documents of a type in several places.
type sections struct {
	byType map[string]*section
	held   int
}

func newSections() *sections { return &sections{byType: map[string]*section{}} }

// add adds a document to its section, and writes what is held once that is too much.
func (s *sections) add(b *Bag, typ string, e entry) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("writing a document: %w", err)
	}
	of := s.byType[typ]
	if of == nil {
		of = &section{Type: typ}
		s.byType[typ] = of
	}

	before := of.held.Len()
	of.add(body, e)
	s.held += of.held.Len() - before
	if s.held >= heldSize {
		of = s.longest()
	}
	if of.held.Len() < partSize && s.held < heldSize {
		return nil
	}

	s.held -= of.held.Len()

	return of.flush(b)
}

// longest returns the section that holds the most, of several the first by name.
func (s *sections) longest() *section {
	var longest *section
	for _, typ := range slices.Sorted(maps.Keys(s.byType)) {
		if of := s.byType[typ]; longest == nil || of.held.Len() > longest.held.Len() {
			longest = of
		}
	}
	return longest
}

// end writes what is still held, and the tables. It returns the sections by name.
func (s *sections) end(b *Bag) ([]*section, error) {
	var done []*section
	for _, typ := range slices.Sorted(maps.Keys(s.byType)) {
		of := s.byType[typ]
		if err := of.flush(b); err != nil {
			return nil, err
		}
		if err := of.index(b); err != nil {
			return nil, err
		}
		done = append(done, of)
	}
	return done, nil
}

func (s *section) add(body []byte, e entry) {
	begin := ",\n"
	if s.held.Len() == 0 {
		begin = "[\n"
	}
	s.held.WriteString(begin)
	s.held.Write(body)

	s.Documents++
	s.Bytes += int64(len(body))
	if len(s.Rows) == maxRows {
		return
	}
	r := row{Item: shortened(e.Item, maxItem), RetrievedAt: e.RetrievedAt.Format(time.DateOnly)}
	if len(s.Rows) < maxShown {
		r.Facts = factsOf(e.Document)
	}
	s.Rows = append(s.Rows, r)
}

// flush writes the held documents as a file, if there are any.
func (s *section) flush(b *Bag) error {
	if s.held.Len() == 0 {
		return nil
	}
	s.held.WriteString("\n]\n")

	file := fmt.Sprintf("part-%05d.json", len(s.Files)+1)
	err := b.Add("data/"+s.Type+"/"+file, func(w io.Writer) error {
		_, err := s.held.WriteTo(w)
		return err //nolint:wrapcheck // Add names the file
	})
	s.Files = append(s.Files, file)
	s.held = bytes.Buffer{}

	return err
}
