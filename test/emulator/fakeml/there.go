package fakeml

import (
	"strings"
	"time"
)

// finds reports whether what a GET asks for is there to be seen.
func (s *Server) finds(c *call) bool {
	if !c.found || c.effect.Vanish {
		return false
	}

	t, ok := c.route.thing(c.at)
	switch {
	case !ok || c.route.polls != nil: // an operation outlives what it deletes
		return true
	case c.route.isThing():
		return s.deletions.read(t)
	case c.route.list != nil && !strings.Contains(c.route.pattern, "{run}"):
		return s.deletions.shows(t) // empty in a thing that was made again
	}

	return s.deletions.shows(t) && !s.wentWithTheOld(c.route, c.at)
}

// wentWithTheOld reports whether a row leads into a thing that was made again
// since it held what the row leads to. What is a thing itself knows that alone.
func (s *Server) wentWithTheOld(row *route, at place) bool {
	t, ok := row.thing(at)
	if !ok || row.isThing() || row.items != "" {
		return false
	}
	_, recreated := s.deletions.created(t)
	return recreated
}

// created is when a thing was made: so many minutes after the account's first
// day, or when it was made again.
func (s *Server) created(kind string, at place, n int) time.Time {
	if recreated, ok := s.deletions.created(newThing(kind, at)); ok {
		return recreated
	}
	return minute(n)
}
