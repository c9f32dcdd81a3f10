package personcopy

import (
	"encoding/gob"
	"fmt"
	"io"

	"azureml-dsr/internal/dsr"
)

// saved is what a Copier knows between two parts, without the larger sets.
type saved struct {
	At       position
	People   savedPeople
	Linked   bool
	Sections []savedSection
	Totals   totals
	Counts   map[dsr.ReviewRule]int64
	Reviewed Reviewed
	Bag      bagFiles
	Summary  Summary
}

// savedPeople are People without their maps by hash.
type savedPeople struct {
	Mine                       map[string]bool
	OwnNames                   []string
	Last                       int32
	Full, Namesakes, WordsFull bool
}

// savedSection is a section with the documents that it holds.
type savedSection struct {
	Section section
	Held    []byte
}

// Save writes what Resume needs to go on with a copy that is paused or whole. It has hashes of
// other people's identifiers, and documents of the subject's that are not in the zip yet.
func (c *Copier) Save(w io.Writer) error {
	to := gob.NewEncoder(w)
	if err := to.Encode(c.saved()); err != nil {
		return fmt.Errorf("saving what is known of a copy: %w", err)
	}
	for _, known := range c.known() {
		if err := known.save(to); err != nil {
			return fmt.Errorf("saving what is known of a copy: %w", err)
		}
	}
	return nil
}

func (c *Copier) saved() saved {
	s := saved{
		At: c.at,
		People: savedPeople{
			Mine:      c.people.mine,
			OwnNames:  c.people.ownNames,
			Last:      c.people.last,
			Full:      c.people.full,
			Namesakes: c.people.doubts.namesakes,
			WordsFull: c.people.doubts.full,
		},
		Linked:   c.owned.linked,
		Totals:   c.totals,
		Counts:   c.review.counts,
		Reviewed: c.review.reviewed,
		Bag:      c.bag.files,
		Summary:  c.summary,
	}

	for _, of := range c.sections.byType {
		s.Sections = append(s.Sections, savedSection{*of, of.held.Bytes()})
	}
	return s
}

// known are the larger sets.
func (c *Copier) known() []known {
	return []known{
		hashMap[int32](c.people.numbers),
		hashMap[int32](c.people.names),
		hashMap[uint8](c.people.lengths),
		hashMap[int32](c.people.folders),
		hashMap[wordKind](c.people.doubts.words),
		&c.owned.items,
		&c.owned.strangers,
	}
}

// Resume returns a Copier that goes on where another one was saved. The order must be the same.
// w gets what comes after all that the other one wrote.
func Resume(order Order, w io.Writer, from io.Reader) (*Copier, error) {
	c, err := NewCopier(order, w)
	if err != nil {
		return nil, err
	}

	s := saved{Totals: c.totals, Counts: c.review.counts}
	in := gob.NewDecoder(from)
	if err := in.Decode(&s); err != nil {
		return nil, fmt.Errorf("reading what is known of a copy: %w", err)
	}
	for _, known := range c.known() {
		if err := known.load(in); err != nil {
			return nil, fmt.Errorf("reading what is known of a copy: %w", err)
		}
	}
	c.restore(s)
	c.bag, err = resumeBag(w, FileName(order.RequestID), s.Bag)

	return c, err
}

func (c *Copier) restore(s saved) {
	c.at, c.summary, c.owned.linked = s.At, s.Summary, s.Linked
	c.totals, c.review.counts, c.review.reviewed = s.Totals, s.Counts, s.Reviewed

	p := c.people
	p.mine, p.ownNames, p.last, p.full = s.People.Mine, s.People.OwnNames, s.People.Last, s.People.Full
	p.doubts.namesakes, p.doubts.full = s.People.Namesakes, s.People.WordsFull

	for _, of := range s.Sections {
		restored := of.Section
		restored.held.Write(of.Held)
		c.sections.byType[restored.Type] = &restored
		c.sections.held += len(of.Held)
	}
}
