package functionshost

import "time"

const (
	errorsAllowed  = 3
	errorsInterval = 30 * time.Minute
)

// errorBudget counts the handler's errors: the third, each within 30 minutes
// of the one before, is one too many.
type errorBudget struct {
	n    int
	last time.Time
}

// spend counts an error at t and reports whether the host must stop.
func (b *errorBudget) spend(t time.Time) bool {
	if b.n > 0 && t.Sub(b.last) > errorsInterval {
		b.n = 0
	}
	b.n++
	b.last = t
	return b.n >= errorsAllowed
}
