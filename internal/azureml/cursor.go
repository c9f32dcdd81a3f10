package azureml

import (
	"cmp"
	"net/url"
	"strings"

	"azureml-dsr/internal/dsr"
)

// tokenCursor marks a cursor that is a continuationToken; every other cursor is
// a nextLink as it came. A link that begins so has a scheme that is followed
// nowhere, so taking it for a token loses nothing.
const tokenCursor = "token:"

// follow gives the URL of the page that a cursor leads to. Of a link only the
// query is used: origin and path must be the list's own, and are taken from it.
func follow(first *url.URL, call Call) (*url.URL, error) {
	next := *first
	if token, ok := strings.CutPrefix(call.Cursor, tokenCursor); ok {
		if call.Endpoint.Body == "" { // else the body has it
			next.RawQuery = addQuery(first.RawQuery, cmp.Or(call.Endpoint.Token, "continuationToken"), token)
		}
		return &next, nil
	}
	link, err := parseLink(first, call.Cursor)
	if err != nil || call.Endpoint.Body != "" || !samePath(first, link, call.Endpoint.Plane == ARM) {
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink,
			"%s: the link to the next page leads away from its list", call.Endpoint.ID)
	}
	next.RawQuery = cleanQuery(link.RawQuery)
	return &next, nil
}

// parseLink resolves a link against the list's URL and refuses other origins
// and everything that only serves to disguise one.
func parseLink(first *url.URL, link string) (*url.URL, error) {
	if strings.ContainsAny(link, "\\#\t\r\n") {
		return nil, errForeign
	}
	ref, err := url.Parse(link)
	if err != nil {
		return nil, errForeign // its text would quote the link
	}
	u := first.ResolveReference(ref)
	if u.User != nil || u.Opaque != "" || originOf(u) != originOf(first) {
		return nil, errForeign
	}
	return u, nil
}

// samePath compares segment by segment, each unescaped: services escape
// differently, but an escaped slash never equals a plain one.
func samePath(a, b *url.URL, ignoreCase bool) bool {
	as, bs := strings.Split(a.EscapedPath(), "/"), strings.Split(b.EscapedPath(), "/")
	if len(as) != len(bs) {
		return false
	}
	for i := range as {
		x, errX := url.PathUnescape(as[i])
		y, errY := url.PathUnescape(bs[i])
		if errX != nil || errY != nil || x != y && (!ignoreCase || !strings.EqualFold(x, y)) {
			return false
		}
	}
	return true
}

// cleanQuery escapes the bytes that can't stand in a request line; links come
// with blanks and non-ASCII text. What is escaped already stays as it is.
func cleanQuery(query string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(query) {
		c := query[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>^`{|}", c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
