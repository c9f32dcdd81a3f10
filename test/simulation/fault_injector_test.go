package simulation_test

import (
	"errors"
	"fmt"
	"strings"
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
	on func(name string) bool
	// target, where set, is an effect at which the process must have died by the end.
	target string
	dead   bool
	names  []string
	// reads counts the external calls without effect.
	reads int
	// listing is how long a listing takes for each call's worth of names.
	listing time.Duration
	// gate, where set, is called before each effect and each read. It may block.
	gate func(name string)
}

// dyingBefore kills its process before the first effect whose name contains a text. The
// test fails when there is none.
func dyingBefore(effect string) *faultInjector {
	return &faultInjector{
		target: effect,
		on:     func(name string) bool { return strings.Contains(name, effect) },
	}
}

// dyingAfter kills its process after the first effect whose name contains a text, before
// the answer arrives. The test fails when there is none.
func dyingAfter(effect string) *faultInjector {
	f := dyingBefore(effect)
	f.after = true
	return f
}

func (f *faultInjector) isDead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

// read counts an external call without effect.
func (f *faultInjector) read() error {
	if f.gate != nil {
		f.gate("read")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return errDead
	}
	f.reads++
	return nil
}

// effect makes an external call that changes something, unless the process is dead or
// dies before it.
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
