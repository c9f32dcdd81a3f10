package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// maxRecord bounds a record in bytes. The largest records are plans.
const maxRecord = 64 << 20

// open opens a blob that something names. It returns a fault if there is no such blob, or
// something else has its name.
func (v *verifier) open(ctx context.Context, name string) (io.ReadCloser, *Fault, error) {
	body, err := v.evidence.Open(ctx, name)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, &Fault{FaultMissing, name, "it is not there"}, nil
	case errors.Is(err, ErrIrregular):
		return nil, &Fault{FaultMalformed, name, "it is no regular file"}, nil
	case err != nil:
		return nil, nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return body, nil, nil
}

// stored is a record that was read.
type stored[T any] struct {
	value T
	sum   string
	body  []byte
}

// fetch reads a record. If the record can't be used it returns a fault, with the hash of
// what was read.
func fetch[T any](ctx context.Context, v *verifier, name string) (_ *stored[T], _ *Fault, err error) {
	r, fault, err := v.open(ctx, name)
	if r == nil {
		return nil, fault, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()

	body, err := io.ReadAll(io.LimitReader(r, maxRecord+1))
	if err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", name, err)
	}

	s := &stored[T]{sum: sha256Hex(body), body: body}
	if len(body) > maxRecord {
		return s, &Fault{FaultMalformed, name, "it is longer than any record"}, nil
	}
	if err := decode(body, &s.value); err != nil { // the error's text quotes values
		return s, &Fault{FaultMalformed, name, "it is not the JSON of such a record"}, nil
	}

	return s, nil, nil
}

// load reads a record that something names. It notes a fault and returns nil if the record
// can't be used.
func load[T any](ctx context.Context, v *verifier, name string) (*stored[T], error) {
	return loadVouched[T](ctx, v, name, "", "")
}

// loadVouched is load for a record whose hash is named in by. It also returns nil for a
// record with another hash. With an empty sum any hash will do.
func loadVouched[T any](ctx context.Context, v *verifier, name, sum, by string) (*stored[T], error) {
	v.named.add(name)
	s, fault, err := fetch[T](ctx, v, name)
	if err != nil {
		return nil, err
	}

	if s != nil {
		v.count(1, 0, 0)
		if sum != "" && s.sum != sum {
			fault = &Fault{FaultChanged, name, "its SHA-256 is not the one in " + by}
		}
	}
	if fault != nil {
		v.note(*fault)
		return nil, nil
	}

	return s, nil
}

// unvouched adds a blob to those that nothing vouches for, though its name was expected.
func (v *verifier) unvouched(name string) {
	v.named.add(name)
	v.unlisted = append(v.unlisted, name)
}
