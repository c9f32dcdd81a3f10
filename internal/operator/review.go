package operator

import (
	"context"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/personcopy"
)

// Review is what of the last copy that was ordered is uncertain.
type Review struct {
	ID     string `json:"id"`
	State  string `json:"state"`  // of the copy
	Number int    `json:"number"` // of the copy
	// Review is "required" or "secondPerson" where somebody must release the copy.
	Review     string `json:"review"`
	AskedBy    string `json:"askedBy"` // who has ordered the copy
	ReleasedAt Moment `json:"releasedAt"`
	ReleasedBy string `json:"releasedBy"`
	Places     int64  `json:"places"`
	// Incomplete means that too many names are known to look for all short ones.
	Incomplete bool         `json:"incomplete"`
	Rules      []ReviewRule `json:"rules"`
	Decisions  int          `json:"decisions"` // that are recorded
}

// ReviewRule is a rule by which places are uncertain.
type ReviewRule struct {
	Rule     dsr.ReviewRule `json:"rule"`
	What     string         `json:"what"`
	Places   int64          `json:"places"`
	Proposed dsr.Verdict    `json:"proposed"`
	Decided  dsr.Verdict    `json:"decided"` // of the rule as a whole, "" for nothing
}

// ReviewPlace is an uncertain place with what stands there.
type ReviewPlace struct {
	ID       string         `json:"id"`
	Rule     dsr.ReviewRule `json:"rule"`
	Proposed dsr.Verdict    `json:"proposed"`
	Decided  dsr.Verdict    `json:"decided"` // "" for nothing
	Part     string         `json:"part"`
	Entry    int            `json:"entry"`
	Kind     string         `json:"kind"`
	Item     string         `json:"item"`
	Pointer  string         `json:"pointer"`
	Name     dsr.NamePlace  `json:"name"` // of what the text is the name, "" for a value
	Before   string         `json:"before"`
	Match    string         `json:"match"`
	After    string         `json:"after"`
	Size     int64          `json:"size"` // of a file
	Gone     bool           `json:"gone"` // the document is not stored any more
}

// ruleWords say what the rules mean.
var ruleWords = map[dsr.ReviewRule]string{
	dsr.RuleOwnerName: "names its owner by the person's display name only, which others may have too",
	dsr.RuleMention:   "does not say whose it is, and names the person",
	dsr.RuleNamesake:  "has the person's name, which somebody else has too",
	dsr.RuleShortName: "has a word that is somebody else's name, and may mean something else",
	dsr.RuleNamePart:  "has a word that is somebody else's first or last name",
	dsr.RuleFile:      "the contents of a file, in which others may be named",
}

// ReviewRuleWords says what a rule means.
func ReviewRuleWords(rule dsr.ReviewRule) string { return ruleWords[rule] }

// listedCopy returns the last copy that was ordered of a request, of which what is uncertain
// is listed.
func (o *Operator) listedCopy(ctx context.Context, id string) (ledger.PersonCopy, error) {
	if _, err := o.latestAttempt(ctx, id); err != nil {
		return ledger.PersonCopy{}, err
	}
	c, found, err := o.ledger.LatestCopy(ctx, id)
	switch {
	case err != nil:
		return c, err
	case !found:
		return c, notFound("no copy for the person was ordered of request %s: `dsr copy %s --deliver` orders one", id, id)
	case c.Review == nil && c.End != nil:
		return c, refused("the copy for the person of request %s has ended before it was listed what is uncertain in it; order another", id)
	case c.Review == nil:
		return c, refused("what is uncertain in the copy of request %s is not listed yet: the worker reads the documents", id)
	}
	return c, nil
}

// Review returns what of the last copy is uncertain, in numbers.
func (o *Operator) Review(ctx context.Context, id string) (Review, error) {
	c, err := o.listedCopy(ctx, id)
	if err != nil {
		return Review{}, err
	}
	copied, err := o.Copy(ctx, id)
	if err != nil {
		return Review{}, err
	}
	decided, count, err := o.decisions(ctx, c)
	if err != nil {
		return Review{}, err
	}

	out := Review{
		ID:         id,
		State:      copied.State,
		Number:     copied.Number,
		Review:     copied.Review,
		AskedBy:    copied.AskedBy,
		ReleasedAt: copied.ReleasedAt,
		ReleasedBy: copied.ReleasedBy,
		Places:     c.Review.Places,
		Incomplete: c.Review.Incomplete,
		Rules:      []ReviewRule{},
		Decisions:  count,
	}
	for _, r := range c.Review.Rules {
		out.Rules = append(out.Rules, ReviewRule{
			Rule:     r.Rule,
			What:     ruleWords[r.Rule],
			Places:   r.Places,
			Proposed: r.Proposed,
			Decided:  decided.OfRule(r.Rule),
		})
	}

	return out, nil
}

// decisions returns what counts for a copy and, as long as it is not released, what is
// recorded.
func (o *Operator) decisions(ctx context.Context, c ledger.PersonCopy) (personcopy.Decisions, int, error) {
	most := -1
	if c.Release != nil {
		most = c.Release.Decisions
	}
	var out personcopy.Decisions
	made, err := o.ledger.ReviewDecisions(ctx, c.Order.RequestID, most)
	for _, d := range made {
		out.Add(d)
	}
	return out, len(made), err
}
