package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/local/stack"
)

// BenchmarkHandlerMemory prints the handler's peak resident memory for an
// export of 2,000 runs and for one of 20,000, each with a fresh handler, and
// their ratio. It reads /proc, so it runs on Linux.
func BenchmarkHandlerMemory(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "dsr")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building the handler: %v\n%s", err, out)
	}
	for b.Loop() {
		few, fewTime := peakMemory(b, binary, 2000)
		many, manyTime := peakMemory(b, binary, 20_000)
		b.ReportMetric(few, "MiB@2000runs")
		b.ReportMetric(many, "MiB@20000runs")
		b.ReportMetric(many/few, "ratio")
		b.ReportMetric(2000/fewTime.Seconds(), "runs/s@2000")
		b.ReportMetric(20_000/manyTime.Seconds(), "runs/s@20000")
	}
}

// peakMemory runs one export and gives the peak of its handler, in MiB, and how
// long the export took.
func peakMemory(b *testing.B, binary string, runs int) (peak float64, took time.Duration) {
	b.Helper()
	account := fakeAccount(runs)
	account.ArtifactsPerRun = 1
	s, err := startStackOf(b.Context(), binary, stack.Options{AppDir: filepath.Join(b.TempDir(), "app"), Account: account})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			b.Error(err)
		}
	}()
	c, err := connectTo(s)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			b.Error(err)
		}
	}()
	d := &demo{app: &app{now: time.Now}, stack: s, connections: c, request: fakeRequest(fmt.Sprintf("memory-%d", runs), account)}
	begun := time.Now()
	if err := d.submit(b.Context()); err != nil {
		b.Fatal(err)
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for range tick.C {
		m, _, closed, err := c.Ledger.Manifest(b.Context(), dsr.Attempt{RequestID: d.request.ID, Number: 1})
		if err != nil {
			b.Fatal(err)
		}
		if !closed {
			continue
		}
		if m.Status != dsr.StatusSucceeded || m.Totals["E16"].Documents != int64(runs) {
			b.Fatalf("closed as %s with %+v", m.Status, m.Totals["E16"])
		}
		return peakRSS(b, s.PID()), m.ClosedAt.Sub(begun)
	}
	return 0, 0
}

func peakRSS(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		b.Fatal("no VmHWM in /proc: this benchmark needs Linux")
	}
	kib, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
