package senders

import (
	"context"
	"net/http"
)

// Call is what is known of an HTTP request before a sender's form is looked at. Nothing in
// a body says who calls.
type Call struct {
	// Controller is the id of the application or person in the directory; "" where nobody
	// has signed in.
	Controller string
	// Name is how records name who answers for a request.
	Name string
	// Base is the address of the API, without a slash at its end.
	Base string
}

type callKey struct{}

// WithCall returns a context with what is known of a call. Whoever mounts a handler of a
// sender's form signs the caller in and sets it.
func WithCall(ctx context.Context, c Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallOf returns what is known of a call.
func CallOf(r *http.Request) Call {
	c, _ := r.Context().Value(callKey{}).(Call)
	return c
}

// SignedIn reports whether it is known who calls.
func (c Call) SignedIn() bool { return c.Controller != "" && c.Name != "" }

// Need is what a caller needs for a route.
type Need int

// What callers need.
const (
	NeedsNothing  Need = iota // anybody may call
	NeedsReading              // the right to see requests
	NeedsOrdering             // the right to submit and cancel requests
)

// Route is a path that a handler of a sender's form answers.
type Route struct {
	ID      string // of the operation, for logs
	Method  string
	Path    string // below Prefix, with the parameters of net/http's patterns
	Needs   Need
	Media   []string // the content types of its bodies; empty: it has none
	Handler http.Handler
}
