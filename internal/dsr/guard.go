package dsr

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Guard returns f with a panic turned into an unclear error, so that a panic fails its
// invocation and not the process.
func Guard(f func() error) func() error {
	return func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = &Error{Message: "a part of the work panicked", Err: newPanicked(p)}
			}
		}()
		return f()
	}
}

// panicked is a panic as it may be logged. Of a value that the runtime did not make it
// has only the type, for the value may quote personal data.
type panicked struct{ what, stack string }

func newPanicked(p any) *panicked {
	what := fmt.Sprintf("%T", p)
	if e, ok := p.(runtime.Error); ok {
		what = e.Error()
	}
	return &panicked{what: what, stack: string(debug.Stack())}
}

func (p *panicked) Error() string { return p.what }
