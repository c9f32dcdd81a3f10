package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/stack"
)

// looped is what an export by the plain loop took.
type looped struct {
	documents int64
	took      time.Duration // of the process, its start included
	cpu       time.Duration
	inFlight  int
	peak      int64 // of memory, in bytes
	called    called
}

func (l looped) rate() float64 { return float64(l.documents) / l.took.Seconds() }

// loop runs the plain loop against the harness's fake and storage.
func (b *bench) loop(ctx context.Context, h *harness, container string, a fake.Account, of extent) (looped, error) {
	calls := h.calls()
	h.upstream.served.take()
	cmd := exec.CommandContext(ctx, b.bin.loop,
		"-upstream", h.UpstreamURL, "-token", stack.Token, "-container", container,
		"-subscription", a.SubscriptionID, "-group", a.ResourceGroup, "-account", a.Experimentation,
		"-followers="+strconv.FormatBool(of == withFollowers))

	cmd.Env = append(os.Environ(), "STORAGE="+h.Storage())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	err := cmd.Run()
	took := time.Since(began)
	if err != nil {
		return looped{}, fmt.Errorf("running the loop: %w\n%s", err, stderr.Bytes())
	}
	var done struct{ Documents int64 }
	if err := json.Unmarshal(stdout.Bytes(), &done); err != nil {
		return looped{}, fmt.Errorf("reading what the loop did: %w", err)
	}

	return looped{
		documents: done.Documents,
		took:      took,
		cpu:       cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		inFlight:  h.upstream.served.take(),
		peak:      cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10, // in KiB on Linux: getrusage(2)
		called:    h.calls().since(calls),
	}, nil
}
