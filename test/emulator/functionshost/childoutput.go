package functionshost

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

const (
	// pipeSize is what a pipe holds at most on Linux, and so what is still to be
	// read of a process that has ended.
	pipeSize = 64 << 10
	// pipeDelay bounds the wait for the rest: a grandchild can hold the pipe open.
	pipeDelay = 2 * time.Second
)

// childOutput copies what one process writes, line by line. exec's own copying
// stops a fixed time after the end of the process, and what a slow reader has
// not taken by then is lost, such as the last lines of a handler that crashes.
type childOutput struct {
	delay       time.Duration
	read, write *os.File
	lines       lineWriter
	copied      chan struct{} // closed when copying has ended
}

func newChildOutput(out io.Writer) (*childOutput, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe for the handler's output: %w", err)
	}
	return &childOutput{
		delay:  pipeDelay,
		read:   read,
		write:  write,
		lines:  lineWriter{out: out},
		copied: make(chan struct{}),
	}, nil
}

// start begins to copy, once the process has its own end of the pipe.
func (o *childOutput) start() {
	_ = o.write.Close()
	go func() {
		defer close(o.copied)
		_, _ = io.Copy(&o.lines, o.read) // until its end, or until finish
	}()
}

// finish copies what is left after the end of the process, and closes all.
func (o *childOutput) finish() {
	_ = o.read.SetReadDeadline(time.Now()) // wakes the copying
	<-o.copied
	_, _ = io.Copy(&o.lines, io.LimitReader(untilSilent{o.read, o.delay}, pipeSize))
	o.lines.flush()
	_ = o.read.Close()
}

// discard closes all when no process was started.
func (o *childOutput) discard() error { return errors.Join(o.read.Close(), o.write.Close()) }

// untilSilent reads as long as no read takes longer than delay. How long
// its reader takes in between doesn't matter.
type untilSilent struct {
	f     *os.File
	delay time.Duration
}

func (r untilSilent) Read(p []byte) (int, error) {
	if err := r.f.SetReadDeadline(time.Now().Add(r.delay)); err != nil {
		return 0, err
	}
	return r.f.Read(p)
}
