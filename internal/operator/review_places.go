package operator

import (
	"context"
	"slices"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/personcopy"
)

// ReviewQuery asks for uncertain places.
type ReviewQuery struct {
	ID   string
	Rule dsr.ReviewRule // "" for all
	// Open leaves out what is decided.
	Open bool
	// From is where in the list to begin, 0 or a Next of before; Top is how many are wanted.
	From int64
	Top  int
	// Values looks up what stands there.
	Values bool
}

// ReviewPlaces returns uncertain places of the last copy, and where the next ones begin, 0
// where there are no more.
func (o *Operator) ReviewPlaces(ctx context.Context, q ReviewQuery) (places []ReviewPlace, next int64, err error) {
	if q.Rule != "" && !slices.Contains(dsr.ReviewRules(), q.Rule) {
		return nil, 0, invalid("rule", "there is no rule %q", q.Rule)
	}
	c, err := o.listedCopy(ctx, q.ID)
	if err != nil {
		return nil, 0, err
	}
	decided, _, err := o.decisions(ctx, c)
	if err != nil {
		return nil, 0, err
	}

	var found []dsr.ReviewPlace
	more := false
	err = o.ledger.EachPlace(ctx, c.Name(), q.From, func(p dsr.ReviewPlace, after int64) bool {
		if (q.Rule != "" && p.Rule != q.Rule) || (q.Open && decided.Of(p) != "") {
			return true
		}
		if len(found) == q.Top {
			more = true
			return false
		}
		found, next = append(found, p), after
		return true
	})
	if err != nil {
		return nil, 0, err
	}
	if !more {
		next = 0
	}

	places, err = o.shown(ctx, q, found)
	for i, p := range found {
		if i < len(places) {
			places[i].Decided = decided.Of(p)
		}
	}
	return places, next, err
}

// shown returns places with what stands there.
func (o *Operator) shown(ctx context.Context, q ReviewQuery, found []dsr.ReviewPlace) ([]ReviewPlace, error) {
	looked := make([]personcopy.Shown, len(found))
	for i, p := range found {
		looked[i].ReviewPlace = p
	}
	subject, there, err := o.ledger.SubjectRecord(ctx, q.ID)
	if err == nil && there && q.Values {
		looked, err = personcopy.Show(ctx, o.ledger, q.ID, subject.Subject, found)
	}
	if err != nil {
		return nil, err
	}

	out := make([]ReviewPlace, 0, len(looked))
	for _, p := range looked {
		out = append(out, ReviewPlace{
			ID:       p.ID,
			Rule:     p.Rule,
			Proposed: p.Proposed,
			Part:     p.Part,
			Entry:    p.Entry,
			Kind:     p.Kind,
			Item:     p.Item,
			Pointer:  p.Pointer,
			Name:     p.Name,
			Before:   p.Before,
			Match:    p.Match,
			After:    p.After,
			Size:     p.Size,
			Gone:     p.Gone,
		})
	}

	return out, nil
}
