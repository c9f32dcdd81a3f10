package dsr

import (
	"fmt"
	"runtime/debug"
)

// Guard makes a function that is to run in a goroutine of its own answer a
// panic with an error: a panic fails its invocation, never the process.
func Guard(f func() error) func() error {
	return func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = &Error{Message: "a part of the work panicked", Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
			}
		}()
		return f()
	}
}
