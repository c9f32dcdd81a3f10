package dsr

import "time"

// DeadLetter is a message of a dead-letter queue.
type DeadLetter struct {
	Queue          string // the queue it was dead-lettered in
	Body           []byte
	MessageID      string
	SequenceNumber int64 // the one it had in its queue
	Deliveries     int   // from 1
	EnqueuedTime   time.Time
	Reason         string
	Description    string
}

// ParkedAttrs returns the log attributes of a dead letter that is parked for a person,
// with the error that says why. Nothing in them is personal.
func (d DeadLetter) ParkedAttrs(why error) []any {
	return append([]any{
		"queue", d.Queue, "sequenceNumber", d.SequenceNumber, "deadLetterReason", d.Reason,
	}, RequestFailureAttrs(RequestIDIn(d.Body), d.Deliveries, why)...)
}
