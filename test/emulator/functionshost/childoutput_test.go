package functionshost

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// busyReader takes so long over each line that the deadline of the last read has
// passed when it is done.
type busyReader struct {
	calls
	output *childOutput
}

func (r *busyReader) Write(p []byte) (int, error) {
	_ = r.output.read.SetReadDeadline(time.Unix(1, 0))
	return r.calls.Write(p)
}

// openOutput is a childOutput whose process-side end is ours.
func openOutput(t *testing.T, to io.Writer) (output *childOutput, child *os.File) {
	t.Helper()
	output, err := newChildOutput(to)
	if err != nil {
		t.Fatal(err)
	}
	child, output.write = output.write, nil
	t.Cleanup(func() { _ = child.Close() })
	return output, child
}

// What is in the pipe when a process has ended is read to the last line, however
// slow the reader is.
func TestWhatAnEndedProcessWroteIsReadToTheEnd(t *testing.T) {
	reader := &busyReader{}
	output, child := openOutput(t, reader)
	reader.output = output
	var want []string
	for i := range 1000 {
		want = append(want, fmt.Sprintf("line %d %s\n", i, strings.Repeat("x", 40)))
	}
	if _, err := child.WriteString(strings.Join(want, "") + "unfinished"); err != nil {
		t.Fatal(err)
	}
	if err := child.Close(); err != nil {
		t.Fatal(err)
	}

	output.start()
	output.finish()

	if !slices.Equal(reader.calls, append(want, "unfinished\n")) {
		t.Errorf("got %d lines, want %d", len(reader.calls), len(want)+1)
	}
}

func TestAGrandchildThatHoldsThePipeIsNotWaitedFor(t *testing.T) {
	output, _ := openOutput(t, &calls{})
	output.delay = time.Millisecond
	output.start()
	output.finish()
}

func TestAGrandchildThatNeverEndsItsOutputIsNotWaitedFor(t *testing.T) {
	output, child := openOutput(t, &calls{})
	output.start()
	broken := make(chan error)
	go func() {
		for {
			if _, err := child.WriteString("on and on\n"); err != nil {
				broken <- err
				return
			}
		}
	}()

	output.finish()

	if err := <-broken; !errors.Is(err, syscall.EPIPE) {
		t.Errorf("got %v", err)
	}
}
