package export

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// sieve keeps of what an export reads only what is the subject's or may name them. nil keeps
// everything.
type sieve struct {
	subject *dsr.Subject
	names   document.Finder
}

// sieveOf returns the sieve of a job, nil where its request is for all that there is.
func sieveOf(job task.Job, subject *dsr.Subject) *sieve {
	if job.What != dsr.WhatSubject || job.Kind != dsr.KindExport || subject == nil {
		return nil
	}
	return &sieve{subject: subject, names: namesOf(subject)}
}

// concerns reports whether a document of a row, or an element of its list, is the subject's,
// or names the subject, or may do either. A name within a secret, which is masked, is none.
// What can't be read is kept.
func (s *sieve) concerns(row azureml.Operation, doc []byte) bool {
	_, result, err := document.CopyHeld(doc, document.Options{Everywhere: true, Subject: s.names})
	if err != nil || found(result) {
		return true
	}
	return azureml.OwnerOf(row, doc, s.subject) != dsr.OwnerUnknown
}

// found reports whether a document names the subject, or may.
func found(r document.Result) bool { return r.Matches > 0 || r.Possible > 0 }

// page returns a list's answer with what names each element alone in the place of those that
// don't concern the subject, and how many these are. All else stays byte for byte, so that
// the answer still leads to the same items and the same next page.
func (s *sieve) page(row azureml.Operation, doc []byte) ([]byte, int, error) {
	doc = bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf"))
	p := &sifting{
		sieve: s,
		row:   row,
		doc:   doc,
		dec:   jsontext.NewDecoder(bytes.NewReader(doc), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)),
	}

	var err error
	switch p.dec.PeekKind() {
	case '[':
		err = p.elements()
	case '{':
		err = p.object()
	}
	if err != nil {
		return nil, 0, fmt.Errorf("sifting a list: %w", document.ErrMalformed)
	}

	return append(p.out, doc[p.copied:]...), p.left, nil
}

// sifting is one answer that goes through a sieve.
type sifting struct {
	*sieve
	row    azureml.Operation
	doc    []byte
	dec    *jsontext.Decoder
	out    []byte
	copied int // bytes of doc that are in out, or left out of it
	left   int
}

// object goes through the object around the elements.
func (p *sifting) object() error {
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	for p.dec.PeekKind() == '"' {
		name, err := p.dec.ReadToken()
		if err != nil {
			return err
		}

		if isElements(name.String()) && p.dec.PeekKind() == '[' {
			err = p.elements()
		} else {
			err = p.dec.SkipValue()
		}
		if err != nil {
			return err
		}
	}
	_, err := p.dec.ReadToken()
	return err
}

// isElements reports whether a member of a page may have its elements.
func isElements(name string) bool { return name == "value" || name == "data" }

// elements goes through the elements.
func (p *sifting) elements() error {
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	for p.dec.PeekKind() != ']' {
		element, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		if p.concerns(p.row, element) {
			continue
		}

		end := int(p.dec.InputOffset())
		p.out = append(p.out, p.doc[p.copied:end-len(element)]...)
		p.out = append(p.out, nameAlone(p.row, element)...)
		p.copied = end
		p.left++
	}
	_, err := p.dec.ReadToken()
	return err
}

// nameAlone returns an element with only the member that names it.
func nameAlone(row azureml.Operation, element []byte) []byte {
	dec := jsontext.NewDecoder(bytes.NewReader(element), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if token, err := dec.ReadToken(); err != nil || token.Kind() != '{' || row.Key == "" {
		return []byte("{}")
	}

	out := []byte("{}")
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return out
		}
		isName := name.String() == row.Key
		value, err := dec.ReadValue()
		if err != nil {
			return out
		}
		if isName { // if it has two, the last one counts
			quoted, _ := jsontext.AppendQuote(nil, row.Key) // of a text of our own
			out = slices.Concat([]byte("{"), quoted, []byte(":"), value, []byte("}"))
		}
	}
	return out
}
