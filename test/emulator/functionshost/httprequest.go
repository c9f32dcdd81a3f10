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
	out := httpRequest{
		Request: r,
		query:   queryFields(r.URL.RawQuery),
		headers: headerFields(r),
		params:  params,
	}
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

// unescape decodes a percent-encoded text and leaves what is no escape as it is.
func unescape(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	return s
}

// The real host listens with Kestrel, which has an order of its own for headers
// (KnownHeaders.cs in dotnet/aspnetcore): these first,
var firstHeaders = []string{"Accept", "Connection", "Host", "User-Agent"}

// then these, by name, then Content-Length, and then all others as they came. The
// order and the case of the others are lost in net/http; here they are by name.
var knownHeaders = []string{
	"Accept-Charset", "Accept-Encoding", "Accept-Language", "Access-Control-Request-Headers", "Access-Control-Request-Method",
	"Authorization", "Baggage", "Cache-Control", "Content-Type", "Cookie", "Correlation-Context", "Date", "Expect", "From",
	"Grpc-Accept-Encoding", "Grpc-Encoding", "Grpc-Timeout", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
	"If-Unmodified-Since", "Keep-Alive", "Max-Forwards", "Origin", "Pragma", "Proxy-Authorization", "Range", "Referer",
	"Request-Id", "Te", "Traceparent", "Tracestate", "Translate", "Upgrade", "Upgrade-Insecure-Requests", "Via", "Warning",
}

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
	known := len(firstHeaders)
	switch {
	case slices.Contains(knownHeaders, name):
		return known
	case name == "Content-Length":
		return known + 1
	}
	return known + 2
}
