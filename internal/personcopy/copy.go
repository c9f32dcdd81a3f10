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

// Documents yields the documents of an archive, always the same ones in the same order. It begins
// with the part that from names, or with the first one if that is "".
type Documents func(ctx context.Context, from string) iter.Seq2[Document, error]

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
	// Policy says what the copy has unless somebody decides otherwise.
	Policy dsr.CopyPolicy
	// Decisions are what people have decided about uncertain places. Reviewed reports whether
	// a person has released the copy, even if they decided nothing.
	Decisions Decisions
	Reviewed  bool
	// Uncertain is called with each place that a program can't decide. It may be nil.
	Uncertain func(dsr.ReviewPlace) error
}

// Write writes the copy of a person's data as a zip, and returns a summary of it.
func Write(ctx context.Context, w io.Writer, order Order, documents Documents) (Summary, error) {
	c, err := NewCopier(order, w)
	if err != nil {
		return Summary{}, err
	}
	if _, err := c.Run(ctx, documents, func() bool { return false }); err != nil {
		return Summary{}, err
	}
	return c.Summary(), nil
}

// Copier makes one copy. It reads the documents twice: first to learn who else is named and
// which items are the person's, then to copy. It reads them a third time if models are the
// person's only by the run that made them.
//
// A Copier can stop between two parts of the archive. What Save writes lets another process go
// on from there, and the copy has the same bytes.
type Copier struct {
	order    Order
	at       position
	people   *People
	owned    *owned
	mentions *mention.Finder
	bag      *Bag
	sections *sections
	totals   totals
	review   review
	summary  Summary // once it is done
	// searching knows nobody but the subject.
	searching search
}

// position is how far a Copier is.
type position struct {
	Phase phase
	// Part is the one to go on with, "" for the first.
	Part string
	// Read counts documents, each as often as it is read.
	Read int64
}

// phase is one reading of the documents.
type phase uint8

const (
	learning phase = iota
	linking
	copying
	done
)

// NewCopier returns a Copier that writes to w.
func NewCopier(order Order, w io.Writer) (*Copier, error) {
	s := order.Subject
	if s.ObjectID == "" && s.UserPrincipalName == "" && s.PUID == "" && len(s.Mail) == 0 {
		return nil, ErrNoSubject
	}

	return &Copier{
		order:    order,
		people:   NewPeople(s),
		owned:    &owned{},
		mentions: mention.New(&s),
		bag:      NewBag(w, FileName(order.RequestID)),
		sections: newSections(),
		totals:   newTotals(),
		review: review{
			policy:    order.Policy,
			decisions: order.Decisions,
			note:      order.Uncertain,
			counts:    map[dsr.ReviewRule]int64{},
		},
		searching: newSearch(s),
	}, nil
}

// Run goes on with the copy until it is whole or pause reports true. pause is asked between two
// parts of the archive, after at least one of them. finished reports whether the copy is whole.
func (c *Copier) Run(ctx context.Context, documents Documents, pause func() bool) (finished bool, err error) {
	for c.at.Phase != done {
		paused, err := c.each(ctx, documents, pause)
		if err != nil {
			return false, err
		}
		if paused {
			return false, c.bag.Pause()
		}
		if err := c.next(ctx); err != nil {
			return false, err
		}
	}
	return true, nil
}

// IsWhole reports whether nothing is left to do.
func (c *Copier) IsWhole() bool { return c.at.Phase == done }

// Read returns how many documents were read so far. Each counts as often as it was read.
func (c *Copier) Read() int64 { return c.at.Read }

// Summary returns what is in the copy, once it is whole.
func (c *Copier) Summary() Summary { return c.summary }

// next ends a phase.
func (c *Copier) next(ctx context.Context) error {
	c.at.Part = ""
	c.owned.seal()
	switch {
	case c.at.Phase == copying:
		if err := c.end(ctx); err != nil {
			return err
		}
		c.at.Phase = done
		return nil
	case c.at.Phase == learning && c.owned.linked:
		c.at.Phase = linking
		return nil
	default:
		c.at.Phase = copying
		return c.people.Err()
	}
}

// each calls the step of the phase with each document, until it may pause.
func (c *Copier) each(ctx context.Context, documents Documents, pause func() bool) (paused bool, err error) {
	began := c.at.Read
	for d, err := range documents(ctx, c.at.Part) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return false, err
		}
		if d.Part != c.at.Part {
			c.at.Part = d.Part
			if c.at.Read > began && pause() {
				return true, nil
			}
		}

		op, ok := azureml.Find(d.Endpoint)
		if !ok {
			return false, fmt.Errorf("reading %s: the catalogue has no such row", d.Endpoint)
		}
		if err := c.step(ctx, op, d); err != nil {
			return false, err
		}
		c.at.Read++
		if c.order.Progress != nil {
			c.order.Progress(c.at.Read)
		}
	}
	return false, nil
}

func (c *Copier) step(ctx context.Context, op azureml.Operation, d Document) error {
	switch c.at.Phase {
	case learning:
		return c.learn(op, d)
	case linking:
		return c.link(op, d)
	default:
		return c.copy(ctx, op, d)
	}
}

// learn notes who is named in a document, and which items are the subject's. Nobody can be
// found in what is not JSON, which is left out.
func (c *Copier) learn(op azureml.Operation, d Document) error {
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
func (c *Copier) link(op azureml.Operation, d Document) error {
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

func (c *Copier) copy(ctx context.Context, op azureml.Operation, d Document) error {
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
func (c *Copier) isOnlyListed(u unit) bool {
	return azureml.OwnerOf(u.op, u.body, &c.order.Subject) == dsr.OwnerSubject && !c.owned.items.has(itemKey(u.op, u.target, u.item))
}

// leave counts a document that is not the subject's, and whether it names them.
func (c *Copier) leave(class Class, u unit) {
	_, found, err := document.CopyHeld(u.body, document.Options{Subject: c.mentions})
	c.totals.leave(class, err == nil && found.Matches > 0)
}

func (c *Copier) end(ctx context.Context) error {
	sections, err := c.sections.end(c.bag)
	if err != nil {
		return err
	}

	summary := newSummary(c.order, sections, c.totals, c.people.Others())
	summary.Uncertain, summary.Rules, summary.Incomplete = c.review.reviewed.Uncertain, c.review.byRule(), c.people.doubts.full
	if c.order.Reviewed || c.review.reviewed.Decided > 0 {
		summary.Review = &c.review.reviewed
	}
	if err := writePages(c.bag, summary); err != nil {
		return err
	}
	c.summary = summary
	return c.bag.Close(ctx, c.order.ClosedAt, c.order.Signer)
}
