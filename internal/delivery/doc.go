// Package delivery makes the copies for a person that are ordered from the worker, and looks
// after them until they end. Package personcopy decides what goes into a copy.
//
// The order is recorded before its message is sent. The copy is written before its receipt, and
// the record of its end before the copy is removed. So if a worker dies at any point, the next
// delivery of the message or the next watch continues, and the bytes are the same.
package delivery
