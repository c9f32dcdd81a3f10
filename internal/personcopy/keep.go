package personcopy

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// isIncluded reports whether somebody has decided that a document is the subject's, of which
// nothing shows that for certain.
func (c *Copier) isIncluded(u unit, d Document, at locus) bool {
	rule := c.uncertainty(u)
	return rule != "" && c.review.settle(at.place(d.Endpoint, rule, "")) == dsr.VerdictInclude
}

// keep adds a document of the subject's. Of one that somebody has chosen, only what was
// decided by rule applies: its texts are on no list.
func (c *Copier) keep(ctx context.Context, u unit, d Document, secrets []document.Secret, at locus, chosen bool) error {
	ask := func(of doubt) dsr.Verdict {
		if chosen {
			return c.review.decisions.OfRule(of.rule)
		}
		place := at.place(d.Endpoint, of.rule, of.pointer)
		place.At = []int{of.spans[0].from, of.spans[0].to}
		return c.review.settle(place)
	}
	redacted, err := c.people.redactAsking(u.body, secrets, ask)
	if errors.Is(err, document.ErrMalformed) || errors.Is(err, document.ErrTooLong) {
		c.totals.leave(Unreadable, false)
		return nil
	}
	if err != nil {
		return err
	}

	e := entry{
		Item:        c.people.text(u.name()),
		Place:       c.people.text(d.Target),
		RetrievedAt: d.RetrievedAt.UTC(),
		Document:    redacted,
	}
	if d.Content != nil {
		if e.File, err = c.file(ctx, e.Item, d, at, chosen); err != nil {
			return err
		}
	}

	return c.sections.add(c.bag, u.op.Type, e)
}

// entry is a document as a copy has it.
type entry struct {
	Item        string    `json:"item"`
	Place       string    `json:"place"`
	RetrievedAt time.Time `json:"retrievedAt"`
	// File is the file that the document describes.
	File     *file           `json:"file,omitempty"`
	Document json.RawMessage `json:"document"`
}
