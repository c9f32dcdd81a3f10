package functionshost

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// httpRequest is a caller's request as the real host sees it.
type httpRequest struct {
	*http.Request
	query   []field
	headers []field
	params  []param
	// body is nil when the caller gave no length: such a body isn't bound
	// (HttpRequestExtensions.GetRequestAsJObject).
	body []byte
}

// field is a header or a parameter of the query, with all its values.
type field struct {
	name   string
	values []string
}

func (f field) joined() string { return strings.Join(f.values, ",") }
func (f field) last() string   { return f.values[len(f.values)-1] }

func newHTTPRequest(r *http.Request, body []byte, params []param) httpRequest {
	out := httpRequest{Request: r, query: queryFields(r.URL.RawQuery), headers: headerFields(r), params: params}
	if r.ContentLength > 0 {
		out.body = body
	}
	return out
}

// queryFields are in the order of the query; names that differ in case are one.
func queryFields(raw string) []field {
	var all []field
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		escapedName, escapedValue, _ := strings.Cut(pair, "=")
		name, value := unescape(escapedName), unescape(escapedValue)
		i := slices.IndexFunc(all, func(f field) bool { return strings.EqualFold(f.name, name) })
		if i < 0 {
			all = append(all, field{name: name})
			i = len(all) - 1
		}
		all[i].values = append(all[i].values, value)
	}
	return all
}

// unescape leaves what is no escape as it is.
func unescape(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	return s
}

// firstHeaders come before the others in Kestrel, which the real host listens
// with, and Content-Length comes after them; between them they are in order of
// name. Names that Kestrel doesn't know come last there, as they were sent; this
// order and their case are lost in net/http.
var firstHeaders = []string{"Accept", "Connection", "Host", "User-Agent"}

func headerFields(r *http.Request) []field {
	all := []field{{"Host", []string{r.Host}}}
	for name, values := range r.Header {
		all = append(all, field{name, values})
	}
	slices.SortFunc(all, func(a, b field) int {
		if rank := headerRank(a.name) - headerRank(b.name); rank != 0 {
			return rank
		}
		return strings.Compare(a.name, b.name)
	})
	return all
}

func headerRank(name string) int {
	if i := slices.Index(firstHeaders, name); i >= 0 {
		return i
	}
	if name == "Content-Length" {
		return len(firstHeaders) + 1
	}
	return len(firstHeaders)
}
