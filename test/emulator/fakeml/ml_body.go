package fakeml

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// query is what the body of a POST asks for.
type query struct {
	ViewType          string
	Top               int
	ContinuationToken string
	RunID             string
	MetricName        string
	MetricNamespace   string
}

// mostInBody bounds a body, in bytes; a query is short.
const mostInBody = 1 << 20

// readBody reads the body of a POST as it was sent.
func readBody(r *http.Request) []byte {
	if r.Method != http.MethodPost || r.Body == nil {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, mostInBody))
	if err != nil {
		return nil // the client has gone
	}
	return body
}

// parseQuery reads a body. A body that is no object asks for nothing.
func parseQuery(body []byte) (query, bool) {
	var q query
	return q, json.Unmarshal(body, &q) == nil
}

func runInBody(q *query) map[string]string { return map[string]string{mlRun: q.RunID} }

func metricInBody(q *query) map[string]string {
	return map[string]string{"mlMetric": q.MetricNamespace + "/" + q.MetricName}
}

// wellPosted checks the body of a POST, and answers when it is wrong for its row. A
// page's token belongs into the body: a call with one in the query is built wrongly.
func (s *Server) wellPosted(c *call) bool {
	switch {
	case c.route.verb() != http.MethodPost || c.route.deletes || c.route.lax:
		return true
	case !strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/json"):
		c.fail(problem{http.StatusUnsupportedMediaType, "UnsupportedMediaType", "The content type is not supported."})
	case !c.posted:
		c.fail(problem{http.StatusBadRequest, "BadArgument", "The body is not valid."})
	case c.r.URL.Query().Has(c.route.cursor):
		c.fail(problem{http.StatusBadRequest, "BadArgument", "The continuation token belongs into the body."})
	default:
		return true
	}
	return false
}
