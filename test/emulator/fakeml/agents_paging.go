package fakeml

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// Pages of the agent service, which are as OpenAI's: a page has as many objects as limit
// asks for, 20 without it, the newest first unless order says else, and the next one
// comes after the last_id.
const (
	usualLimit = 20
	mostLimit  = 100
)

// answerObjects answers with one page of objects.
func (s *Server) answerObjects(c *call, l list) {
	query := c.r.URL.Query()
	limit, ok := limitOf(query.Get("limit"))
	if !ok {
		c.fail(problem{http.StatusBadRequest, "integer_out_of_range", "Invalid 'limit': it is from 1 to 100."})
		return
	}
	if query.Get("order") != "asc" && !c.route.whole {
		l = l.reversed()
	}

	start := 0
	if after := query.Get("after"); after != "" {
		at, found := l.behind(after)
		if c.effect.ExpireCursor || !found {
			c.fail(problem{http.StatusBadRequest, "invalid_request_error", "No object found with the id of 'after'."})
			return
		}
		start = at
	}

	end := l.after(start, min(limit, s.pageSize))
	if c.route.whole || c.effect.BareArray {
		end = l.total
	}
	if c.effect.Repeat {
		start = l.before(start)
	}

	body, ok := joinItems(c, l, start, end)
	switch {
	case !ok:
		s.record(c, 0)
		return
	case !c.effect.BareArray:
		body = s.wrapObjects(c, body, end < l.total)
	}

	c.send(http.StatusOK, withOrigin(body, s.baseFor(c.r)))
}

// wrapObjects puts a page's objects into the object of the service. A list of files says
// nothing of pages.
func (s *Server) wrapObjects(c *call, items []byte, more bool) []byte {
	fields := []field{{"object", text("list")}, {"data", string(items)}}
	if c.route.whole {
		return []byte(object(0, fields...))
	}

	var objects []struct {
		ID string `json:"id"`
	}
	firstID, last := "null", "null"
	if json.Unmarshal(items, &objects) == nil && len(objects) > 0 {
		firstID, last = text(objects[0].ID), text(objects[len(objects)-1].ID)
	}

	return []byte(object(1, append(fields, field{"first_id", firstID}, field{"last_id", last}, field{"has_more", boolean(more)})...))
}

// limitOf reads how many objects a page may have.
func limitOf(asked string) (int, bool) {
	if asked == "" {
		return usualLimit, true
	}
	n, err := strconv.Atoi(asked)
	return n, err == nil && n >= 1 && n <= mostLimit
}

// reversed is the list from its end.
func (l list) reversed() list {
	r := l
	r.item = func(i int) []byte { return l.item(l.total - 1 - i) }
	if l.gone != nil {
		r.gone = func(i int) bool { return l.gone(l.total - 1 - i) }
	}
	return r
}

// behind is the index behind an object, which may be gone by now. Ids hold the numbers of
// the objects.
func (l list) behind(id string) (int, bool) {
	n, ok := find(numberOf(id), l.total)
	for _, i := range []int{n, l.total - 1 - n} {
		var object struct {
			ID string `json:"id"`
		}
		if ok && json.Unmarshal(l.item(i), &object) == nil && object.ID == id {
			return i + 1, true
		}
	}
	return 0, false
}

// agentError is an error as OpenAI's are; its code may be null.
func agentError(p problem) []byte {
	code := text(p.code)
	if p.status == http.StatusNotFound {
		code = "null"
	}
	return []byte(object(0, field{"error", object(1,
		field{"message", text(p.message)},
		field{"type", text("invalid_request_error")},
		field{"param", "null"},
		field{"code", code},
	)}))
}

// deletedObject is what the agent service answers to a DELETE.
func (s *Server) deletedObject(c *call) []byte {
	return []byte(object(0,
		field{"id", text(s.account.nameOf(c.route.kind, c.at))},
		field{"object", text(c.route.kind + ".deleted")},
		field{"deleted", "true"},
	))
}
