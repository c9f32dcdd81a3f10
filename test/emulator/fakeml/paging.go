package fakeml

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// expiredCursor is the code of an answer to a cursor that is too old.
const expiredCursor = "ExpiredContinuationToken"

// list is what a row lists: how many items, and each by its index. Gone reports which
// of them were deleted; nil is none. Indexes, and so cursors, stay the same when an
// item is deleted: the pages of one pass neither miss nor repeat another item.
type list struct {
	total int
	item  func(i int) []byte
	gone  func(i int) bool
	place func(i int) place // of item i, for a list of things
	head  []field           // of the object around the items
	// archived reports which items are archived; nil is every fifth.
	archived func(i int) bool
}

// listed is the list of a row, without what was deleted.
func (s *Server) listed(c *call) list {
	if s.wentWithTheOld(c.route, c.at) {
		return list{}
	}

	l := c.route.list(s, c.at)

	if kind := c.route.items; kind != "" {
		l.hide(func(i int) bool { return !s.deletions.shows(newThing(kind, l.place(i))) })
	}

	if c.route.archives && !c.wantsAll() {
		if l.archived == nil {
			l.archived = archived
		}
		l.hide(l.archived)
	}

	return l
}

// after is the index of the item that comes after n others from an index on; the
// list's end, if none does.
func (l list) after(start, n int) int {
	if l.gone == nil {
		return min(start+n, l.total)
	}

	for i := start; i < l.total; i++ {
		switch {
		case l.gone(i):
		case n == 0:
			return i
		default:
			n--
		}
	}
	return l.total
}

// before is the index of the item before another, or the same if there is none.
func (l list) before(start int) int {
	for i := start - 1; i >= 0; i-- {
		if l.gone == nil || !l.gone(i) {
			return i
		}
	}
	return start
}

// cursor is where a page of one list begins. Again distinguishes the cursors of empty
// pages, which begin at the same item.
type cursor struct {
	list          uint64
	offset, again int
}

// encode makes the cursor opaque. Its alphabet has +, / and =, which a client
// must escape.
func (c cursor) encode() string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "1!%016x!%d!%d", c.list, c.offset, c.again))
}

var errCursor = errors.New("reading a cursor: it is not one of this server")

func parseCursor(s string) (cursor, error) {
	plain, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return cursor{}, errCursor
	}
	var c cursor
	if _, err := fmt.Sscanf(string(plain), "1!%x!%d!%d", &c.list, &c.offset, &c.again); err != nil {
		return cursor{}, errCursor
	}
	if c.encode() != s || c.offset < 0 || c.again < 0 {
		return cursor{}, errCursor
	}
	return c, nil
}

// listID binds a cursor to its list.
func (s *Server) listID(c *call) uint64 {
	return s.account.number(append(c.at.parts(ofList), hashText(c.route.endpoint))...)
}

// answerList answers with one page.
func (s *Server) answerList(c *call, l list) {
	l.total = max(l.total, 0)
	here := cursor{list: s.listID(c)}

	if given := c.cursor(); given != "" {
		parsed, err := parseCursor(given)
		switch {
		case c.effect.ExpireCursor:
			status := c.effect.Status
			if status == 0 {
				status = http.StatusBadRequest
			}
			c.fail(problem{status, expiredCursor, "The continuation token has expired."})
			return

		case err != nil || parsed.list != here.list || parsed.offset > l.total:
			c.fail(problem{http.StatusBadRequest, "InvalidContinuationToken", "The continuation token is not valid for this list."})
			return
		}

		here = parsed
	}

	start, end, next := s.window(c, here, l)
	body, ok := joinItems(c, l, start, end)
	if !ok {
		s.record(c, 0)
		return
	}

	if !c.effect.BareArray {
		body = s.wrap(c, l.head, body, next)
	}

	c.send(http.StatusOK, withOrigin(body, s.baseFor(c.r)))
}

// window returns the items of a page, and the cursor of the next, nil at the end.
func (s *Server) window(c *call, here cursor, l list) (start, end int, next *cursor) {
	effect, size := &c.effect, s.pageSize
	if asked := c.pageSize(); asked > 0 {
		size = min(size, asked)
	}

	switch {
	case effect.BareArray:
		return here.offset, l.total, nil
	case effect.EmptyPage:
		return here.offset, here.offset, &cursor{here.list, here.offset, here.again + 1}
	}

	start, end = here.offset, l.after(here.offset, size)
	if end < l.total {
		next = &cursor{here.list, end, 0}
	}
	if effect.Repeat {
		start = l.before(start)
	}

	return start, end, next
}

// joinItems writes items as an array. It returns false when the client went.
func joinItems(c *call, l list, start, end int) ([]byte, bool) {
	body := []byte{'['}
	for i := start; i < end; i++ {
		if c.r.Context().Err() != nil {
			return nil, false
		}
		if l.gone != nil && l.gone(i) {
			continue
		}

		if len(body) > 1 {
			body = append(body, ',')
		}

		body = append(body, l.item(i)...)
	}
	return append(body, ']'), true
}

// hasTokens reports whether a plane writes a token beside the link to a page.
func (p plane) hasTokens() bool { return p == planeEXP || p == planeML || p == planeRegistry }

// wrap puts a page's items into the object of its plane. At the end the planes
// with tokens write nulls, the others leave the link out.
func (s *Server) wrap(c *call, head []field, items []byte, next *cursor) []byte {
	fields := append(slices.Clone(head), field{"value", string(items)})
	link := s.nextLink(c, next)

	if c.plane.hasTokens() {
		token, quoted := "null", "null"
		if next != nil {
			token = text(next.encode())
		}
		if link != "" {
			quoted = text(link)
		}

		fields = append(fields, field{"continuationToken", token})
		if !c.effect.NoNextLink {
			fields = append(fields, field{"nextLink", quoted})
		}
	} else if link != "" {
		fields = append(fields, field{"nextLink", text(link)})
	}

	return []byte(object(0, fields...))
}

// deadEnd is the link of a list by POST, which leads nowhere.
const deadEnd = "/history/v1.0/next-page-without-a-body"

// nextLink repeats the call with the next cursor; "" at the end.
func (s *Server) nextLink(c *call, next *cursor) string {
	if c.effect.ForeignNextLink != "" {
		return c.effect.ForeignNextLink
	}
	if next == nil {
		return ""
	}

	link := deadEnd // of a POST: a link can't carry its body

	if c.r.Method != http.MethodPost {
		query := c.r.URL.Query()
		query.Set(c.cursorName(), next.encode())
		// Azure writes the dollar sign as it is.
		link = c.r.URL.EscapedPath() + "?" + strings.ReplaceAll(query.Encode(), "%24", "$")
	}

	if c.effect.RelativeNextLink {
		return link
	}

	return s.baseFor(c.r) + link
}
