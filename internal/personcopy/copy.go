package personcopy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/mention"
)

// ErrNoSubject means that a request is about everybody, or names a person only by a display
// name, which several people can have. Such a request has no copy for a person.
var ErrNoSubject = errors.New("the request names no person by an id or an address")

// Document is a document of the archive.
type Document struct {
	Endpoint    string
	Target      string
	Item        string
	RetrievedAt time.Time
	Body        []byte
	// Content says which file the document describes, nil for none. Its bytes are copied only
	// if a reviewer includes them.
	Content *dsr.Content
	// Open opens that file; nil where it can't be.
	Open func(ctx context.Context) (io.ReadCloser, error)
	// Part and Entry say where the document is stored: the part's name in the request, and
	// its number there, from 0.
	Part  string
	Entry int
}

// Documents yields the documents of an archive, always the same ones in the same order.
type Documents func(ctx context.Context) iter.Seq2[Document, error]

// Signer signs the list of a copy's hashes.
type Signer interface {
	Sign(ctx context.Context, body []byte) (dsr.Signature, error)
}

// Order says what copy to make: of which request, for whom, and by which decisions.
type Order struct {
	RequestID   string
	Subject     dsr.Subject
	Status      dsr.Status
	SubmittedAt time.Time
	ClosedAt    time.Time
	// Failures is how many things could not be read.
	Failures int
	// Left is how many documents a request with what "subject" looked through and did not
	// keep.
	Left int64
	// NotCovered is what the request leaves out, as its plan says.
	NotCovered []dsr.NotCovered
	// Contact is whom the person may ask, or "".
	Contact string
	// Signer signs the copy; nil leaves it unsigned.
	Signer Signer
	// Progress is called with the number of documents read so far. It may be nil.
	Progress func(documents int64)
	// Decisions are what people have decided about uncertain places. Reviewed reports whether
	// a person has released the copy, even if they decided nothing.
	Decisions Decisions
	Reviewed  bool
	// Uncertain is called with each place that a program can't decide. It may be nil.
	Uncertain func(dsr.ReviewPlace) error
}

// Write writes the copy of a person's data as a zip, and returns a summary of it. It reads the
// documents twice: first to learn who else is named and which items are the person's, then to
// copy. It reads them a third time if models are the person's only by the run that made them.
func Write(ctx context.Context, w io.Writer, order Order, documents Documents) (Summary, error) {
	s := order.Subject
	if s.ObjectID == "" && s.UserPrincipalName == "" && s.PUID == "" && len(s.Mail) == 0 {
		return Summary{}, ErrNoSubject
	}

	c := &copying{
		order:    order,
		people:   NewPeople(s),
		owned:    &owned{},
		mentions: mention.New(&s),
		bag:      NewBag(w, FileName(order.RequestID)),
		sections: newSections(),
		totals:   newTotals(),
		review: review{
			decisions: order.Decisions,
			note:      order.Uncertain,
			counts:    map[dsr.ReviewRule]int64{},
		},
		searching: newSearch(s),
	}
	if err := c.each(ctx, documents, c.learn); err != nil {
		return Summary{}, err
	}
	c.owned.seal()
	if c.owned.linked {
		if err := c.each(ctx, documents, c.link); err != nil {
			return Summary{}, err
		}
		c.owned.seal()
	}
	if err := c.people.Err(); err != nil {
		return Summary{}, err
	}
	copyOne := func(op azureml.Operation, d Document) error { return c.copy(ctx, op, d) }
	if err := c.each(ctx, documents, copyOne); err != nil {
		return Summary{}, err
	}

	return c.end(ctx)
}

// copying is the making of one copy.
type copying struct {
	order    Order
	people   *People
	owned    *owned
	mentions *mention.Finder
	bag      *Bag
	sections *sections
	totals   totals
	review   review
	read     int64
	// searching knows nobody but the subject.
	searching search
}

// each calls a step with each document.
func (c *copying) each(ctx context.Context, documents Documents, step func(azureml.Operation, Document) error) error {
	for d, err := range documents(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		op, ok := azureml.Find(d.Endpoint)
		if !ok {
			return fmt.Errorf("reading %s: the catalogue has no such row", d.Endpoint)
		}
		if err := step(op, d); err != nil {
			return err
		}

		c.read++
		if c.order.Progress != nil {
			c.order.Progress(c.read)
		}
	}
	return nil
}

// learn notes who is named in a document, and which items are the subject's. Nobody can be
// found in what is not JSON, which is left out.
func (c *copying) learn(op azureml.Operation, d Document) error {
	if err := c.people.Learn(d.Body); errors.Is(err, document.ErrMalformed) {
		return nil
	}
	for _, u := range unitsOf(d, op) {
		_, named := azureml.OwnerAndNamed(u.op, u.body, &c.order.Subject)
		c.people.LearnOwner(named)
	}
	return c.link(op, d)
}

// link notes the items that are the subject's.
func (c *copying) link(op azureml.Operation, d Document) error {
	if op.Shape != azureml.Item {
		return nil
	}
	u := unitsOf(d, op)[0]
	if classify(u, &c.order.Subject, c.owned, c.people) == Own {
		c.owned.add(op, d.Target, d.Item)
	} else {
		c.owned.addStranger(op, d.Item)
	}
	return nil
}

func (c *copying) copy(ctx context.Context, op azureml.Operation, d Document) error {
	c.totals.look(op.Type)
	if !jsontext.Value(d.Body).IsValid(lenient()...) {
		c.totals.leave(Unreadable, false)
		return nil
	}

	secrets := op.DocumentSecrets()
	units := unitsOf(d, op)
	if op.IsList() {
		secrets = op.Secrets
	}
	for i, u := range units {
		class := classify(u, &c.order.Subject, c.owned, c.people)
		if u.listed && !c.isOnlyListed(u) {
			continue // the document of its own counts
		}

		at := locus{d.Part, d.Entry, i}
		chosen := class == Unattributed && c.isIncluded(u, d, at)
		if class != Own && !chosen {
			c.leave(class, u)
			continue
		}
		if err := c.keep(ctx, u, d, secrets, at, chosen); err != nil {
			return err
		}
	}

	return c.review.err
}

// isOnlyListed reports whether an element says by an id that it is the subject's, and no
// document of its own does.
func (c *copying) isOnlyListed(u unit) bool {
	return azureml.OwnerOf(u.op, u.body, &c.order.Subject) == dsr.OwnerSubject && !c.owned.items.has(itemKey(u.op, u.target, u.item))
}

// leave counts a document that is not the subject's, and whether it names them.
func (c *copying) leave(class Class, u unit) {
	_, found, err := document.CopyHeld(u.body, document.Options{Subject: c.mentions})
	c.totals.leave(class, err == nil && found.Matches > 0)
}

func (c *copying) end(ctx context.Context) (Summary, error) {
	done, err := c.sections.end(c.bag)
	if err != nil {
		return Summary{}, err
	}

	summary := newSummary(c.order, done, c.totals, c.people.Others())
	summary.Uncertain, summary.Rules, summary.Incomplete = c.review.reviewed.Uncertain, c.review.byRule(), c.people.doubts.full
	if c.order.Reviewed || c.review.reviewed.Decided > 0 {
		summary.Review = &c.review.reviewed
	}
	if err := writePages(c.bag, summary); err != nil {
		return Summary{}, err
	}
	return summary, c.bag.Close(ctx, c.order.ClosedAt, c.order.Signer)
}
