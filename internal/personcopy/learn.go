package personcopy

import (
	"encoding/json"
	"strings"

	"azureml-dsr/internal/azureml"
)

// maxNested is how deep JSON within strings is read.
const maxNested = 8

// Learn notes the people that a document names in records: in objects and texts under names
// such as createdBy, and beside names such as userObjectId.
func (p *People) Learn(doc []byte) error {
	v, err := parse(doc)
	if err != nil {
		return err
	}
	p.learn(v, at{ofService: true})
	return nil
}

// LearnOwner notes whom a document names as its owner, if that is somebody else.
func (p *People) LearnOwner(named azureml.Named) {
	var r record
	for _, id := range named.IDs {
		r.addID(id)
	}
	r.names = named.Names
	if !r.isEmpty() {
		p.meet(r)
	}
}

// at is where a value stands.
type at struct {
	member string // the name that it has, "" for none
	depth  int    // in how many strings
	// ofService says that the service writes what stands there, and not whoever uses it.
	ofService bool
}

// ofUsers are the members, in small letters, in which people write what they like.
var ofUsers = map[string]bool{"tags": true, "kvtags": true, "metadata": true, "parameters": true, "inputs": true, "outputs": true, "content": true, "settings": true}

// learn notes the people of a value.
func (p *People) learn(v value, where at) {
	switch v.kind {
	case '{':
		r := recordOf(v, isPersonsName(where.member))
		if where.ofService && isPersonsName(where.member) {
			p.recognize(r)
		}
		p.learnRecord(r)
	case '"':
		if where.depth < maxNested && holdsJSON(v.text) {
			if inner, err := parse([]byte(v.text)); err == nil {
				p.learn(inner, at{depth: where.depth + 1})
			}
		}
	}
	for i, inner := range v.inner {
		below := at{depth: where.depth, ofService: where.ofService}
		if v.kind == '{' {
			below.member = v.members[i]
			below.ofService = where.ofService && !ofUsers[strings.ToLower(below.member)]
		}
		p.learn(inner, below)
	}
}

func (p *People) learnRecord(r record) {
	for _, maker := range r.makers {
		other := record{names: []string{maker}}
		if strings.Contains(maker, "@") || compactID(maker) != "" {
			other = record{}
			other.addID(maker)
		}
		p.meet(other)
	}
	if !r.isEmpty() {
		p.meet(r)
	}
}

func holdsJSON(s string) bool {
	s = strings.TrimSpace(s)
	return (strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") || strings.HasPrefix(s, `"`)) && len(s) > 2 && json.Valid([]byte(s))
}
