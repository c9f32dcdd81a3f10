package personcopy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/document"
)

// anotherPerson stands for a whole record of somebody else.
const anotherPerson = "another person"

// maxNested is how deep JSON within strings is read.
const maxNested = 8

// idMembers are the members of a record that identify a person, nameMembers those that name
// them, in small letters.
var (
	idMembers = map[string]bool{
		"userobjectid": true, "objectid": true, "oid": true, "userid": true, "user_id": true, "aadobjectid": true,
		"upn": true, "userprincipalname": true, "useremail": true, "email": true, "mail": true,
		"userpuid": true, "puid": true, "useraltsecid": true, "principalid": true,
	}
	nameMembers = map[string]bool{"username": true, "displayname": true, "user": true, "createdby": true, "lastmodifiedby": true, "modifiedby": true}
)

// Learn notes the people that a document names in records: in objects and texts under names
// such as createdBy, and beside names such as userObjectId.
func (p *People) Learn(doc []byte) error {
	return p.learn(doc, 0)
}

func (p *People) learn(doc []byte, depth int) error {
	var value any
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return fmt.Errorf("learning people: %w", document.ErrMalformed) // err quotes the document
	}
	p.learnValue(value, depth)
	return nil
}

func (p *People) learnValue(value any, depth int) {
	switch v := value.(type) {
	case map[string]any:
		p.learnRecord(v)
		for _, name := range sortedNames(v) {
			p.learnValue(v[name], depth)
		}
	case []any:
		for _, inner := range v {
			p.learnValue(inner, depth)
		}
	case string:
		if depth < maxNested && holdsJSON(v) {
			_ = p.learn([]byte(v), depth+1) // what is no JSON after all is a text
		}
	}
}

// learnRecord notes the person of an object that has members of a person.
func (p *People) learnRecord(record map[string]any) {
	var ids, names []string
	for _, member := range sortedNames(record) {
		text, _ := record[member].(string)
		small := strings.ToLower(member)
		switch {
		case text == "":
		case idMembers[small]:
			ids = append(ids, text, text[strings.LastIndexByte(text, ':')+1:]) // behind the issuer of an alternate security id
		case strings.HasSuffix(small, "by") && nameMembers[small]:
			p.Meet(addresses(text), []string{text}) // another than the one beside it
		case small == "displayname" && !isAccount(record): // that of a job
		case nameMembers[small]:
			names = append(names, text)
		}
	}
	if len(ids) > 0 {
		p.Meet(ids, names)
	}
}

// isAccount reports whether an object is a directory's record of a person.
func isAccount(record map[string]any) bool {
	for member := range record {
		switch strings.ToLower(member) {
		case "userprincipalname", "upn", "mail", "email", "userobjectid":
			return true
		}
	}
	return false
}

func sortedNames(record map[string]any) []string { return slices.Sorted(maps.Keys(record)) }

// addresses returns a text if it is an address.
func addresses(text string) []string {
	if strings.Contains(text, "@") {
		return []string{text}
	}
	return nil
}

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
	lenient := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	dec := jsontext.NewDecoder(bytes.NewReader(doc), lenient...)
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out, lenient...)

	for done := false; !done; done = dec.StackDepth() == 0 {
		if err := p.step(dec, enc, depth); err != nil {
			return nil, fmt.Errorf("redacting a document at byte %d: %w", dec.InputOffset(), document.ErrMalformed)
		}
	}

	return bytes.TrimSpace(out.Bytes()), nil
}

// step copies one token, or one record of a person.
func (p *People) step(dec *jsontext.Decoder, enc *jsontext.Encoder, depth int) error {
	if dec.PeekKind() == '{' && atValue(dec) {
		if whole, err := p.record(dec, enc); whole || err != nil {
			return err
		}
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

// record replaces the next object if its name says that it is a person's record, and what is
// in it that it is not the subject's. whole is false for another object, of which nothing
// is read then.
func (p *People) record(dec *jsontext.Decoder, enc *jsontext.Encoder) (whole bool, err error) {
	member := strings.ToLower(dec.StackPointer().LastToken())
	if !strings.HasSuffix(member, "by") && !strings.HasSuffix(member, "user") {
		return false, nil
	}

	value, err := dec.ReadValue()
	if err != nil {
		return true, err //nolint:wrapcheck // redact replaces it, because it quotes the document
	}
	if p.isAnothers(value) {
		return true, enc.WriteValue(jsontext.Value(`{"redacted":"` + anotherPerson + `"}`)) //nolint:wrapcheck // likewise
	}
	kept, err := p.redact(value, 0)
	if err != nil {
		return true, err
	}

	return true, enc.WriteValue(kept) //nolint:wrapcheck // likewise
}

// isAnothers reports whether a record names a person who is not the subject.
func (p *People) isAnothers(record []byte) bool {
	var members map[string]any
	if json.Unmarshal(record, &members) != nil {
		return true // a record that can't be judged is no one's to hand over
	}

	named := false
	for member, value := range members {
		text, _ := value.(string)
		if text == "" || !idMembers[strings.ToLower(member)] {
			continue
		}
		if p.isOwn(text) || p.isOwn(text[strings.LastIndexByte(text, ':')+1:]) {
			return false
		}
		named = true
	}

	return named
}

// textOrJSON returns a string without other people. JSON within it is redacted as a document,
// because its escapes may hide an address.
func (p *People) textOrJSON(s string, depth int) string {
	if depth < maxNested && holdsJSON(s) {
		if inner, err := p.redact([]byte(s), depth+1); err == nil {
			return string(inner)
		}
	}
	return p.text(s)
}

func holdsJSON(s string) bool {
	s = strings.TrimSpace(s)
	return (strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[")) && json.Valid([]byte(s))
}
