// Package fakeml plays Azure ML on a laptop and in tests: the Resource Manager,
// the model management and the experiments plane of its first generation, the data
// plane of its second, all on one origin, and the storage that signed links lead to.
// It parses requests by the published specification and knows nothing of the client
// that it answers. Documents are made from a
// seed when they are asked for, and what was deleted is all that it remembers;
// faults make it misbehave as the real services do.
package fakeml

import (
	"context"
	"iter"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// Options configure a Server.
type Options struct {
	// Account is what the server holds.
	Account Account
	// Token is the bearer token that every call needs, but for signed links, the
	// discovery of a data plane and /_served. Empty accepts any token, not none.
	Token string
	// DataToken, if set, is the only one that the data plane of the second
	// generation accepts, and that no other plane does.
	DataToken string
	// PageSize is the most items of a list's page. Default 100.
	PageSize int
	// Latency is waited before each answer. Default none.
	Latency time.Duration
	// Deletion says how each DELETE goes that no fault's Deletion says more of.
	// The zero value is a plain one.
	Deletion Deletion
	// Now is the clock that deletions take their time on and that things made again
	// have their creation time from. Default time.Now.
	Now func() time.Time
	// Faults are the first faults; SetFaults replaces them.
	Faults []Fault
	// Logger gets a debug line for each answer. Default: nothing is logged.
	Logger *slog.Logger
}

// Server is the fake; it is an http.Handler. Its methods may be called from any
// goroutine.
type Server struct {
	account   Account
	token     string
	dataToken string
	pageSize  int
	latency   time.Duration
	deletion  Deletion
	logger    *slog.Logger
	routes    []route
	base      atomic.Pointer[string]
	faults    *faultSet
	deletions *deletions
	requests  atomic.Uint64
	served    servedLog
	locks     atomic.Pointer[[]Lock]
}

var _ http.Handler = (*Server)(nil)

// New makes a server. It starts nothing: serve it with net/http.
func New(opts Options) *Server {
	s := &Server{
		account:   opts.Account,
		token:     opts.Token,
		dataToken: opts.DataToken,
		pageSize:  opts.PageSize,
		latency:   opts.Latency,
		deletion:  opts.Deletion,
		logger:    opts.Logger,
		routes:    allRoutes(),
		faults:    newFaultSet(opts.Account.Seed),
	}
	if s.pageSize <= 0 {
		s.pageSize = 100
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}

	now := opts.Now
	if now == nil {
		now = time.Now
	}

	s.deletions = newDeletions(now, func(n int) string { return s.account.guid(ofOperation, uint64(n)) })
	s.SetFaults(opts.Faults...)

	return s
}

// SetBase sets scheme and host of the links in answers and in Documents, such
// as "http://127.0.0.1:8080". Without it an answer's links lead to the host
// that was asked, and those of Documents are relative.
func (s *Server) SetBase(url string) {
	s.base.Store(&url)
}

// SetFaults replaces all faults and starts their counts again.
func (s *Server) SetFaults(faults ...Fault) {
	s.faults.set(faults)
}

// Served returns what has been answered since New, in order of first sight.
func (s *Server) Served() []Served {
	return s.served.list()
}

// Documents yields every document of the account, lists and artifacts' bytes
// left out, and what has been deleted: path and query with which it is asked for, and the exact bytes that
// an answer without faults has. Segments are escaped as by url.PathEscape; a
// client may escape more, so compare paths unescaped. Links inside documents
// (E23) start with what SetBase was given. Of the second generation, what only a
// POST answers with is left out, and the discovery, which is nobody's.
func (s *Server) Documents() iter.Seq2[string, []byte] {
	return s.documents
}

// ServeHTTP implements http.Handler. It ends early when the client goes.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_served" {
		s.served.serve(w)
		return
	}

	c := s.newCall(r)
	c.effect = s.faults.pick(c)

	// Each plane names the request in this header, in good answers and in bad.
	w.Header().Set("X-Ms-Request-Id", s.account.guid(ofRequest, s.requests.Add(1)))
	c.w = newAnswer(r.Context(), w, c.effect, func(status int) { s.record(c, status) })
	if !wait(r.Context(), s.latency+c.effect.Delay) {
		s.record(c, 0)
		return
	}
	if c.effect.Reset {
		s.record(c, 0)
		reset(w)
		return
	}

	s.answer(c)
	c.w.finish()
}

// answer decides in the order of the real thing: what a gateway says, who asks,
// how it is asked, what is there.
func (s *Server) answer(c *call) {
	switch {
	case c.effect.overrules():
		c.overruled()
	case c.route == nil:
		if s.allowed(c) {
			c.fail(c.unrouted)
		}

	case c.route.plane == planeContent:
		s.serveContent(c)
	case c.route.plane == planeDiscovery:
		s.serveDiscovery(c)
	case c.route == &lockRoute:
		if scope, ok := lockScope(c.r); ok && s.allowed(c) && s.versioned(c) {
			s.answerLocks(c, scope)
		}
	case s.allowed(c) && s.versioned(c) && s.wellPosted(c):
		s.answerRow(c)
	}
}

// answerRow answers a call that is well formed.
func (s *Server) answerRow(c *call) {
	switch {
	case c.route.lax:
		c.send(http.StatusOK, []byte("{}"))
	case c.route.deletes:
		s.answerDelete(c)
	case !s.finds(c):
		c.fail(notFound(c.plane))
	case c.effect.Body != "":
		c.send(http.StatusOK, []byte(c.effect.Body))
	case c.route.polls != nil:
		s.answerPoll(c)
	case c.route.list != nil && c.plane == planeAgents:
		s.answerObjects(c, s.listed(c))
	case c.route.list != nil:
		s.answerList(c, s.listed(c))
	case c.route.link != nil:
		c.send(http.StatusOK, c.route.link(s, c.at, s.link(c)))
	default:
		document := c.route.document(s, c.at)
		if c.route.kind == mlRun {
			s.deletions.read(newThing(mlRunning, c.at)) // the answer reports whether it runs
		}
		c.send(http.StatusOK, withOrigin(document, s.baseFor(c.r)))
	}
}

// link is the signed link that E23 answers with.
func (s *Server) link(c *call) string {
	if c.effect.ForeignContentURI != "" {
		return c.effect.ForeignContentURI
	}
	return s.baseFor(c.r) + s.account.contentOf(c.route, c.at)
}

func (s *Server) baseFor(r *http.Request) string {
	if base := s.base.Load(); base != nil {
		return *base
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *Server) record(c *call, status int) {
	s.served.add(Served{
		Endpoint: c.endpoint(),
		Method:   c.r.Method,
		URL:      c.r.URL.RequestURI(),
		Status:   status,
		Body:     string(c.body),
	})
	s.logger.Debug("answered", "endpoint", c.endpoint(), "method", c.r.Method, "status", status)
}

// wait returns false when the context ends first.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
