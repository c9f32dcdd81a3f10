package api

import (
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/telemetry"
)

// answerTime bounds the work of one answer. The front end of the platform waits 230 s.
const answerTime = 200 * time.Second

// handler returns the handler of all routes. Each request passes, in this order: headers,
// who calls, how often, what they may do, where they come from, and the size of the body.
func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range slices.Concat(routes(), unlisted(), foreign(s.Senders)) {
		mux.HandleFunc(r.pattern(), func(w http.ResponseWriter, req *http.Request) { s.serve(w, req, r) })
	}

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.secure(w.Header())
		s.hurry(w, r)
		h, pattern := mux.Handler(r)
		if !isClean(r.URL.Path) { // mux would redirect, and the Functions host follow
			pattern, h = "", http.NotFoundHandler()
		}
		if pattern == "" {
			s.unknown(w, r, h)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// isClean reports whether a path has neither dots nor empty segments.
func isClean(p string) bool {
	return path.Clean(p) == strings.TrimSuffix(p, "/")
}

// serve answers a request to a route.
func (s *server) serve(w http.ResponseWriter, r *http.Request, to route) {
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	r = r.WithContext(ctx)
	span := telemetry.Current(ctx)
	span.Rename(to.pattern())
	span.Text("http.route", Prefix+to.path)

	p, err := s.admit(r, to)
	if err == nil {
		r = r.WithContext(withPrincipal(ctx, p))
		err = s.receive(w, r, to)
	}
	if err == nil {
		err = s.answer(w, r, to)
	}

	status := http.StatusOK
	if err != nil {
		status = s.fail(w, r, to, err)
	}
	if isWrite(r.Method) {
		s.Logger.InfoContext(ctx, "an order came by HTTP", "operation", to.id, "requestId", loggedID(r), "by", p.ObjectID, "refused", err != nil, "status", status)
	}
}

// answer calls a route's handler, unless too many are at work. Those that need nobody to sign
// in are counted apart, so that neither kind takes the other's place.
func (s *server) answer(w http.ResponseWriter, r *http.Request, to route) error {
	atOnce := s.atOnce
	if to.role == anybody {
		atOnce = s.anonymous
	}

	select {
	case atOnce <- struct{}{}:
		defer func() { <-atOnce }()
		return to.handle(s, w, r)
	default:
		return busy("the app answers as many requests as it can; try again in a moment")
	}
}

// admit returns who calls, or why the call is refused.
func (s *server) admit(r *http.Request, to route) (principal, error) {
	p, known := s.auth.authenticate(r)
	if known == nil {
		known = mayCall(p, to.role)
	}

	// A refused call counts too, so that nobody can try at any rate.
	if wait, ok := s.limits.allow(clientOf(r, p)); !ok {
		return p, tooMany(wait)
	}
	if to.role == anybody {
		return p, checkLength(r, to)
	}
	if known != nil {
		return p, known
	}

	return p, errors.Join(s.checkOrigin(r, to.media), checkLength(r, to))
}

func limitOf(to route) int64 {
	if to.limit > 0 {
		return to.limit
	}
	return defaultLimit
}

// checkLength refuses a body that says itself that it is too long.
func checkLength(r *http.Request, to route) error {
	if r.ContentLength > limitOf(to) {
		return tooLong(limitOf(to))
	}
	return nil
}

// unknown answers what has no route. mux's own handler knows whether another method has.
func (s *server) unknown(w http.ResponseWriter, r *http.Request, mux http.Handler) {
	if wait, ok := s.limits.allow(clientOf(r, principal{})); !ok {
		s.fail(w, r, route{}, tooMany(wait))
		return
	}

	var answer methodAnswer
	mux.ServeHTTP(&answer, r)
	if allow := answer.Header().Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		s.fail(w, r, route{}, &problem{Status: http.StatusMethodNotAllowed, Code: "MethodNotAllowed", Detail: "this path takes " + allow})
		return
	}

	s.fail(w, r, route{}, &problem{Status: http.StatusNotFound, Code: "NotFound", Detail: "there is no such path; /api/openapi.json has all of them"})
}

// methodAnswer keeps the headers of an answer and nothing else.
type methodAnswer struct{ header http.Header }

func (m *methodAnswer) Header() http.Header {
	if m.header == nil {
		m.header = http.Header{}
	}
	return m.header
}

func (*methodAnswer) Write(b []byte) (int, error) { return len(b), nil }
func (*methodAnswer) WriteHeader(int)             {}

func isWrite(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}
