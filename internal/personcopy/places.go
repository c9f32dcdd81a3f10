package personcopy

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"azureml-dsr/internal/dsr"
)

// rules are all rules, in the order in which they are shown, with what is done unless the
// policy of the copy or somebody decides otherwise.
var rules = []struct {
	rule     dsr.ReviewRule
	proposed dsr.Verdict
}{
	{dsr.RuleOwnerName, dsr.VerdictRemove},
	{dsr.RuleMention, dsr.VerdictRemove},
	{dsr.RuleNamesake, dsr.VerdictKeep},
	{dsr.RuleShortName, dsr.VerdictKeep},
	{dsr.RuleNamePart, dsr.VerdictKeep},
	{dsr.RuleFile, dsr.VerdictRemove},
}

// Proposed returns what happens to a rule's places unless the policy of the copy or somebody
// decides otherwise.
func Proposed(rule dsr.ReviewRule) dsr.Verdict {
	for _, r := range rules {
		if r.rule == rule {
			return r.proposed
		}
	}
	return dsr.VerdictRemove
}

// locus is a document, or an element of a list's answer, by where it is stored.
type locus struct {
	part    string
	entry   int
	element int
}

// id returns the id of a place in a document. pointer is "" for the document itself, and name
// "" for what is no name. The id depends on nothing but where the place is, so that each copy of
// the same documents has the same ids.
func (l locus) id(rule dsr.ReviewRule, name dsr.NamePlace, pointer string) string {
	where := []string{
		string(rule),
		l.part,
		strconv.Itoa(l.entry),
		strconv.Itoa(l.element),
		pointer,
	}
	if name != "" {
		where = append(where, string(name))
	}
	sum := sha256.Sum256([]byte(strings.Join(where, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// place returns the record of a place. It has no value: neither the pointer, in which names
// can stand, nor the text.
func (l locus) place(endpoint string, rule dsr.ReviewRule, name dsr.NamePlace, pointer string) dsr.ReviewPlace {
	return dsr.ReviewPlace{
		ID:       l.id(rule, name, pointer),
		Rule:     rule,
		Endpoint: endpoint,
		Part:     l.part,
		Entry:    l.entry,
		Element:  l.element,
		Name:     name,
	}
}
