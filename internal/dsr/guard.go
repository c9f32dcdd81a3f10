package dsr

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Guard makes a function answer a panic with an unclear error: a panic fails its
// invocation, never the process.
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

// panicked is a panic as it may be logged: its value only where the runtime made
// it, for any other may quote somebody's data.
type panicked struct{ what, stack string }

func newPanicked(p any) *panicked {
	what := fmt.Sprintf("%T", p)
	if e, ok := p.(runtime.Error); ok {
		what = e.Error()
	}
	return &panicked{what: what, stack: string(debug.Stack())}
}

func (p *panicked) Error() string { return p.what }
