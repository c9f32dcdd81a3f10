package operator

import (
	"context"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// MaxRequest bounds a request in bytes.
const MaxRequest = dsr.MaxRequest

// Submission is a request that has been checked as the worker will check it.
type Submission struct {
	ID      string `json:"id"`
	body    []byte
	request fanout.Parsed
	// resolved is the request with the places that its names stand for, as far as they are
	// known here.
	resolved fanout.Parsed
}

// Check has somebody check the request, with the places that names in its scope stand for.
// What it refuses is Invalid.
func (s Submission) Check(check func(fanout.Parsed) error) error {
	if err := check(s.resolved); err != nil {
		return &Error{Kind: Invalid, Err: err}
	}
	return nil
}

// Request returns the request, with the places that names in its scope stand for as far as
// they are known here.
func (s Submission) Request() fanout.Parsed { return s.resolved }

// DueAt returns the deadline of the request.
func (s Submission) DueAt() time.Time { return s.request.DueAt }

// NewSubmission checks the body of a request. The names in its scope are checked if the
// validator knows any: else only the worker does. An Invalid error names every fault.
func NewSubmission(v *fanout.Validator, body []byte, now time.Time) (Submission, error) {
	if len(body) > MaxRequest {
		return Submission{}, invalid("", "the request is longer than %d bytes; send its scope in several requests", MaxRequest)
	}

	request, err := v.Parse(body, now)
	resolved := request
	if err == nil && (len(v.Scopes.Places) > 0 || len(request.Sent) == 0) {
		resolved, err = request.Resolve(v.Scopes)
	}
	if err != nil {
		return Submission{}, &Error{Kind: Invalid, Err: err}
	}

	return Submission{
		ID:       request.ID,
		body:     dsr.WithoutByteOrderMark(body),
		request:  request,
		resolved: resolved,
	}, nil
}

// Submit sends the body of a request to the worker. The error is Refused where the id is
// recorded as that of another request: its state and result would be taken for this one's.
// Where the evidence can't be read it sends, and the worker refuses.
func (o *Operator) Submit(ctx context.Context, s Submission) error {
	stored, found, err := o.ledger.Request(ctx, s.ID)
	if err == nil && found && o.differs(ctx, stored, s.request) {
		return refused("id %s is that of another request, received on %s; nothing was sent: choose a new id",
			s.ID, stored.ReceivedAt.UTC().Format(time.DateOnly))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}

	return o.queues.Send(ctx, dsr.QueueRequests, dsr.Message{
		ID:         s.ID,
		Body:       s.body,
		Properties: map[string]any{dsr.PropRequestID: s.ID},
	})
}

// differs reports whether a recorded request is surely another one. Where the key of its
// content can't be read that is not known.
func (o *Operator) differs(ctx context.Context, stored dsr.RequestRecord, request fanout.Parsed) bool {
	request, maybeSame := request.AsRecorded(stored)
	if !maybeSame {
		return true
	}

	subject, _, err := o.ledger.SubjectRecord(ctx, stored.ID)
	if stored.ContentKeyID != "" && (err != nil || subject.ContentKey.ID() != stored.ContentKeyID) {
		return false
	}

	key := subject.ContentKey
	if stored.ContentKeyID == "" {
		key = ""
	}
	sum, err := request.ContentHash(request.DueDefaulted, key)
	return err == nil && sum != stored.ContentSHA256
}
