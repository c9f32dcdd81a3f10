package personcopy

import "azureml-dsr/internal/dsr"

// Decisions are what people have decided about uncertain places. A later decision replaces an
// earlier one about the same place or rule. A decision about a place outweighs one about its
// rule. The zero value decides nothing.
type Decisions struct {
	byRule  map[dsr.ReviewRule]dsr.Verdict
	byPlace map[string]dsr.Verdict
}

// Add adds a decision that is later than all before it.
func (d *Decisions) Add(of dsr.ReviewDecision) {
	if of.Rule != "" {
		if d.byRule == nil {
			d.byRule = map[dsr.ReviewRule]dsr.Verdict{}
		}
		d.byRule[of.Rule] = of.Verdict
	}
	for _, id := range of.Places {
		if d.byPlace == nil {
			d.byPlace = map[string]dsr.Verdict{}
		}
		d.byPlace[id] = of.Verdict
	}
}

// Of returns what was decided about a place, "" for nothing.
func (d *Decisions) Of(p dsr.ReviewPlace) dsr.Verdict {
	if v := d.byPlace[p.ID]; v != "" {
		return v.For(p.Proposed)
	}
	return d.OfRule(p.Rule)
}

// OfRule returns what was decided about a rule as a whole, "" for nothing.
func (d *Decisions) OfRule(rule dsr.ReviewRule) dsr.Verdict {
	if v := d.byRule[rule]; v != "" {
		return v.For(Proposed(rule))
	}
	return ""
}

// Reviewed counts what people have decided.
type Reviewed struct {
	// Uncertain counts the places that a program could not decide, and Decided those of them
	// that somebody decided.
	Uncertain int64 `json:"uncertain"`
	Decided   int64 `json:"decided"`
	Kept      int64 `json:"kept"`
	Removed   int64 `json:"removed"`
	Included  int64 `json:"included"`
}

// review is what the making of a copy knows of its uncertain places.
type review struct {
	policy    dsr.CopyPolicy
	decisions Decisions
	note      func(dsr.ReviewPlace) error
	counts    map[dsr.ReviewRule]int64
	reviewed  Reviewed
	err       error // of note
}

// proposed returns what happens to a rule's places by the policy, unless somebody decides
// otherwise.
func (r *review) proposed(rule dsr.ReviewRule) dsr.Verdict {
	if r.policy.Includes(rule) {
		return dsr.VerdictInclude
	}
	return Proposed(rule)
}

// settle notes a place and returns what becomes of it.
func (r *review) settle(p dsr.ReviewPlace) dsr.Verdict {
	p.Proposed = r.proposed(p.Rule)
	r.counts[p.Rule]++
	r.reviewed.Uncertain++
	if r.note != nil && r.err == nil {
		r.err = r.note(p)
	}

	decided := r.decisions.Of(p)
	switch decided {
	case dsr.VerdictKeep:
		r.reviewed.Kept++
	case dsr.VerdictRemove:
		r.reviewed.Removed++
	case dsr.VerdictInclude:
		r.reviewed.Included++
	default:
		return p.Proposed
	}
	r.reviewed.Decided++

	return decided
}

// byRuleOnly returns what was decided of the rule of a doubt about a text that is on no list.
func (r *review) byRuleOnly(of doubt) dsr.Verdict { return r.decisions.OfRule(of.rule) }

// byRule returns how many places each rule has, in the order of the rules.
func (r *review) byRule() []dsr.ReviewCount {
	out := []dsr.ReviewCount{}
	for _, known := range rules {
		if n := r.counts[known.rule]; n > 0 {
			out = append(out, dsr.ReviewCount{Rule: known.rule, Proposed: r.proposed(known.rule), Places: n})
		}
	}
	return out
}
