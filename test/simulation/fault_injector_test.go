package simulation_test

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// errDead is what everything answers in a process that has died.
var errDead = errors.New("the process is dead")

// faultInjector counts the external effects of a process and kills it at one of
// them: before it, or after it and before its answer arrives.
type faultInjector struct {
	mu    sync.Mutex
	count int
	at    int
	after bool
	// on, where set, chooses the effect by its name instead of at.
	on    func(name string) bool
	dead  bool
	names []string
	// looks counts the external calls without effect.
	looks int
	// listing is how long a listing takes for each call's worth of names.
	listing time.Duration
	// gate, where set, is called before each effect and look: it may wait.
	gate func(name string)
}

func (f *faultInjector) isDead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

// look is an external call without effect.
func (f *faultInjector) look() error {
	if f.gate != nil {
		f.gate("look")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return errDead
	}
	f.looks++
	return nil
}

func (f *faultInjector) effect(name string, do func() error) error {
	if f.gate != nil {
		f.gate(name)
	}

	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return errDead
	}

	f.count++
	f.names = append(f.names, name)
	hit := f.count == f.at || (f.on != nil && f.on(name))
	if hit && !f.after {
		f.dead = true
		return fmt.Errorf("before %s: %w", name, errDead)
	}

	err := do()
	if hit {
		f.dead = true
		return fmt.Errorf("after %s: %w", name, errDead)
	}

	return err
}
