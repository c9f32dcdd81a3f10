package customhandler

import (
	"context"
	"net/http"
	"strings"
)

// retryAfterStop is the Retry-After of a request that comes while Serve stops, in seconds.
const retryAfterStop = "5"

// HandleHTTP registers a handler of the requests that the host forwards, which is what it
// does with HTTP triggers where host.json has enableForwardingHttpRequest. They come on the
// caller's own path, which begins with prefix, such as "/api/". Path and context are checked
// before h is called: a path is plain, and the context ends with the invocation's time.
// HandleHTTP panics if a handler is registered already.
func (s *Server) HandleHTTP(prefix string, h http.Handler) {
	if s.web != nil {
		panic("customhandler: HTTP is registered twice")
	}
	s.prefix, s.web = prefix, h
}

// isForwarded reports whether a request is a caller's own. No function has a slash in its
// name, so none can be reached by such a path.
func (s *Server) isForwarded(r *http.Request) bool {
	return s.web != nil && strings.HasPrefix(r.URL.Path, s.prefix)
}

// forwarded passes a caller's request on. Unlike a message it may be refused while Serve
// stops: the caller tries again.
func (s *Server) forwarded(w http.ResponseWriter, r *http.Request) {
	// What is answered here is as little to be kept or guessed at as what web answers.
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if !isPlain(r.URL.EscapedPath()) {
		answer(w, http.StatusNotFound, bodyUnknown)
		return
	}
	if !s.gate.enter() {
		w.Header().Set("Retry-After", retryAfterStop)
		answer(w, http.StatusServiceUnavailable, bodyStopping)
		return
	}
	defer s.gate.leave()

	ctx, cancel := context.WithTimeout(r.Context(), s.invocationTimeout)
	defer cancel()
	id := r.Header.Get(headerInvocationID)

	err := guard(withInvocationID(ctx, id), s.logger.With("invocationId", id), call{}, func(ctx context.Context, _ call) (err error) {
		defer func() {
			if p := recover(); p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
				err = http.ErrAbortHandler
			} else if p != nil {
				panic(p)
			}
		}()
		s.web.ServeHTTP(w, r.WithContext(ctx))
		return nil
	})
	if err != nil {
		panic(http.ErrAbortHandler) // ends the answer, which may have begun
	}
}

// isPlain reports whether an escaped path means the same to everybody who reads it. It has
// no empty and no dot segments, and nothing that stands for a slash or a dot.
func isPlain(path string) bool {
	lower := strings.ToLower(path)
	for _, trick := range []string{"%2f", "%5c", "%2e", "%25", "%00", `\`, "//"} {
		if strings.Contains(lower, trick) {
			return false
		}
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}
