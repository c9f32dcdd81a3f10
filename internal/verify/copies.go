package verify

import (
	"context"
	"errors"
	"fmt"

	"azureml-dsr/internal/dsr"
)

// The copies for the person are made after the closing, so that no manifest names their
// records. Each copy's order vouches for what it was made of, and its receipt for the zip.

// copy judges a blob of the copies for the person. tolerated is false for one that no copy
// has.
func (v *verifier) copy(ctx context.Context, name string) (tolerated bool, fault *Fault, err error) {
	id := v.attempt.RequestID
	if name == dsr.CopyBlob(id) {
		return v.copyBlob(ctx, name)
	}
	if n := dsr.ParseDecision(id, name); n > 0 {
		fault, err = v.reviewDecision(ctx, name, n)
		return true, fault, err
	}
	c, what, ok := dsr.ParseCopyRecord(id, name)
	if !ok {
		return false, nil, nil
	}
	if what == dsr.CopyRecordState {
		return true, nil, nil // what a making knows is no evidence
	}

	order, fault, err := fetch[dsr.CopyOrder](ctx, v, c.Order())
	if err != nil || fault != nil {
		return fault == nil || fault.Kind != FaultMissing, fault, err
	}
	if what == dsr.CopyRecordStep {
		fault, err = fit(ctx, v, name, func(s stored[dsr.CopyStep]) string { return notStep(c, name, s.value) })
		return true, fault, err
	}
	switch name {
	case c.Order():
		return true, faultOf(name, v.notOrdered(c, order.value)), nil
	case c.Signature():
		fault, err = fit(ctx, v, name, func(s stored[dsr.CopySignature]) string { return notSigned(c, s.value) })
	case c.End():
		fault, err = fit(ctx, v, name, func(s stored[dsr.CopyEnd]) string { return notEnded(c, s.value) })
	case c.Review(), c.Places(), c.Release():
		fault, err = v.copyReview(ctx, name, c, order.value)
	default:
		fault, err = v.copyReceipt(ctx, c, order.value)
	}
	return true, fault, err
}

func faultOf(name, why string) *Fault {
	if why == "" {
		return nil
	}
	return &Fault{FaultInconsistent, name, why}
}

// notOrdered returns why an order is not that of its name.
func (v *verifier) notOrdered(c dsr.CopyName, o dsr.CopyOrder) string {
	switch {
	case o.SchemaVersion != dsr.SchemaVersion || o.Name() != c || o.Attempt < 1:
		return "it orders another copy"
	case o.Attempt == v.attempt.Number && o.Manifest.SHA256 != sha256Hex(v.manifestBytes):
		return "it orders a copy of another manifest"
	default:
		return ""
	}
}

func notSigned(c dsr.CopyName, s dsr.CopySignature) string {
	if s.SchemaVersion != dsr.SchemaVersion || s.RequestID != c.RequestID || s.Number != c.Number || len(s.Of.SHA256) != 64 {
		return "it is the signature of another copy"
	}
	return ""
}

// notStep returns why a step is not that of its name.
func notStep(c dsr.CopyName, name string, s dsr.CopyStep) string {
	of, what, _ := dsr.ParseCopyRecord(c.RequestID, s.State.Name)
	switch {
	case s.SchemaVersion != dsr.SchemaVersion || s.RequestID != c.RequestID || s.Number != c.Number || c.Step(s.Step) != name:
		return "it is a step of another copy"
	case of != c || what != dsr.CopyRecordState || len(s.State.SHA256) != 64 || len(s.Of.SHA256) != 64:
		return "it names no state of the copy"
	default:
		return ""
	}
}

func notEnded(c dsr.CopyName, e dsr.CopyEnd) string {
	known := e.Why == dsr.CopyRevoked || e.Why == dsr.CopyExpired || e.Why == dsr.CopyRetention || e.Why == dsr.CopyFailed
	if e.SchemaVersion != dsr.SchemaVersion || e.RequestID != c.RequestID || e.Number != c.Number || !known {
		return "it ends another copy"
	}
	return ""
}

// copyReceipt checks a receipt against its order, and that the copy is there until it ends.
func (v *verifier) copyReceipt(ctx context.Context, c dsr.CopyName, o dsr.CopyOrder) (*Fault, error) {
	fault, err := fit(ctx, v, c.Receipt(), func(s stored[dsr.CopyReceipt]) string {
		r := s.value
		switch {
		case r.SchemaVersion != dsr.SchemaVersion || r.RequestID != c.RequestID || r.Number != c.Number || r.Name != dsr.CopyBlob(c.RequestID):
			return "it is the receipt of another copy"
		case r.Attempt != o.Attempt || r.Manifest != o.Manifest || r.Partial != o.Partial || r.AskedBy != o.AskedBy || !r.AskedAt.Equal(o.AskedAt):
			return "it is not of what was ordered"
		default:
			return ""
		}
	})
	if err != nil || fault != nil {
		return fault, err
	}

	for _, name := range []string{c.End(), dsr.CopyBlob(c.RequestID)} {
		if there, err := exists(ctx, v.evidence, name); err != nil || there {
			return nil, err
		}
	}
	return &Fault{FaultMissing, dsr.CopyBlob(c.RequestID), "it is not there, and nothing says that it has ended"}, nil
}

// copyBlob judges the copy itself. It has the hash of the last receipt. Without a receipt it
// is being made, or nobody has ordered it.
func (v *verifier) copyBlob(ctx context.Context, name string) (tolerated bool, fault *Fault, err error) {
	last, err := v.lastCopy(ctx)
	if err != nil || last.Number == 0 {
		return false, nil, err
	}
	receipt, fault, err := fetch[dsr.CopyReceipt](ctx, v, last.Receipt())
	switch {
	case err != nil:
		return false, nil, err
	case fault != nil: // of the receipt itself: its own check notes it
		return true, nil, nil
	}

	sum, fault, err := v.sumOf(ctx, name)
	if err == nil && fault == nil && sum != receipt.value.SHA256 {
		fault = &Fault{FaultChanged, name, "it has another hash than its receipt says"}
	}
	return true, fault, err
}

// lastCopy returns the last copy that was ordered, 0 where there is none.
func (v *verifier) lastCopy(ctx context.Context) (last dsr.CopyName, err error) {
	id := v.attempt.RequestID
	for name, err := range v.evidence.List(ctx, dsr.CopyPrefix(id)) {
		if err != nil {
			return last, fmt.Errorf("listing %s: %w", dsr.CopyPrefix(id), err)
		}
		if c, _, ok := dsr.ParseCopyRecord(id, name); ok && name == c.Order() {
			last = c
		}
	}
	return last, nil
}

// sumOf returns the hash of a blob.
func (v *verifier) sumOf(ctx context.Context, name string) (sum string, fault *Fault, err error) {
	body, fault, err := v.open(ctx, name)
	if err != nil || fault != nil {
		return "", fault, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()

	d := newDigest(body)
	if err := d.drain(); err != nil {
		return "", nil, fmt.Errorf("reading %s: %w", name, err)
	}
	v.count(1, 0, 0)
	return d.sum(), nil, nil
}
