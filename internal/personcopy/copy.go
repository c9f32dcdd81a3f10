package personcopy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// ErrNoSubject means that a request is about everybody, of which no person gets a copy.
var ErrNoSubject = errors.New("the request is not about one person")

// Document is a document of the archive.
type Document struct {
	Endpoint    string
	Target      string
	Item        string
	RetrievedAt time.Time
	Body        []byte
}

// Documents yields the documents of an archive, always the same ones in the same order. Those
// of a resource type follow one another.
type Documents func(ctx context.Context) iter.Seq2[Document, error]

// Order is what a copy is made of.
type Order struct {
	RequestID   string
	Subject     dsr.Subject
	Status      dsr.Status
	SubmittedAt time.Time
	ClosedAt    time.Time
	// Contact is whom the person may ask, or "".
	Contact string
}

// Write writes the copy of a person's data as a zip. It reads the documents twice: first to
// learn who else is named, and which items are the person's, then to copy. It returns what it
// has written.
func Write(ctx context.Context, w io.Writer, order Order, documents Documents) (Summary, error) {
	s := order.Subject
	if s.ObjectID == "" && s.UserPrincipalName == "" && s.PUID == "" && len(s.Mail) == 0 {
		return Summary{}, ErrNoSubject
	}

	c := &copying{
		order:  order,
		people: NewPeople(s),
		owned:  owned{},
		bag:    NewBag(w, FileName(order.RequestID)),
		left:   map[Class]int{},
		totals: newSummary(order),
	}
	for d, err := range documents(ctx) {
		if err != nil {
			return Summary{}, err
		}
		if err := c.learn(d); err != nil {
			return Summary{}, err
		}
	}
	for d, err := range documents(ctx) {
		if err != nil {
			return Summary{}, err
		}
		if err := c.copy(d); err != nil {
			return Summary{}, err
		}
	}

	return c.end()
}

// copying is the making of one copy.
type copying struct {
	order   Order
	people  *People
	owned   owned
	bag     *Bag
	section *section // nil: none is begun
	left    map[Class]int
	totals  Summary
}

func (c *copying) learn(d Document) error {
	op, ok := azureml.Find(d.Endpoint)
	if !ok {
		return fmt.Errorf("reading %s: the catalogue has no such row", d.Endpoint)
	}
	if err := c.people.Learn(d.Body); err != nil {
		return err
	}

	if op.Shape == azureml.Item && Classify(op, d.Body, &c.order.Subject) == Own {
		c.owned.add(op, d)
	}
	return nil
}

func (c *copying) copy(d Document) error {
	op, _ := azureml.Find(d.Endpoint)
	class := Classify(op, d.Body, &c.order.Subject)
	if class == Unattributed && !azureml.HasOwner(op, d.Body) && c.owned.has(op, d) {
		class = Own
	}
	if class != Own {
		c.left[class]++
		return nil
	}

	redacted, err := c.people.Redact(d.Body, op.DocumentSecrets())
	if err != nil {
		return err
	}
	line, err := json.Marshal(entry{
		Item:        c.people.text(d.Item),
		RetrievedAt: d.RetrievedAt.UTC(),
		Document:    redacted,
	})
	if err != nil {
		return fmt.Errorf("writing a document: %w", err)
	}

	if c.section == nil || c.section.Type != op.Type {
		if err := c.endSection(); err != nil {
			return err
		}
		c.section = &section{Type: op.Type}
	}
	c.section.add(line, c.people.text(d.Item), d.RetrievedAt)
	if c.section.held.Len() < partSize {
		return nil
	}

	return c.section.flush(c.bag)
}

// entry is a document as a copy has it.
type entry struct {
	Item        string          `json:"item"`
	RetrievedAt time.Time       `json:"retrievedAt"`
	Document    json.RawMessage `json:"document"`
}

func (c *copying) endSection() error {
	if c.section == nil {
		return nil
	}
	if err := c.section.flush(c.bag); err != nil {
		return err
	}
	if err := c.section.index(c.bag); err != nil {
		return err
	}
	c.totals.add(*c.section)
	return nil
}

func (c *copying) end() (Summary, error) {
	if err := c.endSection(); err != nil {
		return Summary{}, err
	}

	c.totals.leave(c.left)
	c.totals.People = c.people.last
	if err := writePages(c.bag, c.totals); err != nil {
		return Summary{}, err
	}
	return c.totals, c.bag.Close(c.order.ClosedAt)
}

// owned are the items whose documents say that they are the subject's. What hangs on them,
// such as the metrics of a run, is the subject's too.
type owned map[string]bool

func (o owned) add(op azureml.Operation, d Document)      { o[itemKey(op, d)] = true }
func (o owned) has(op azureml.Operation, d Document) bool { return op.Of != "" && o[itemKey(op, d)] }

// itemKey names an item of a list in a place, also for what hangs on the item.
func itemKey(op azureml.Operation, d Document) string {
	list := op.Of
	for of, ok := azureml.Find(list); ok && of.Of != ""; of, ok = azureml.Find(list) {
		list = of.Of
	}
	item, _, _ := strings.Cut(d.Item, "/")
	return list + " " + strings.ToLower(d.Target) + " " + item
}
