package operator

import (
	"context"
	"errors"
	"io"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/personcopy"
	"azureml-dsr/internal/verify"
)

// CopyOptions are all optional.
type CopyOptions struct {
	// Partial makes a copy also of a request of which not everything could be read.
	Partial bool
	// Contact is whom the person may ask about the copy.
	Contact string
	// Policy says what the copy has that may be left out. Choices that it leaves open are those
	// of the copy that was released last, or of the installation.
	Policy dsr.CopyPolicy
	// Signer signs the copy. Default: it stays unsigned.
	Signer personcopy.Signer
	// Progress is called with how many documents were read, of how many in all. Default: no
	// progress is reported.
	Progress func(done, total int64)
}

// WriteCopy writes the copy for the person that a closed request is about. The error is
// Refused where there is none to make.
func (o *Operator) WriteCopy(ctx context.Context, id string, w io.Writer, opts CopyOptions) (personcopy.Summary, error) {
	if err := checkPolicy(opts.Policy); err != nil {
		return personcopy.Summary{}, err
	}
	last, manifest, _, err := o.closedAttempt(ctx, id)
	if err != nil {
		return personcopy.Summary{}, err
	}
	if err := o.copiable(ctx, last); err != nil {
		return personcopy.Summary{}, err
	}

	order, documents, err := personcopy.OrderOf(ctx, o.ledger, last)
	if err != nil {
		return personcopy.Summary{}, explainCopy(id, err)
	}
	overall, err := o.ledger.Overall(ctx, last, manifest)
	if err != nil {
		return personcopy.Summary{}, err
	}
	order.Status, order.Policy = overall, opts.Policy
	if err := checkWhole(id, order, opts.Partial); err != nil {
		return personcopy.Summary{}, err
	}
	if err := o.addDecisions(ctx, last, &order); err != nil {
		return personcopy.Summary{}, err
	}

	order.Contact, order.Signer = opts.Contact, opts.Signer
	if opts.Progress != nil {
		total, err := o.storedDocuments(ctx, last)
		if err != nil {
			return personcopy.Summary{}, err
		}
		order.Progress = func(n int64) { opts.Progress(min(n, 2*total), 2*total) } // each is read twice
	}
	summary, err := personcopy.Write(ctx, w, order, documents)

	return summary, explainCopy(id, err)
}

// copiable returns an error for a request whose documents were removed.
func (o *Operator) copiable(ctx context.Context, last dsr.Attempt) error {
	for _, a := range attempts(last, 0) {
		removal, removed, err := verify.RemovalOf(ctx, o.evidence(), a)
		if err != nil {
			return err
		}
		if removed {
			return refused("the documents of request %s were removed on %s, after their retention; export them again with a new request",
				last.RequestID, removal.BeganAt.Format("2006-01-02"))
		}
	}
	return nil
}

// checkWhole returns an error for a request that has not read everything, unless that was
// asked for.
func checkWhole(id string, order personcopy.Order, partial bool) error {
	switch order.Status {
	case dsr.StatusSucceeded:
		return nil
	case dsr.StatusPartiallyFailed, dsr.StatusCanceled:
		if partial {
			return nil
		}
		return refused("request %s is %s: the copy would lack what could not be read; `dsr retry %s` tries that again, --partial makes a copy that says so",
			id, order.Status, id)
	case dsr.StatusRejected:
		return refused("request %s was refused, so there is no copy of it; send a new request if that has changed", id)
	default:
		return refused("request %s is %s: there is nothing to copy; `dsr retry %s` tries again", id, order.Status, id)
	}
}

// storedDocuments counts the documents of all closed attempts.
func (o *Operator) storedDocuments(ctx context.Context, last dsr.Attempt) (n int64, err error) {
	for _, a := range attempts(last, 0) {
		manifest, _, _, err := o.ledger.Manifest(ctx, a)
		if err != nil {
			return 0, err
		}
		for _, part := range manifest.Parts {
			n += part.Documents
		}
	}
	return n, nil
}

// explainCopy returns what an error of making a copy means to the caller.
func explainCopy(id string, err error) error {
	switch {
	case errors.Is(err, personcopy.ErrDeletes):
		return refused("request %s deletes and keeps no documents; a copy needs a request of kind export", id)
	case errors.Is(err, personcopy.ErrNoSubject):
		return refused("request %s names no person by an object id, a PUID, a sign-in name or an address; a display name is not enough, because others may have it too", id)
	case errors.Is(err, personcopy.ErrRemoved):
		return refused("the documents of request %s are not stored any more; export them again with a new request", id)
	case errors.Is(err, personcopy.ErrTooManyPeople):
		return refused("request %s: %w; split it into requests for a part of the scope each", id, err)
	case errors.Is(err, personcopy.ErrDamaged):
		return refused("request %s: %w; `dsr verify %s` says what is wrong", id, err, id)
	}
	return err
}
