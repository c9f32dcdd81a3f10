package personcopy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/document"
)

// anotherPerson stands for a whole record of somebody else.
const anotherPerson = "another person"

// Redact returns a document of the subject's without other people and without secrets:
// records of others are replaced as a whole, and within texts a number stands for each. The
// document is one whose people have been learned.
func (p *People) Redact(doc []byte, secrets []document.Secret) ([]byte, error) {
	masked, _, err := document.CopyHeld(doc, document.Options{Secrets: secrets, Everywhere: true})
	if err != nil {
		return nil, err
	}
	return p.redact(masked, 0)
}

func (p *People) redact(doc []byte, depth int) ([]byte, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(doc), lenient()...)
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out, lenient()...)

	for done := false; !done; done = dec.StackDepth() == 0 {
		if err := p.step(dec, enc, depth); err != nil {
			return nil, fmt.Errorf("redacting a document at byte %d: %w", dec.InputOffset(), document.ErrMalformed)
		}
	}

	return bytes.TrimSpace(out.Bytes()), nil
}

// step copies one token, or one record of a person.
func (p *People) step(dec *jsontext.Decoder, enc *jsontext.Encoder, depth int) error {
	if dec.PeekKind() == '{' && atValue(dec) && isPersonsName(dec.StackPointer().LastToken()) {
		return p.record(dec, enc, depth)
	}

	tok, err := dec.ReadToken()
	if err != nil {
		return err //nolint:wrapcheck // redact replaces it, because it quotes the document
	}
	if tok.Kind() == '"' {
		tok = jsontext.String(p.textOrJSON(tok.String(), depth))
	}

	return enc.WriteToken(tok) //nolint:wrapcheck // likewise
}

// atValue reports whether the next token is the value of an object's member.
func atValue(dec *jsontext.Decoder) bool {
	kind, read := dec.StackIndex(dec.StackDepth())
	return kind == '{' && read%2 == 1
}

// record copies an object under the name of a person's record. Another's is replaced.
func (p *People) record(dec *jsontext.Decoder, enc *jsontext.Encoder, depth int) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err //nolint:wrapcheck // redact replaces it, because it quotes the document
	}
	raw = bytes.Clone(raw)

	v, err := parse(raw)
	if err != nil {
		return err
	}
	if r := recordOf(v, true); p.judge(r) == anothers || p.isNamedOnly(r) {
		return enc.WriteValue(jsontext.Value(`{"redacted":"` + anotherPerson + `"}`)) //nolint:wrapcheck // likewise
	}
	kept, err := p.redact(raw, depth)
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
func (p *People) textOrJSON(s string, depth int) string {
	if depth < maxNested && holdsJSON(s) {
		if inner, err := p.redact([]byte(s), depth+1); err == nil {
			return string(inner)
		}
	}
	return p.text(strings.ToValidUTF8(s, "\uFFFD"))
}
