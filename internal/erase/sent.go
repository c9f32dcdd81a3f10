package erase

// sent is what is known of the DELETE of a thing. It only rises: a DELETE that was
// answered stays answered, also when the thing comes back and the next one finds
// nothing, because somebody else was quicker.
type sent int

const (
	// notSent: no delivery of the task has sent a DELETE.
	notSent sent = iota
	// maybeSent: another delivery has decided to, and no answer is recorded.
	maybeSent
	// answered: Azure ML has answered that a DELETE of this task deletes the thing.
	answered
)

// raise notes what is known of the DELETE, unless more is known already.
func (d *deletion) raise(to sent) { d.sent = max(d.sent, to) }

// deletedByUs reports whether it is by a DELETE of this task that the thing is gone.
func (d *deletion) deletedByUs() bool {
	return d.sent == answered || (d.sent == maybeSent && d.hasOwnName())
}

// hasOwnName reports whether the DELETE names the thing itself. One that is deleted by
// another thing's name goes with that, so its absence proves nothing of a DELETE that
// may have been sent.
func (d *deletion) hasOwnName() bool { return d.row.By == "" && d.row.ItemsOf == "" }
