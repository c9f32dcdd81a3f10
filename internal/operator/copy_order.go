package operator

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/personcopy"
)

// CopyOrder orders a copy for the person.
type CopyOrder struct {
	ID string
	By string // who asks, for the record; may be empty
	// Partial accepts that parts are missing, because the request failed in part.
	Partial bool
	// Review has somebody look at the copy before it is made, also where no policy requires
	// that.
	Review bool
	// Contact is whom the person may ask about the copy; may be empty.
	Contact string
	// Policy says what the copy has that may be left out. Choices that it leaves open are those
	// of the installation.
	Policy dsr.CopyPolicy
}

// maxContact bounds a contact in bytes.
const maxContact = 300

// Check returns what is wrong with the order, as far as the order alone shows.
func (c CopyOrder) Check() error {
	if len(c.Contact) > maxContact || !utf8.ValidString(c.Contact) || strings.ContainsFunc(c.Contact, unicode.IsControl) {
		return invalid("contact", "contact: want a line of up to %d bytes", maxContact)
	}
	return checkPolicy(c.Policy)
}

// OrderCopy orders a copy for the person of a closed request, and tells the worker. A second
// order, while there is a copy or the worker makes it, changes nothing. The error is Refused
// where no copy can be made.
func (o *Operator) OrderCopy(ctx context.Context, order CopyOrder) (Copy, error) {
	if err := order.Check(); err != nil {
		return Copy{}, err
	}
	attempt, manifest, sum, err := o.closedAttempt(ctx, order.ID)
	if err != nil {
		return Copy{}, err
	}
	status, err := o.mayCopy(ctx, attempt, manifest, order.Partial)
	if err != nil {
		return Copy{}, err
	}

	number, err := o.nextCopy(ctx, attempt)
	if err != nil {
		return Copy{}, err
	}
	review, decisions, err := o.reviewOf(ctx, order)
	if err != nil {
		return Copy{}, err
	}
	stored, err := o.ledger.OrderCopy(ctx, dsr.CopyOrder{
		Review:    review,
		Decisions: decisions,
		RequestID: order.ID,
		Number:    number,
		Attempt:   attempt.Number,
		Manifest:  dsr.HashRef{SHA256: sum},
		Status:    status,
		Partial:   order.Partial,
		Contact:   order.Contact,
		Policy:    order.Policy.Or(o.copies),
		AskedBy:   order.By,
		AskedAt:   o.now().UTC(),
	})
	if err != nil {
		return Copy{}, err
	}

	out, err := o.Copy(ctx, order.ID)
	if err != nil || out.State != CopyMaking {
		return out, err
	}
	message, err := stored.Name().Message(time.Time{})
	if err != nil {
		return out, err
	}
	if err := o.queues.Send(ctx, dsr.QueueCopies, message); err != nil {
		return out, fmt.Errorf("the copy of request %s is ordered, but the worker was not told; dsr_watch tells it: %w", order.ID, err)
	}

	return out, nil
}

// mayCopy returns the status with which a copy of a closed attempt is made, or why none can be.
func (o *Operator) mayCopy(ctx context.Context, a dsr.Attempt, m dsr.Manifest, partial bool) (dsr.Status, error) {
	if err := o.copiable(ctx, a); err != nil {
		return "", err
	}
	order, _, err := personcopy.OrderOf(ctx, o.ledger, a)
	if err == nil && !namesPerson(order.Subject) {
		err = personcopy.ErrNoSubject
	}
	if err != nil {
		return "", explainCopy(a.RequestID, err)
	}

	overall, err := o.ledger.Overall(ctx, a, m)
	if err != nil {
		return "", err
	}
	order.Status = overall

	return order.Status, checkWhole(a.RequestID, order, partial)
}

// namesPerson reports whether a subject has an id or an address. A name alone is others', too.
func namesPerson(s dsr.Subject) bool {
	return s.ObjectID != "" || s.UserPrincipalName != "" || s.PUID != "" || len(s.Mail) > 0
}

// nextCopy returns the number of the copy that an order is for: the last one's, unless it has
// ended.
func (o *Operator) nextCopy(ctx context.Context, a dsr.Attempt) (int, error) {
	c, found, err := o.ledger.LatestCopy(ctx, a.RequestID)
	switch {
	case err != nil || !found:
		return 1, err
	case c.End == nil && o.copyOf(c).State == CopyExpired:
		if _, err := o.endCopy(ctx, c.Name(), dsr.CopyExpired, RevokeOrder{}); err != nil {
			return 0, err
		}
	case c.End == nil && c.Order.Attempt != a.Number:
		return 0, refused("request %s has a copy of attempt %d, and attempt %d is closed since: revoke the copy, and order another", a.RequestID, c.Order.Attempt, a.Number)
	case c.End == nil:
		return c.Order.Number, nil
	default:
		if err := o.ledger.RemoveCopy(ctx, c.Name()); err != nil { // a crash may have left it
			return 0, err
		}
	}

	if c.Order.Number == dsr.MaxCopies {
		return 0, refused("%d copies of request %s were ordered: no more can be", dsr.MaxCopies, a.RequestID)
	}
	return c.Order.Number + 1, nil
}

// RevokeOrder withdraws the copy for the person.
type RevokeOrder struct {
	ID     string
	Reason string // for the record; may be empty
	By     string // who withdraws it, for the record; may be empty
}

// Check returns what is wrong with the order, as far as the order alone shows.
func (r RevokeOrder) Check() error {
	return CancelOrder{Reason: r.Reason}.Check()
}

// RevokeCopy makes sure that nobody gets the copy for the person any more, and removes it. A
// copy that has ended stays as it is. The error is NotFound where none was ordered.
func (o *Operator) RevokeCopy(ctx context.Context, order RevokeOrder) (Copy, error) {
	if err := order.Check(); err != nil {
		return Copy{}, err
	}
	if _, err := o.latestAttempt(ctx, order.ID); err != nil {
		return Copy{}, err
	}
	c, found, err := o.ledger.LatestCopy(ctx, order.ID)
	if err != nil {
		return Copy{}, err
	}
	if !found {
		return Copy{}, notFound("no copy for the person was ordered of request %s", order.ID)
	}

	why := dsr.CopyRevoked
	if o.copyOf(c).State == CopyExpired {
		why, order = dsr.CopyExpired, RevokeOrder{ID: order.ID}
	}
	end, err := o.endCopy(ctx, c.Name(), why, order)
	c.End = &end
	return o.copyOf(c), err
}

func (o *Operator) endCopy(ctx context.Context, name dsr.CopyName, why string, order RevokeOrder) (dsr.CopyEnd, error) {
	return o.ledger.EndCopy(ctx, dsr.CopyEnd{
		RequestID: name.RequestID,
		Number:    name.Number,
		Why:       why,
		Reason:    order.Reason,
		By:        order.By,
		At:        o.now().UTC(),
	})
}
