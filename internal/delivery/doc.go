// Package delivery makes the copies that are ordered for a person, in the worker, and looks
// after them until they have ended. What goes into a copy is package personcopy's.
//
// An order is recorded before anybody is told of it, the copy is written before its receipt,
// and the record of its end before it is removed. So whatever dies on the way, the next
// delivery of the message or the next watch goes on, and the same bytes come of it.
package delivery
