package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

// Verification is the result of verifying one attempt.
type Verification struct {
	RequestID string         `json:"requestId"`
	Attempt   int            `json:"attempt"`
	Status    dsr.Status     `json:"status"`
	OK        bool           `json:"ok"`
	Signature string         `json:"signature"` // as in verify.Report
	KeyID     string         `json:"keyId,omitempty"`
	Totals    dsr.Totals     `json:"totals"`
	Faults    []verify.Fault `json:"faults"`
	Unlisted  []string       `json:"unlisted"`
	Blobs     int64          `json:"blobs"`
	Documents int64          `json:"documents"`
	// Exported says, of an attempt that exports, how much of it names the subject.
	Exported *Matches `json:"exported,omitempty"`
}

// RemovedError means that the documents of an attempt were removed after their retention,
// so that its evidence can't be verified any more.
type RemovedError struct {
	Attempt dsr.Attempt
	Removal dsr.Retention
}

// Error returns what was removed, when and why, and where that is recorded.
func (e *RemovedError) Error() string { return e.Unwrap().Error() }

// Unwrap returns the same text as an Error of kind Refused.
func (e *RemovedError) Unwrap() error {
	r := e.Removal
	return refused("the documents of attempt %d of request %s were removed from %s on, when they had been kept for %d days: %d blobs with %d documents, %d bytes; %s records it, and only the evidence is left",
		e.Attempt.Number, e.Attempt.RequestID, r.BeganAt.UTC().Format(time.RFC3339), r.RetentionDays, r.Blobs, r.Documents, r.Bytes, e.Attempt.Retention())
}

// CheckAttempt returns an Invalid error for a number that no attempt has. 0 stands for all
// attempts.
func CheckAttempt(number int) error {
	if number < 0 {
		return invalid("attempt", "attempt must be 1 or more")
	}
	return nil
}

// StoredEvidence returns what is stored of a request, and the attempts to verify: the
// chosen one, or with 0 all. A later attempt repeats only what failed, so the earlier ones
// are still the evidence of the rest.
func (o *Operator) StoredEvidence(ctx context.Context, id string, chosen int) (verify.Evidence, []dsr.Attempt, error) {
	if err := CheckAttempt(chosen); err != nil {
		return nil, nil, err
	}
	latest, err := o.latestAttempt(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if chosen > latest.Number {
		return nil, nil, notFound("request %s has %s", id, numberOf(latest.Number))
	}

	all := attempts(latest, chosen)
	last := all[len(all)-1]
	_, open, err := o.ledger.Open(ctx, last)
	if err != nil {
		return nil, nil, err
	}
	closed, err := o.ledger.Closed(ctx, last)
	if err != nil {
		return nil, nil, err
	}
	if open && !closed { // a reconciler may be writing the manifest's parts
		return nil, nil, notClosed(last)
	}

	return o.evidence(), all, nil
}

// attempts returns the attempts of a request up to the last, or only the chosen one.
func attempts(last dsr.Attempt, chosen int) []dsr.Attempt {
	if chosen > 0 {
		return []dsr.Attempt{{RequestID: last.RequestID, Number: chosen}}
	}

	var all []dsr.Attempt
	for n := range last.Number {
		all = append(all, dsr.Attempt{RequestID: last.RequestID, Number: n + 1})
	}
	return all
}

func numberOf(attempts int) string {
	if attempts == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", attempts)
}

func notClosed(a dsr.Attempt) error {
	return refused("attempt %d of request %s is not closed yet: there is no manifest to check it against", a.Number, a.RequestID)
}

// Verify checks an attempt against what was stored of it. The error is a RemovedError for
// an attempt whose documents were removed, Refused for an open one, and NotFound where
// nothing of it is stored. A fault is no error.
func Verify(ctx context.Context, e verify.Evidence, a dsr.Attempt, opts *verify.Options) (Verification, error) {
	removal, removed, err := verify.RemovalOf(ctx, e, a)
	if err != nil {
		return Verification{}, err
	}
	if removed {
		return Verification{}, &RemovedError{Attempt: a, Removal: removal}
	}

	r, err := verify.Verify(ctx, e, a, opts)
	switch {
	case errors.Is(err, verify.ErrNotClosed):
		return Verification{}, notClosed(a)
	case errors.Is(err, verify.ErrNotFound):
		return Verification{}, notFound("nothing is stored of attempt %d of request %s", a.Number, a.RequestID)
	case err != nil:
		return Verification{}, err
	}

	return verificationOf(r), nil
}

func verificationOf(r verify.Report) Verification {
	v := Verification{
		RequestID: r.RequestID,
		Attempt:   r.Attempt,
		Status:    r.Manifest.Status,
		OK:        len(r.Faults) == 0,
		Signature: r.Signature,
		KeyID:     r.KeyID,
		Totals:    r.Manifest.Totals,
		Faults:    append([]verify.Fault{}, r.Faults...),
		Unlisted:  append([]string{}, r.Unlisted...),
		Blobs:     r.Blobs,
		Documents: r.Documents,
	}

	if exports(r.Manifest.Kind) {
		v.Exported = &Matches{Documents: r.Documents}
		if r.Personal {
			v.Exported.Matching = &r.Matching
		}
	}

	return v
}
