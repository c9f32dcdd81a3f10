// Package senders lets programs that send privacy requests in forms of their own reach the
// worker by HTTP. Each form has a package below: what its bytes mean, and how it is
// answered.
package senders

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// Prefix begins the path of every route. It is the route prefix of the Functions host.
const Prefix = "/api/"

// Requests are the requests of this installation.
type Requests interface {
	// Submit sends a request in JSON. The same request once more is no error. The error is
	// an *operator.Error where the request is refused.
	Submit(ctx context.Context, request []byte) (Accepted, error)
	// Status returns the progress of a request.
	Status(ctx context.Context, id string) (State, error)
	// Cancel cancels a request. by is who orders it, for the record.
	Cancel(ctx context.Context, id, reason, by string) error
}

// Accepted is a request that was sent to the worker.
type Accepted struct {
	ID    string
	DueAt time.Time
}

// State is the progress of a request, and what there is of it once it is closed.
type State struct {
	operator.Status
	Documents int64
	// DryRun means that a request that deletes only plans.
	DryRun bool
}

// Done reports whether what the person has asked for was done, all of it. A plan of a
// deletion is none.
func (s State) Done() bool {
	onlyPlanned := s.DryRun && s.Kind != dsr.KindExport
	return s.State == string(dsr.StatusSucceeded) && !onlyPlanned
}

// ErrTooLong means that a body is longer than a request may be.
var ErrTooLong = errors.New("the body is longer than a request may be")

// ReadBody reads the body of an HTTP request, as far as it can be a request.
func ReadBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, dsr.MaxRequest+1))
	if err != nil {
		return nil, err
	}
	if len(body) > dsr.MaxRequest {
		return nil, ErrTooLong
	}
	return body, nil
}
