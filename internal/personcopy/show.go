package personcopy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// around is how much of a text is shown before and after what is uncertain in it, in bytes.
const around = 120

// Shown is an uncertain place with its text.
type Shown struct {
	dsr.ReviewPlace
	Kind string // of the document, in words
	Item string
	// Pointer is the JSON Pointer of the text. Within a text that is JSON it goes on.
	Pointer string
	// Before, Match and After are what the text says there; Match is what is uncertain.
	Before, Match, After string
	// Size is that of a file.
	Size int64
	// Gone reports whether the document is not stored any more.
	Gone bool
}

// Show looks up the texts at places of a request about a subject. Secrets stay masked.
// Consecutive places in the same part cost one read of it.
func Show(ctx context.Context, records *ledger.Ledger, id string, subject dsr.Subject, places []dsr.ReviewPlace) ([]Shown, error) {
	out := make([]Shown, len(places))
	s := newSearch(subject)
	for from := 0; from < len(places); {
		to := from
		for to < len(places) && places[to].Part == places[from].Part {
			out[to] = Shown{ReviewPlace: places[to]}
			to++
		}
		if err := showPart(ctx, records, id+"/"+places[from].Part, s, out[from:to]); err != nil {
			return nil, err
		}
		from = to
	}
	return out, nil
}

// showPart looks up places of one part.
func showPart(ctx context.Context, records *ledger.Ledger, name string, s search, places []Shown) error {
	body, _, err := records.Exports().Backend().Open(ctx, name, 0)
	if errors.Is(err, archive.ErrNotFound) {
		for i := range places {
			places[i].Gone = true
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	defer body.Close()

	at, last := 0, 0
	byEntry := map[int][]*Shown{}
	for i := range places {
		p := &places[i]
		byEntry[p.Entry], last = append(byEntry[p.Entry], p), max(last, p.Entry)
	}
	var doc []byte
	read := func(_ string, r io.Reader) error {
		doc = nil
		if byEntry[at] == nil {
			return nil
		}
		var err error
		doc, err = io.ReadAll(io.LimitReader(r, maxDocument))
		return err
	}
	for e, err := range archive.ReadEntries(body, read) {
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		if err := showEntry(e, doc, s, byEntry[at]); err != nil {
			return fmt.Errorf("reading entry %d of %s: %w", at, name, err)
		}
		if at++; at > last {
			return nil
		}
	}

	return nil
}

// showEntry looks up places of one document.
func showEntry(e archive.StoredEntry, doc []byte, s search, places []*Shown) error {
	op, known := azureml.Find(e.Endpoint)
	if !known || len(places) == 0 {
		return nil
	}
	units := unitsOf(Document{Endpoint: e.Endpoint, Item: e.Item, Body: doc}, op)
	secrets := op.DocumentSecrets()
	if op.IsList() {
		secrets = op.Secrets
	}
	for _, p := range places {
		if p.Element >= len(units) {
			continue // it is not what was listed
		}
		u := units[p.Element]
		p.Kind, p.Item = KindName(u.op.Type), u.name()
		if e.Content != nil {
			p.Size = e.Content.Size
		}
		if p.Rule == dsr.RuleFile {
			continue
		}
		masked, err := mask(u.body, secrets)
		if err != nil {
			return err
		}
		if err := p.find(masked, s); err != nil {
			return err
		}
	}
	return nil
}

// find looks up the text of a place in its document: the one whose id it has or, of a
// document, the first one that names the subject. The name of an item stands outside.
func (p *Shown) find(doc []byte, s search) error {
	if p.Name == dsr.NameOfItem && len(p.At) == 2 {
		p.excerpt("", p.Item, p.At[0], p.At[1])
		return nil
	}

	at := locus{p.Part, p.Entry, p.Element}
	err := eachText(doc, "", "", 0, func(name dsr.NamePlace, pointer, text string) bool {
		if len(p.At) == 2 {
			if at.id(p.Rule, name, pointer) != p.ID {
				return false
			}
			p.excerpt(pointer, text, p.At[0], p.At[1])
			return true
		}
		named := s.mentionsIn(text)
		if len(named) > 0 {
			p.excerpt(pointer, text, named[0].from, named[0].to)
		}
		return len(named) > 0
	})
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// excerpt notes a text around what is uncertain in it.
func (p *Shown) excerpt(pointer, text string, from, to int) {
	p.Pointer = pointer
	to = max(0, min(to, len(text)))
	from = max(0, min(from, to))
	start, end := max(0, from-around), min(len(text), to+around)
	p.Before = strings.ToValidUTF8(text[start:from], "")
	p.Match = strings.ToValidUTF8(text[from:to], "\uFFFD")
	p.After = strings.ToValidUTF8(text[to:end], "")
}

// ofText gets a text of a document, its pointer, and of what it is the name. It returns true once
// it wants no more.
type ofText func(name dsr.NamePlace, pointer, text string) bool

// eachText calls f with each text of a document, in the order in which a copy is made, until f
// returns true; then the error is errStop. JSON within a text is read as a document: within and
// below say where that text is.
func eachText(doc []byte, within dsr.NamePlace, below string, depth int, f ofText) error {
	dec := jsontext.NewDecoder(strings.NewReader(string(doc)), lenient()...)
	for done := false; !done; done = dec.StackDepth() == 0 {
		name := within
		if isMember(dec) {
			name = dsr.NameOfMember
		}
		tok, err := dec.ReadToken()
		if err != nil {
			return document.ErrMalformed // err quotes the document
		}
		if tok.Kind() != '"' {
			continue
		}
		pointer, text := below+string(dec.StackPointer()), tok.String()
		if depth < maxNested && holdsJSON(text) {
			if err := eachText([]byte(text), name, pointer, depth+1, f); !errors.Is(err, document.ErrMalformed) {
				if err != nil {
					return err
				}
				continue
			}
		}
		if f(name, pointer, strings.ToValidUTF8(text, "\uFFFD")) {
			return errStop
		}
	}
	return nil
}
