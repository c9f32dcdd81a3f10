// Package api answers HTTP requests of people and programs: it submits and follows data
// subject requests, approves deletions, puts things on hold and disposes of dead letters.
// It decides who calls and what they may do; all else is package operator's.
package api

import (
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
	"azureml-dsr/internal/verify"
)

// Prefix begins the path of every route. It is the route prefix of the Functions host.
const Prefix = "/api/"

// Options are what the API works with. Operator, Validator and Auth are required.
type Options struct {
	Operator *operator.Operator
	// Validator returns what checks requests. It is called when the first one comes.
	Validator func() (*fanout.Validator, error)
	// Check refuses a new request that the worker would refuse, so that its sender is told at
	// once. Default: nothing is refused before it is sent.
	Check func(fanout.Parsed) error
	// Auth says how callers are recognised.
	Auth Auth
	// Verify is how a verification that is asked for runs.
	Verify *verify.Options
	// Dependencies are what health looks at.
	Dependencies []Dependency
	// Scopes are the names of scopes that a request can use.
	Scopes []string
	// Senders are the routes of other senders' forms.
	Senders []senders.Route
	// Page has the files of the page. Default: there is no page.
	Page fs.FS
	// PublicHost is the host name by which callers reach the app. Default: the one that
	// they have used.
	PublicHost string
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Logger gets a line for each change that is ordered, and each failure. Default:
	// nothing is logged.
	Logger *slog.Logger
}

// server answers requests.
type server struct {
	Options
	auth     *authenticator
	limits   *limiter
	origins  *http.CrossOriginProtection
	health   *health
	counts   *cached[int]
	bodyTime time.Duration

	// Each channel has an element for what is at work just now.
	atOnce    chan struct{} // requests of who has signed in
	anonymous chan struct{} // requests of anybody
	bodies    chan struct{} // bodies that arrive
	verifies  chan struct{} // verifications
}

// What is done at once at most. The functions of the queues share the process.
const (
	maxAtOnce        = 64
	maxVerifications = 2
)

// New returns the handler of all routes. It is safe for concurrent use, and sends nothing
// before the first request.
func New(opts Options) http.Handler { return newServer(opts).handler() }

func newServer(opts Options) *server {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}

	s := &server{
		Options:  opts,
		auth:     newAuthenticator(opts.Auth, opts.Now),
		limits:   newLimiter(opts.Now),
		origins:  ownOrigins(opts.PublicHost),
		bodyTime: bodyTime,

		atOnce:    make(chan struct{}, maxAtOnce),
		anonymous: make(chan struct{}, maxAtOnce),
		bodies:    make(chan struct{}, maxBodies),
		verifies:  make(chan struct{}, maxVerifications),
	}
	s.health = newHealth(opts)
	s.counts = newCached[int](opts.Now, countsAge)

	return s
}
