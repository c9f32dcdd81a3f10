package verify

import (
	"context"
	"fmt"

	"azureml-dsr/internal/dsr"
)

// copyReview judges a record of the review of a copy: what is uncertain, the list of that, or
// the release.
func (v *verifier) copyReview(ctx context.Context, name string, c dsr.CopyName, o dsr.CopyOrder) (*Fault, error) {
	switch name {
	case c.Review():
		return fit(ctx, v, name, func(s stored[dsr.CopyReview]) string {
			r := s.value
			if r.SchemaVersion != dsr.SchemaVersion || r.RequestID != c.RequestID || r.Number != c.Number || r.Attempt != o.Attempt || len(r.List.SHA256) != 64 {
				return "it is of the review of another copy"
			}
			return ""
		})
	case c.Release():
		return v.release(ctx, name, c, o)
	default:
		return v.places(ctx, name, c)
	}
}

// places checks the list of what is uncertain. Until its record is there nothing vouches for
// it.
func (v *verifier) places(ctx context.Context, name string, c dsr.CopyName) (*Fault, error) {
	recorded, err := exists(ctx, v.evidence, c.Review())
	if err != nil || !recorded {
		return nil, err
	}
	review, fault, err := fetch[dsr.CopyReview](ctx, v, c.Review())
	if err != nil || fault != nil {
		return nil, err // the record's own check notes it
	}
	sum, fault, err := v.sumOf(ctx, name)
	if err == nil && fault == nil && sum != review.value.List.SHA256 {
		fault = &Fault{FaultChanged, name, "it has another hash than the record of the review says"}
	}
	return fault, err
}

// release checks that somebody has released what was listed, and that the decisions are there
// which count.
func (v *verifier) release(ctx context.Context, name string, c dsr.CopyName, o dsr.CopyOrder) (*Fault, error) {
	review, fault, err := fetch[dsr.CopyReview](ctx, v, c.Review())
	if err != nil || fault != nil {
		return fault, err
	}
	decisions := 0
	fault, err = fit(ctx, v, name, func(s stored[dsr.CopyRelease]) string {
		r := s.value
		decisions = r.Decisions
		switch {
		case r.SchemaVersion != dsr.SchemaVersion || r.RequestID != c.RequestID || r.Number != c.Number || r.By == "":
			return "it releases another copy"
		case r.List != review.value.List:
			return "it releases what was not listed"
		case o.Review == dsr.ReviewSecondPerson && dsr.SamePerson(r.By, o.AskedBy):
			return "whoever has ordered the copy has released it, and another person must"
		default:
			return ""
		}
	})
	if err != nil || fault != nil || decisions == 0 {
		return fault, err
	}

	last := dsr.DecisionBlob(c.RequestID, decisions)
	there, err := exists(ctx, v.evidence, last)
	if err == nil && !there {
		fault = &Fault{FaultMissing, last, "a release counts on it"}
	}
	return fault, err
}

// reviewDecision checks the record of a decision. They are numbered without gaps.
func (v *verifier) reviewDecision(ctx context.Context, name string, n int) (*Fault, error) {
	fault, err := fit(ctx, v, name, func(s stored[dsr.ReviewDecision]) string {
		d := s.value
		if d.SchemaVersion != dsr.SchemaVersion || d.RequestID != v.attempt.RequestID || d.Number != n || d.By == "" {
			return "it is another decision"
		}
		if err := d.Check(); err != nil {
			return fmt.Sprintf("it decides nothing: %v", err)
		}
		return ""
	})
	if err != nil || fault != nil || n == 1 {
		return fault, err
	}

	before := dsr.DecisionBlob(v.attempt.RequestID, n-1)
	there, err := exists(ctx, v.evidence, before)
	if err == nil && !there {
		fault = &Fault{FaultMissing, before, "a later decision is there"}
	}
	return fault, err
}
