package fakeml

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
)

// nestedCode is ARM's own. Users report it, for example in
// https://github.com/Azure/terraform-provider-azapi/issues/894.
const nestedCode = "CannotDeleteResource"

// Recreate makes what a DELETE's URL names again: the same name, created now, and
// empty. It stands for somebody who has deleted a thing, if it was still there,
// and made another. It answers with an error when the URL is none of a DELETE, when
// what the thing lies in is not there, or when its name waits for a purge.
func (s *Server) Recreate(rawURL string) error {
	u, err := url.Parse(rawURL)
	if err != nil {
		return fmt.Errorf("recreating %s: %w", rawURL, err)
	}
	row, vars, _ := s.find(&http.Request{Method: http.MethodDelete, URL: u}, nil)
	if row == nil || !row.deletes {
		return fmt.Errorf("recreating %s: no DELETE has this path", rawURL)
	}
	at, ok := s.account.locate(vars)
	if !ok || !s.deletions.renew(newThing(row.kind, at)) {
		return fmt.Errorf("recreating %s: there is no place for it", rawURL)
	}

	return nil
}

// answerDelete answers a DELETE that is well formed.
func (s *Server) answerDelete(c *call) {
	how := s.order(c)
	if c.route.refuses != nil {
		if p := c.route.refuses(s, c); p != nil {
			c.fail(*p)
			return
		}
	}

	if l, locked := s.lockedBy(c); locked {
		c.fail(scopeLocked(l))
		return
	}
	if !c.found || c.effect.Vanish {
		c.missing(how.Deletion)
		return
	}

	t := newThing(c.route.kind, c.at)
	accepted, err := s.deletions.begin(t, how, s.inTheWay(t, how.Deletion))
	var inUse *inUseError
	switch {
	case errors.As(err, &inUse):
		c.fail(s.refusal(t, inUse.by))
	case err != nil:
		c.missing(how.Deletion)
	case accepted.longRunning():
		s.accept(c, accepted)
	case c.plane == planeAgents && c.effect.Body == "":
		c.send(http.StatusOK, s.deletedObject(c))
	default:
		c.sendEmpty(how.Status)
	}
}

// order returns what a DELETE asks for, and how it is to go.
func (s *Server) order(c *call) order {
	how := c.effect.Deletion
	how.add(s.deletion)
	how.add(c.route.how)

	if c.route.silent {
		how.AsyncOperation, how.Location, how.RetryAfter = false, false, ""
	}
	if c.route.kind == mlRunning {
		s.restarts(c, &how)
	}

	o := order{Deletion: how.withDefaults()}

	if c.route.second && c.route.kind == inWorkspace {
		o.purge = c.r.URL.Query().Get("forceToPurge") == "true"
		o.soft = !o.purge
	}

	return o
}

// missing answers a DELETE of what isn't there.
func (c *call) missing(how Deletion) {
	if how.Missing == http.StatusNotFound {
		c.fail(notFound(c.plane))
		return
	}
	c.sendEmpty(how.Missing)
}

// inTheWay yields what keeps a thing from being deleted while it is there: what
// uses it, and what lies in it if that isn't to go with it.
func (s *Server) inTheWay(t thing, how Deletion) iter.Seq[thing] {
	return func(yield func(thing) bool) {
		for user := range s.account.usedBy(t) {
			if !yield(user) {
				return
			}
		}

		if n, _ := natureOf(t.kind); !how.RefuseNested && !n.emptied {
			return
		}

		for inner := range s.account.contents(t) {
			if !yield(inner) {
				return
			}
		}
	}
}

// refusal returns the error about what is in the way, in ARM's words when that is
// inside the thing.
func (s *Server) refusal(t, by thing) problem {
	if by.kind == mlRunning {
		return problem{http.StatusConflict, "Conflict", "The job runs: cancel it first."}
	}
	if container, ok := by.container(); ok && container == t {
		return problem{http.StatusConflict, nestedCode, "Cannot delete the resource while it holds others, such as a " + by.kind + "."}
	}
	return problem{http.StatusConflict, "Conflict", fmt.Sprintf("The %s is used by the %s %s.", t.kind, by.kind, s.account.nameOf(by.kind, by.at))}
}

// accept answers that a deletion goes on, and where to ask for it.
func (s *Server) accept(c *call, d deletion) {
	header := c.w.Header()
	if d.AsyncOperation {
		header.Set("Azure-AsyncOperation", s.operationLink(c, d, c.route.operations+statusPath))
	}
	if d.Location {
		header.Set("Location", s.operationLink(c, d, c.route.operations+resultPath))
	}
	if d.RetryAfter != "" {
		header.Set("Retry-After", d.RetryAfter)
	}
	if d.Location && c.route.second {
		header.Set("X-Ms-Async-Operation-Timeout", "PT1H")
	}

	c.sendEmpty(http.StatusAccepted)
}
