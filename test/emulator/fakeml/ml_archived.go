package fakeml

import "net/http"

// archived reports whether item i of a list that hides such items is archived.
func archived(i int) bool { return i%5 == 4 }

// hide leaves further items out of the list.
func (l *list) hide(gone func(i int) bool) {
	if already := l.gone; already != nil {
		l.gone = func(i int) bool { return already(i) || gone(i) }
		return
	}
	l.gone = gone
}

// wantsAll reports whether a list is asked for what is archived too.
func (c *call) wantsAll() bool {
	asked := c.query.ViewType
	if c.r.Method != http.MethodPost {
		asked = c.r.URL.Query().Get("listViewType")
	}
	return asked == "All"
}
