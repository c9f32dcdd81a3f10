package personcopy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// anotherPerson stands for a whole record of somebody else.
const anotherPerson = "another person"

// Redact returns one of the subject's documents without other people and without secrets. It
// replaces records of other people as a whole, and people within texts by their number. Learn
// must have seen the document before.
func (p *People) Redact(doc []byte, secrets []document.Secret) ([]byte, error) {
	return p.redactAsking(doc, secrets, nil)
}

// redactAsking redacts a document. ask, if there is one, is asked about each text in which
// somebody may be named whom nothing shows for certain.
func (p *People) redactAsking(doc []byte, secrets []document.Secret, ask func(doubt) dsr.Verdict) ([]byte, error) {
	masked, err := mask(doc, secrets)
	if err != nil {
		return nil, err
	}
	w := walk{People: p, ask: ask}
	return w.redact(masked, 0)
}

// mask returns a document without secrets.
func mask(doc []byte, secrets []document.Secret) ([]byte, error) {
	masked, _, err := document.CopyHeld(doc, document.Options{Secrets: secrets, Everywhere: true})
	return masked, err
}

// walk is the redaction of one document.
type walk struct {
	*People
	ask func(doubt) dsr.Verdict
	// below is the pointer of the record, or of the text with JSON, that is being read.
	below string
	// name is NameOfMember where that text is the name of a member.
	name dsr.NamePlace
	// sure reports whether a record of the subject's is being read, in which the name is
	// theirs.
	sure bool
}

func (w *walk) redact(doc []byte, depth int) ([]byte, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(doc), lenient()...)
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out, lenient()...)

	for done := false; !done; done = dec.StackDepth() == 0 {
		if err := w.step(dec, enc, depth); err != nil {
			return nil, fmt.Errorf("redacting a document at byte %d: %w", dec.InputOffset(), document.ErrMalformed)
		}
	}

	return bytes.TrimSpace(out.Bytes()), nil
}

// step copies one token, or one record of a person.
func (w *walk) step(dec *jsontext.Decoder, enc *jsontext.Encoder, depth int) error {
	if dec.PeekKind() == '{' && atValue(dec) && isPersonsName(dec.StackPointer().LastToken()) {
		return w.record(dec, enc, depth)
	}

	name := w.name
	if isMember(dec) {
		name = dsr.NameOfMember
	}
	tok, err := dec.ReadToken()
	if err != nil {
		return err //nolint:wrapcheck // redact replaces it, because it quotes the document
	}
	if tok.Kind() == '"' {
		tok = jsontext.String(w.textOrJSON(tok.String(), depth, name, dec.StackPointer))
	}

	return enc.WriteToken(tok) //nolint:wrapcheck // likewise
}

// atValue reports whether the next token is the value of an object's member.
func atValue(dec *jsontext.Decoder) bool {
	kind, read := dec.StackIndex(dec.StackDepth())
	return kind == '{' && read%2 == 1
}

// isMember reports whether the next token is the name of an object's member.
func isMember(dec *jsontext.Decoder) bool {
	kind, read := dec.StackIndex(dec.StackDepth())
	return kind == '{' && read%2 == 0
}

// record copies an object under the name of a person's record. Another's is replaced.
func (w *walk) record(dec *jsontext.Decoder, enc *jsontext.Encoder, depth int) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err //nolint:wrapcheck // redact replaces it, because it quotes the document
	}
	raw = bytes.Clone(raw)

	v, err := parse(raw)
	if err != nil {
		return err
	}
	r := recordOf(v, true)
	judged := w.judge(r)
	if judged == anothers || w.isNamedOnly(r) {
		return enc.WriteValue(jsontext.Value(`{"redacted":"` + anotherPerson + `"}`)) //nolint:wrapcheck // likewise
	}
	within := walk{
		People: w.People,
		ask:    w.ask,
		below:  w.below + string(dec.StackPointer()),
		name:   w.name,
		sure:   w.sure || judged == subjects,
	}
	kept, err := within.redact(raw, depth)
	if err != nil {
		return err
	}

	return enc.WriteValue(kept) //nolint:wrapcheck // likewise
}

// isNamedOnly reports whether a record has nothing but a name, which is not the subject's.
func (p *People) isNamedOnly(r record) bool {
	return p.judge(r) == nobodys && len(r.names) > 0 && !slices.ContainsFunc(r.names, p.isOwnName)
}

// textOrJSON returns a string without other people. JSON within it is redacted as a document,
// because it may have records of them.
func (w *walk) textOrJSON(s string, depth int, name dsr.NamePlace, pointer func() jsontext.Pointer) string {
	if depth < maxNested && holdsJSON(s) {
		within := walk{
			People: w.People,
			ask:    w.ask,
			below:  w.below + string(pointer()),
			name:   name,
			sure:   w.sure,
		}
		if inner, err := within.redact([]byte(s), depth+1); err == nil {
			return string(inner)
		}
	}

	s = strings.ToValidUTF8(s, "\uFFFD")
	if w.ask == nil {
		return w.text(s)
	}
	return w.textAsking(s, name, pointer)
}
