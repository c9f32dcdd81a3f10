package azureml

import (
	"cmp"
	"net/url"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream"
)

// tokenCursor begins a cursor that is a continuationToken. Every other cursor is a
// nextLink as it came. A link that begins so has a scheme that is never followed, so
// nothing is lost by taking it for a token.
const tokenCursor = "token:"

// follow returns the URL of the page of a cursor. Of a link, only the query is used. Its
// origin and path must be the list's, and are taken from there.
func follow(first *url.URL, call Call) (*url.URL, error) {
	next := *first
	if token, ok := strings.CutPrefix(call.Cursor, tokenCursor); ok {
		if call.Operation.Body == "" { // else the body has it
			next.RawQuery = addQuery(first.RawQuery, cmp.Or(call.Operation.Token, "continuationToken"), token)
		}
		return &next, nil
	}

	link, err := upstream.ResolveLink(first, call.Cursor)
	if err != nil || call.Operation.Body != "" || !samePath(first, link, call.Operation.Plane == ARM) {
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonForeignLink,
			"%s: the link to the next page leads away from its list", call.Operation.ID)
	}

	next.RawQuery = upstream.EscapeQuery(link.RawQuery)
	return &next, nil
}

// samePath reports whether two paths are the same, segment by segment, each unescaped.
// Services escape differently, but an escaped slash never equals a plain one.
func samePath(a, b *url.URL, ignoreCase bool) bool {
	as, bs := strings.Split(a.EscapedPath(), "/"), strings.Split(b.EscapedPath(), "/")
	if len(as) != len(bs) {
		return false
	}
	for i := range as {
		x, errX := url.PathUnescape(as[i])
		y, errY := url.PathUnescape(bs[i])
		if errX != nil || errY != nil || (x != y && (!ignoreCase || !strings.EqualFold(x, y))) {
			return false
		}
	}
	return true
}
