package operator

import (
	"context"
	"errors"
	"io"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// States of the copy for the person.
const (
	CopyNone      = "none"            // nobody has ordered one
	CopyMaking    = "making"          // the worker makes it
	CopyReviewing = "reviewing"       // somebody must look at it and release it
	CopyReady     = "ready"           // it can be fetched
	CopyRevoked   = dsr.CopyRevoked   // somebody has withdrawn it
	CopyExpired   = dsr.CopyExpired   // its time was up
	CopyRetention = dsr.CopyRetention // the documents that it was made of were removed
	CopyFailed    = dsr.CopyFailed    // it could not be made
)

// Copy is how the copy for the person stands, the last one that was ordered.
type Copy struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	Number  int    `json:"number"`  // of the copy, from 1; 0: none was ordered
	Attempt int    `json:"attempt"` // up to which it has the documents
	Partial bool   `json:"partial"`
	// Policy is what it has that may be left out.
	Policy  dsr.CopyPolicy `json:"policy"`
	AskedBy string         `json:"askedBy"`
	AskedAt Moment         `json:"askedAt"`
	MadeAt  Moment         `json:"madeAt"`
	Until   Moment         `json:"until"` // it can be fetched
	SHA256  string         `json:"sha256"`
	Bytes   int64          `json:"bytes"`
	// Documents are the person's that it has, Searched those that were looked through.
	Documents int64 `json:"documents"`
	Searched  int64 `json:"searched"`
	Files     int64 `json:"files"`
	People    int64 `json:"people"`
	// Read is how many documents were read for a copy that takes longer than half a minute to
	// make, as of its last step. Each is read two or three times.
	Read int64 `json:"read"`
	// Review is "required" or "secondPerson" where somebody must release the copy.
	Review string `json:"review"`
	// Uncertain are the places that a program could not decide, Decided those of them that
	// somebody had when the copy was made.
	Uncertain  int64  `json:"uncertain"`
	Decided    int64  `json:"decided"`
	ReleasedAt Moment `json:"releasedAt"`
	ReleasedBy string `json:"releasedBy"`
	EndedAt    Moment `json:"endedAt"`
	EndedBy    string `json:"endedBy"`
	Reason     string `json:"reason"` // why it was revoked, or could not be made
}

// Ended reports whether the copy was there, or ordered, and can't be fetched any more.
func (c Copy) Ended() bool {
	return c.State == CopyRevoked || c.State == CopyExpired || c.State == CopyRetention || c.State == CopyFailed
}

// Copy returns how the copy for the person stands.
func (o *Operator) Copy(ctx context.Context, id string) (Copy, error) {
	if _, err := o.latestAttempt(ctx, id); err != nil {
		return Copy{}, err
	}
	c, found, err := o.ledger.LatestCopy(ctx, id)
	if err != nil {
		return Copy{}, err
	}
	if !found {
		return Copy{ID: id, State: CopyNone}, nil
	}

	out := o.copyOf(c)
	if out.State == CopyReady {
		there, err := o.copyIsThere(ctx, c)
		if err != nil {
			return out, err
		}
		if !there {
			out.State = CopyMaking // it is lost, and the watch has it made again
		}
	}
	if out.State == CopyMaking {
		step, _, err := o.ledger.LastCopyStep(ctx, c.Name())
		out.Read = step.Read
		return out, err
	}
	return out, nil
}

// copyOf returns what the records of a copy say.
func (o *Operator) copyOf(c ledger.PersonCopy) Copy {
	out := Copy{
		ID:      c.Order.RequestID,
		State:   CopyMaking,
		Number:  c.Order.Number,
		Attempt: c.Order.Attempt,
		Partial: c.Order.Partial,
		Policy:  c.Order.Policy.Or(dsr.SafePolicy()),
		AskedBy: c.Order.AskedBy,
		AskedAt: Moment{c.Order.AskedAt},
		Review:  c.Order.Review,
	}
	if c.Review != nil {
		out.Uncertain = c.Review.Places
	}
	if c.AwaitsReview() {
		out.State = CopyReviewing
	}
	if r := c.Release; r != nil {
		out.ReleasedAt, out.ReleasedBy = Moment{r.At}, r.By
	}
	if r := c.Receipt; r != nil {
		out.State = CopyReady
		out.MadeAt, out.Until = Moment{r.MadeAt}, Moment{r.Until}
		out.SHA256, out.Bytes = r.SHA256, r.Bytes
		out.Documents, out.Searched, out.Files, out.People = r.Documents, r.Searched, r.Files, r.People
		out.Uncertain, out.Decided = r.Uncertain, r.Decided
		if !o.now().Before(r.Until) {
			out.State, out.EndedAt = CopyExpired, Moment{r.Until}
		}
	}
	if e := c.End; e != nil {
		out.State = e.Why
		out.EndedAt, out.EndedBy, out.Reason = Moment{e.At}, e.By, e.Reason
	}
	return out
}

// copyIsThere reports whether the stored copy is the one of the receipt.
func (o *Operator) copyIsThere(ctx context.Context, c ledger.PersonCopy) (bool, error) {
	info, err := o.ledger.StoredCopy(ctx, c.Order.RequestID)
	if errors.Is(err, archive.ErrNotFound) {
		return false, nil
	}
	return info.Metadata[dsr.MetaSHA256] == c.Receipt.SHA256, err
}

// OpenCopy opens the copy for the person. The error is NotFound where none was ordered, and
// Refused where it is not made yet, has ended (Copy tells which), or needs a review first.
func (o *Operator) OpenCopy(ctx context.Context, id string) (io.ReadCloser, Copy, error) {
	c, err := o.Copy(ctx, id)
	switch {
	case err != nil:
		return nil, c, err
	case c.State == CopyNone:
		return nil, c, notFound("no copy for the person was ordered of request %s", id)
	case c.State == CopyMaking:
		return nil, c, refused("the copy for the person of request %s is not made yet", id)
	case c.State == CopyReviewing:
		return nil, c, refused("the copy for the person of request %s waits for a review: `dsr review %s` lists what is uncertain", id, id)
	case c.State != CopyReady:
		return nil, c, refused("the copy for the person of request %s can't be fetched any more: %s", id, CopyWords(c))
	}

	request, _, err := o.Request(ctx, id)
	if err != nil {
		return nil, c, err
	}
	if request.Review != "" && c.Review == "" {
		return nil, c, refused("the copy of request %s must be reviewed, and was ordered before that could be: revoke it, and order another", id)
	}

	body, _, err := o.exports.Backend().Open(ctx, dsr.CopyBlob(id), 0)
	if errors.Is(err, archive.ErrNotFound) { // it has ended between the two looks
		return nil, c, refused("the copy for the person of request %s can't be fetched any more", id)
	}
	return body, c, err
}

// CopyWords says in words why a copy can't be fetched any more.
func CopyWords(c Copy) string {
	switch c.State {
	case CopyRevoked:
		return "it was revoked on " + inUTC(c.EndedAt.Time)
	case CopyExpired:
		return "its time was up on " + inUTC(c.EndedAt.Time)
	case CopyRetention:
		return "the documents were removed on " + inUTC(c.EndedAt.Time)
	case CopyFailed:
		return "it could not be made: " + c.Reason
	default:
		return c.State
	}
}
