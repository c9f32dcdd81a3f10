package fakeml

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// call is one request on its way to its answer.
type call struct {
	r        *http.Request
	w        *answer
	route    *route // nil when no row fits
	plane    plane
	at       place
	found    bool // the path leads to something of this account, deleted or not
	unrouted problem
	effect   Fault // all faults of this call, merged
	// operation is the id of the one that is polled.
	operation string
	// body is what a POST sent, and query what it asks for; posted is false for a
	// body that can't be read.
	body   []byte
	query  query
	posted bool
}

func (s *Server) newCall(r *http.Request) *call {
	c := &call{r: r, body: readBody(r)}
	c.query, c.posted = parseQuery(c.body)
	if _, ok := lockScope(r); ok {
		c.route = &lockRoute
		return c
	}
	row, vars, otherMethod := s.find(r, &c.query)
	c.route = row
	if row != nil {
		c.plane = row.plane
		c.at, c.found = s.account.locate(vars)
		c.operation = vars["operation"]
		return c
	}

	c.plane = planeOf(r.URL.Path)
	c.unrouted = notFound(c.plane)
	if otherMethod {
		c.unrouted = problem{http.StatusMethodNotAllowed, "MethodNotAllowed", "The method is not allowed here."}
	}

	return c
}

// endpoint is the row's id, or "" when no row fits.
func (c *call) endpoint() string {
	if c.route == nil {
		return ""
	}
	return c.route.endpoint
}

// cursorName is the query parameter that carries a list's cursor.
func (c *call) cursorName() string {
	switch {
	case c.route != nil && c.route.cursor != "":
		return c.route.cursor
	case c.plane == planeEXP:
		return "continuationToken"
	}
	return "$skipToken"
}

// cursor is the one that a call carries, "" for none: a POST in its body.
func (c *call) cursor() string {
	if c.r.Method == http.MethodPost {
		return c.query.ContinuationToken
	}
	return c.r.URL.Query().Get(c.cursorName())
}

// pageSize is how many items a call wants on a page; 0 is as many as there may be.
func (c *call) pageSize() int {
	if c.r.Method == http.MethodPost {
		return c.query.Top
	}
	top, _ := strconv.Atoi(c.r.URL.Query().Get("$top")) // an error asks for no size
	return top
}

// allowed checks the bearer token, and answers when it is missing or wrong.
func (s *Server) allowed(c *call) bool {
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && token != "" && s.accepts(c.plane, token) {
		return true
	}
	c.w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="https://login.windows.net/common", error="invalid_token", error_description="The access token is missing or invalid."`)
	c.fail(problem{http.StatusUnauthorized, "AuthenticationFailed", "Authentication failed."})
	return false
}

// accepts reports whether a plane lets a token in. The data plane of the second
// generation may have one of its own, which no other plane accepts then.
func (s *Server) accepts(p plane, token string) bool {
	if s.dataToken != "" && slices.Contains([]plane{planeML, planeRegistry, planeAgents, planeGeneric}, p) {
		return token == s.dataToken
	}
	return (s.token == "" || s.token == token) && (s.dataToken == "" || token != s.dataToken)
}

// versioned checks the api-version, and answers when it isn't the row's. The
// experiments plane has none, and a call that sends one there was built wrongly.
func (s *Server) versioned(c *call) bool {
	given, has := c.r.URL.Query()["api-version"]
	switch {
	case c.route.lax, c.route.version == "" && !has:
		return true
	case c.route.version != "" && !has:
		c.fail(problem{http.StatusBadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests."})
		return false
	case len(given) == 1 && c.route.takes(given[0]):
		return true
	}
	c.fail(problem{http.StatusBadRequest, "InvalidApiVersionParameter", "The api-version is invalid for this resource."})
	return false
}

// overruled answers as a gateway in front of the service, if a fault asks for it.
func (c *call) overruled() {
	status := c.effect.Status
	if c.effect.Redirect != "" {
		c.w.Header().Set("Location", c.effect.Redirect)
		if status == 0 {
			status = http.StatusFound
		}
	}
	if c.effect.Body != "" || status < http.StatusBadRequest {
		c.send(status, []byte(c.effect.Body))
		return
	}
	c.fail(gatewayProblem(status))
}

// sendEmpty answers without a body, unless a fault has one.
func (c *call) sendEmpty(status int) {
	if c.effect.Body != "" {
		c.send(status, []byte(c.effect.Body))
		return
	}
	c.w.WriteHeader(status)
}

// send answers with a JSON body.
func (c *call) send(status int, body []byte) {
	c.sendAs("application/json; charset=utf-8", status, body)
}

func (c *call) sendAs(contentType string, status int, body []byte) {
	header := c.w.Header()
	header.Set("Content-Type", contentType)
	if c.effect.Gzip {
		body = gzipped(body)
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	if len(body) > 0 {
		_, _ = c.w.Write(body) // an error means that the client has gone
	}
}
