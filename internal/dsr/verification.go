package dsr

import "time"

// Verification says how the sender of a request has made sure who the person is. It holds
// nothing of what the person has shown.
type Verification struct {
	Method     string    `json:"method"`
	VerifiedAt time.Time `json:"verifiedAt"`
	VerifiedBy string    `json:"verifiedBy"` // a desk, a system or a member of staff

	// AskedAt is when the person was asked for more, as the identity was in doubt, and
	// AnsweredAt when the answer came. Both are zero where nobody had to ask.
	AskedAt    time.Time `json:"askedAt,omitzero"`
	AnsweredAt time.Time `json:"answeredAt,omitzero"`
}

// Pause is a time for which the clock of a request stood still, because the person had to be
// asked for proof of identity (GDPR article 12(6)). Nothing else stops the clock.
type Pause struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// length returns how long the clock stood still, zero for no pause.
func (p *Pause) length() time.Duration {
	if p == nil {
		return 0
	}
	return p.Until.Sub(p.From)
}

// Pause returns for how long the clock of the request stood still, nil if it never did.
func (r Request) Pause() *Pause {
	if v := r.Verification; v != nil && v.AnsweredAt.After(v.AskedAt) && !v.AskedAt.IsZero() {
		return &Pause{From: v.AskedAt, Until: v.AnsweredAt}
	}
	return nil
}

// DefaultDue returns the deadline of a request that names none: that of Due, and as much later
// as the clock stood still.
func (r Request) DefaultDue() time.Time {
	return Due(r.SubmittedAt).Add(r.Pause().length())
}

// SourcePolicies are what is required of new requests, by the source that they name.
type SourcePolicies map[string]SourcePolicy

// SourcePolicy is what is required of the requests of a source.
type SourcePolicy struct {
	// Verification refuses a request about a person that does not say how the person was
	// identified.
	Verification bool
	// Review holds a copy for the person back until somebody has looked at it.
	Review bool
	// SecondPerson has another person look than who has ordered the copy.
	SecondPerson bool
}

// ReviewOf returns the value of RequestRecord.Review for a request of the source, "" where
// nobody must look.
func (p SourcePolicy) ReviewOf(r Request) string {
	switch {
	case !p.Review || r.Subject == nil:
		return ""
	case p.SecondPerson:
		return ReviewSecondPerson
	default:
		return ReviewRequired
	}
}

// AnySource stands in SourcePolicies for each source that has no policy of its own, and for
// requests that name none.
const AnySource = "*"

// Of returns what is required of the requests of a source.
func (p SourcePolicies) Of(source string) SourcePolicy {
	if policy, ok := p[source]; ok {
		return policy
	}
	return p[AnySource]
}

// Check returns why a new request does not meet the policy of its source, nil if it does. An
// export of everybody's data is about no person who could be identified.
func (p SourcePolicies) Check(r Request) error {
	if r.Subject == nil || r.Verification != nil || !p.Of(r.Source).Verification {
		return nil
	}
	return Errorf(Permanent, ReasonVerificationMissing,
		"/verification: is missing, and SOURCE_POLICIES requires it of this source: identify the person, and send the request again with method, verifiedAt and verifiedBy")
}
