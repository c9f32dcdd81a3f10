package fakeml

import (
	"net/http"
	"net/url"
	"strings"
)

// Lock is a management lock, which forbids the DELETE of what it is on, of all in it, and
// of all that holds it. ARM refuses such a DELETE; the data planes know no locks.
type Lock struct {
	Scope string // ARM id
	Name  string
	Level string // CanNotDelete or ReadOnly
}

const (
	locksPath    = "/providers/Microsoft.Authorization/locks"
	locksVersion = "2016-09-01"
	lockPageSize = 2
)

// SetLocks replaces all locks.
func (s *Server) SetLocks(locks ...Lock) { s.locks.Store(&locks) }

func (s *Server) allLocks() []Lock {
	if locks := s.locks.Load(); locks != nil {
		return *locks
	}
	return nil
}

// lockScope returns the scope whose locks a request lists.
func lockScope(r *http.Request) (string, bool) {
	at := len(r.URL.Path) - len(locksPath)
	if r.Method != http.MethodGet || at <= 0 || !strings.EqualFold(r.URL.Path[at:], locksPath) {
		return "", false
	}
	return r.URL.Path[:at], true
}

// lockRoute is the row of a list of locks.
var lockRoute = route{endpoint: "LOCKS", plane: planeARM, version: locksVersion}

// answerLocks lists the locks on a scope and around it, and those in it unless the filter
// asks for atScope().
func (s *Server) answerLocks(c *call, scope string) {
	var listed []Lock
	for _, l := range s.allLocks() {
		inIt := within(l.Scope, scope) && c.r.URL.Query().Get("$filter") != "atScope()"
		if inIt || within(scope, l.Scope) {
			listed = append(listed, l)
		}
	}

	from := 0
	if c.r.URL.Query().Get("$skiptoken") != "" {
		from = lockPageSize
	}
	var docs []string
	for _, l := range listed[min(from, len(listed)):] {
		docs = append(docs, object(0,
			field{"id", text(l.Scope + locksPath + "/" + l.Name)},
			field{"type", text("Microsoft.Authorization/locks")},
			field{"name", text(l.Name)},
			field{"properties", object(0, field{"level", text(l.Level)})},
		))
	}

	fields := []field{{"value", "[" + strings.Join(docs, ",") + "]"}}
	if from == 0 && len(docs) > lockPageSize {
		fields[0].value = "[" + strings.Join(docs[:lockPageSize], ",") + "]"
		next := url.URL{Path: c.r.URL.Path, RawQuery: c.r.URL.RawQuery + "&$skiptoken=2"}
		fields = append(fields, field{"nextLink", text(s.baseFor(c.r) + next.String())})
	}

	c.send(http.StatusOK, []byte(object(0, fields...)))
}

// lockedBy returns the lock that forbids a DELETE by ARM.
func (s *Server) lockedBy(c *call) (Lock, bool) {
	if c.plane != planeARM || c.r.Method != http.MethodDelete {
		return Lock{}, false
	}
	for _, l := range s.allLocks() {
		if within(c.r.URL.Path, l.Scope) || within(l.Scope, c.r.URL.Path) {
			return l, true
		}
	}
	return Lock{}, false
}

// scopeLocked is ARM's answer to the DELETE of what a lock is on.
func scopeLocked(l Lock) problem {
	return problem{http.StatusConflict, "ScopeLocked", "The scope cannot perform delete operation because following scope(s) are locked: '" + l.Scope + "'. Please remove the lock and try again."}
}

// within reports whether an ARM id is a scope or in it.
func within(id, scope string) bool {
	id, scope = strings.ToLower(strings.Trim(id, "/")), strings.ToLower(strings.Trim(scope, "/"))
	return id == scope || strings.HasPrefix(id, scope+"/")
}
