package personcopy

import (
	"bytes"
	"strings"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// idNeedle is how much of an object id is looked for: what stands before its first hyphen.
const idNeedle = 8

// search looks for the subject in texts.
type search struct {
	*People // without anybody else
	needles [][]byte
}

func newSearch(s dsr.Subject) search {
	p := NewPeople(s)
	return search{p, p.needles()}
}

// needles returns texts one of which stands in whatever names the subject, unless it is escaped
// or has letters outside ASCII.
func (p *People) needles() [][]byte {
	var out [][]byte
	for id := range p.mine {
		if len(id) == compactLength && isHex(id) {
			id = id[:idNeedle]
		}
		out = append(out, []byte(id))
	}
	for _, name := range p.ownNames {
		out = append(out, []byte(name))
	}
	return out
}

// mentions reports whether a document names the subject, whatever it says of them.
func (s search) mentions(doc []byte) bool {
	if isASCII(doc) && !bytes.ContainsAny(doc, `\%&`) {
		small := bytes.ToLower(doc)
		found := false
		for _, needle := range s.needles {
			found = found || bytes.Contains(small, needle)
		}
		if !found {
			return false
		}
	}
	return len(s.mentionsIn(string(doc))) > 0
}

// mentionsIn returns the places of a text that are the subject's.
func (s search) mentionsIn(text string) []span {
	var out []span
	for _, one := range choose(s.spansOf(text, s.find), len(text)) {
		if one.alias == "" && !strings.HasPrefix(strings.ToLower(text[one.from:one.to]), "git@") {
			out = append(out, one)
		}
	}
	return out
}

// uncertainty returns the rule of a document that nobody can be found to own, "" where
// nothing in it has to do with the subject.
func (c *Copier) uncertainty(u unit) dsr.ReviewRule {
	if owner, _ := azureml.OwnerAndNamed(u.op, u.body, &c.order.Subject); owner == dsr.OwnerPossible {
		return dsr.RuleOwnerName
	}
	if c.searching.mentions(u.body) {
		return dsr.RuleMention
	}
	return ""
}
