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
	p.learn(v, "", 0)
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

// learn notes the people of a value under a name, "" for none.
func (p *People) learn(v value, member string, depth int) {
	switch v.kind {
	case '{':
		r := recordOf(v, isPersonsName(member))
		if isPersonsName(member) {
			p.recognize(r)
		}
		p.learnRecord(r)
	case '"':
		if depth < maxNested && holdsJSON(v.text) {
			if inner, err := parse([]byte(v.text)); err == nil {
				p.learn(inner, "", depth+1)
			}
		}
	}
	for i, inner := range v.inner {
		name := ""
		if v.kind == '{' {
			name = v.members[i]
		}
		p.learn(inner, name, depth)
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
