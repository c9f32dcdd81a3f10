package fakeml

import (
	"net/http"
	"time"
)

// Deletion says how a DELETE goes. The zero value is a plain one: 200, and what
// was named is gone at once and for good, with all that lies in it. Options have
// one for all DELETEs; a Fault's goes before it, field by field. After both come
// what the second generation's services do by themselves, such as a Location.
type Deletion struct {
	// Status is the answer to a deletion that is done, 200 or 204. Default 200.
	Status int
	// Missing is the answer to a DELETE of what isn't there, 404 or 204. Default
	// 404. Where a description of the DELETE is published, it says 204.
	Missing int

	// Takes is how long a deletion runs, on the clock of Options.Now. Above 0 it
	// is long-running: it is answered 202, and until it is done GET and lists
	// still show what it deletes. A DELETE meanwhile is answered as the first was.
	Takes time.Duration
	// AsyncOperation answers 202 with the header Azure-AsyncOperation, which leads
	// to a document whose status is InProgress, Succeeded or Failed.
	AsyncOperation bool
	// Location answers 202 with the header of that name. It leads to 202 until the
	// deletion is done, then to Status, or to 409 if it failed. With neither header
	// a 202 leaves nothing to poll but what is being deleted.
	Location bool
	// Relative makes these links ones without scheme and host.
	Relative bool
	// RetryAfter is the header of that name on a 202 and while the operation runs.
	RetryAfter string
	// Fails lets the operation end as failed, with everything still there. A
	// deletion that is not long-running is then answered as if it were done.
	Fails bool

	// LingerFor and LingerReads let GET and lists show what is gone for a while: for so
	// long after the deletion, and for so many GETs of its own URL. With both, until
	// both are over. For a DELETE it is gone already.
	LingerFor   time.Duration
	LingerReads int
	// ReturnAfter and ReturnAfterReads bring back what was deleted, once, as it was
	// and with what lay in it: so long after the deletion, and after so many GETs
	// of its own URL have been answered 404. With both, after both.
	ReturnAfter      time.Duration
	ReturnAfterReads int

	// RefuseNested answers the DELETE of an account or workspace that still holds
	// others 409 CannotDeleteResource, as many providers of ARM do. Without it they
	// go with it: the descriptions of these providers don't say which.
	RefuseNested bool
}

// add fills what is not set from another.
func (d *Deletion) add(e Deletion) {
	first(&d.Status, e.Status)
	first(&d.Missing, e.Missing)
	first(&d.Takes, e.Takes)
	first(&d.AsyncOperation, e.AsyncOperation)
	first(&d.Location, e.Location)
	first(&d.Relative, e.Relative)
	first(&d.RetryAfter, e.RetryAfter)
	first(&d.Fails, e.Fails)
	first(&d.LingerFor, e.LingerFor)
	first(&d.LingerReads, e.LingerReads)
	first(&d.ReturnAfter, e.ReturnAfter)
	first(&d.ReturnAfterReads, e.ReturnAfterReads)
	first(&d.RefuseNested, e.RefuseNested)
}

// withDefaults fills in the answers.
func (d Deletion) withDefaults() Deletion {
	first(&d.Status, http.StatusOK)
	first(&d.Missing, http.StatusNotFound)
	return d
}

func (d *Deletion) longRunning() bool {
	return d.Takes > 0 || d.AsyncOperation || d.Location
}
