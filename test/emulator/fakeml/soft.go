package fakeml

import (
	"net/http"
	"net/url"
)

// SoftDeleted reports whether what a DELETE's URL names was deleted softly and not
// purged since.
func (s *Server) SoftDeleted(rawURL string) bool {
	u, err := url.Parse(rawURL)
	if err != nil {
		return false
	}
	row, vars, _ := s.find(&http.Request{Method: http.MethodDelete, URL: u}, nil)
	if row == nil || !row.deletes {
		return false
	}
	at, ok := s.account.locate(vars)
	return ok && s.deletions.softDeleted(newThing(row.kind, at))
}

// softDeleted reports whether a thing is gone but kept.
func (d *deletions) softDeleted(t thing) bool {
	d.lock()
	defer d.mu.Unlock()
	return d.lives[t].soft
}

// keep notes whether what has ended is kept until a purge. It needs the lock.
func (d *deletions) keep(t thing, soft bool) {
	l := d.lives[t]
	l.soft = soft
	d.lives[t] = l
}
