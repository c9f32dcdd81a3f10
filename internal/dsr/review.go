package dsr

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ReviewRule says why a program can't decide about a place of a copy.
type ReviewRule string

// The rules.
const (
	// RuleOwnerName is a document that names its owner by the subject's display name only.
	RuleOwnerName ReviewRule = "owner-name"
	// RuleMention is a document that doesn't say whose it is, and names the subject.
	RuleMention ReviewRule = "mention"
	// RuleNamesake is a text with the subject's name, which somebody else has, too.
	RuleNamesake ReviewRule = "namesake"
	// RuleShortName is a text with a word that is the short name of somebody else.
	RuleShortName ReviewRule = "short-name"
	// RuleNamePart is a text with a word that is the first or last name of somebody else.
	RuleNamePart ReviewRule = "name-part"
	// RuleFile is the contents of a file of the subject's.
	RuleFile ReviewRule = "file"
)

// ReviewRules are all rules.
func ReviewRules() []ReviewRule {
	return []ReviewRule{RuleOwnerName, RuleMention, RuleNamesake, RuleShortName, RuleNamePart, RuleFile}
}

// Verdict is what becomes of a place.
type Verdict string

// The verdicts.
const (
	VerdictKeep    Verdict = "keep"    // it stays as it is
	VerdictRemove  Verdict = "remove"  // it is taken out, or left out
	VerdictInclude Verdict = "include" // what would be left out goes in
)

// For returns the verdict for a place of which something is proposed: to keep a thing that is
// left out, or goes in only by the policy of the copy, is to include it.
func (v Verdict) For(proposed Verdict) Verdict {
	switch {
	case v == VerdictKeep && proposed != VerdictKeep:
		return VerdictInclude
	case v == VerdictInclude && proposed == VerdictKeep:
		return VerdictKeep
	default:
		return v
	}
}

// NamePlace is of what a text is the name.
type NamePlace string

// Names in which others may be named.
const (
	NameOfMember NamePlace = "member" // of an object of the document
	NameOfItem   NamePlace = "item"   // that the document describes
)

// ReviewPlace is a place of a copy that a program can't decide. It has no value.
type ReviewPlace struct {
	ID       string     `json:"id"`
	Rule     ReviewRule `json:"rule"`
	Endpoint string     `json:"endpoint"`
	Part     string     `json:"part"`    // relative to the request
	Entry    int        `json:"entry"`   // of the part, from 0
	Element  int        `json:"element"` // of a list's answer, from 0
	// Name is of what the text is the name; "" for one that is no name, a document or a file.
	Name NamePlace `json:"name,omitempty"`
	// At is where the word stands in its text, in bytes; nil for a document or a file.
	At       []int   `json:"at,omitempty"`
	Proposed Verdict `json:"proposed"`
}

// ReviewCount is how many places a rule has.
type ReviewCount struct {
	Rule     ReviewRule `json:"rule"`
	Proposed Verdict    `json:"proposed"`
	Places   int64      `json:"places"`
}

// CopyReview is the record of what of a copy is uncertain. The list itself is a blob of lines.
type CopyReview struct {
	SchemaVersion string        `json:"schemaVersion"`
	RequestID     string        `json:"requestId"`
	Number        int           `json:"number"` // of the copy
	Attempt       int           `json:"attempt"`
	List          HashRef       `json:"list"`
	Places        int64         `json:"places"`
	Rules         []ReviewCount `json:"rules"`
	// Incomplete means that the names of others are too many to look for all short ones.
	Incomplete bool      `json:"incomplete,omitempty"`
	ListedAt   time.Time `json:"listedAt"`
}

// CopyRelease is the record that somebody has looked at a copy, and lets it be made.
type CopyRelease struct {
	SchemaVersion string  `json:"schemaVersion"`
	RequestID     string  `json:"requestId"`
	Number        int     `json:"number"`
	List          HashRef `json:"list"` // that was looked at
	// Decisions is how many decisions count: the first ones.
	Decisions int       `json:"decisions"`
	By        string    `json:"by"`
	At        time.Time `json:"at"`
}

const (
	// MaxReviewPlaces is how many places one decision names at most.
	MaxReviewPlaces = 1_000
	// MaxDecisions is how many decisions of a request are recorded.
	MaxDecisions = 9_999
)

// ReviewDecision is the record of what somebody has decided: of places, or of all places of a
// rule.
type ReviewDecision struct {
	SchemaVersion string     `json:"schemaVersion"`
	RequestID     string     `json:"requestId"`
	Number        int        `json:"number"`
	Verdict       Verdict    `json:"verdict"`
	Rule          ReviewRule `json:"rule,omitempty"`
	Places        []string   `json:"places,omitempty"`
	By            string     `json:"by"`
	At            time.Time  `json:"at"`
}

var placeID = regexp.MustCompile(`^[0-9a-f]{16}$`)

// Check returns what is wrong with a decision, nil for nothing.
func (d ReviewDecision) Check() error {
	switch {
	case d.Verdict != VerdictKeep && d.Verdict != VerdictRemove && d.Verdict != VerdictInclude:
		return errors.New("the verdict must be keep, remove or include")
	case (d.Rule == "") == (len(d.Places) == 0):
		return errors.New("a decision is of places or of a rule: give one of them")
	case d.Rule != "" && !slices.Contains(ReviewRules(), d.Rule):
		return fmt.Errorf("there is no such rule: the rules are %s", ruleNames())
	case len(d.Places) > MaxReviewPlaces:
		return fmt.Errorf("a decision names at most %d places; more are decided by their rule, or by several decisions", MaxReviewPlaces)
	}
	for _, id := range d.Places {
		if !placeID.MatchString(id) {
			return errors.New("a place is named by 16 hex digits")
		}
	}
	return nil
}

func ruleNames() string {
	var names []string
	for _, r := range ReviewRules() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// DecisionBlob names the record of a decision in the audit container.
func DecisionBlob(id string, number int) string {
	return fmt.Sprintf("%sdecision-%04d.json", CopyPrefix(id), number)
}

var decisionName = regexp.MustCompile(`^decision-(\d{4})\.json$`)

// ParseDecision reads a decision's number back from the name of its record, 0 for another
// name.
func ParseDecision(id, name string) int {
	rest, ok := strings.CutPrefix(name, CopyPrefix(id))
	m := decisionName.FindStringSubmatch(rest)
	if !ok || m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // four digits
	return n
}
