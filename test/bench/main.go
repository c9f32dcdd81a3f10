// Command bench measures the worker against a plain loop that does the same
// reading and writing (see plainloop), and prints one table. `make bench` and
// `make bench-short` run it from the repository's root. It runs everything on
// this machine: broker, fake Azure ML and Functions host in its own process, and
// Azurite, handlers and the loop as processes of their own. It reads /proc, so
// it needs Linux.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// bench is one run of all measurements.
type bench struct {
	sizes   sizes
	bin     binaries
	dir     string // for what processes write
	log     *slog.Logger
	results table
}

func main() {
	short := flag.Bool("short", false, "small sizes: under five minutes")
	out := flag.String("out", "", "file to write the table to as well")
	profile := flag.String("profile", "", "only profile one export, and write cpu.pprof and allocs.pprof into this folder")
	peers := flag.Bool("peers", false, "only compare with the tools in test/bench/peers, which make bench-peers installs")
	flag.Parse()
	sizes := fullSizes()
	if *short {
		sizes = shortSizes()
	}
	if err := run(context.Background(), os.Stdout, sizes, *out, *profile, *peers); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures everything, or profiles, and writes the table.
func run(ctx context.Context, stdout io.Writer, sizes sizes, out, profile string, peers bool) (err error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()

	dir, err := os.MkdirTemp("", "dsr-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()

	b := &bench{sizes: sizes, dir: dir, log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	if b.bin, err = build(ctx, dir, profile != ""); err != nil {
		return err
	}
	if profile != "" {
		return b.profile(ctx, profile)
	}

	began := time.Now()
	measure := b.measure
	if peers {
		measure = func(ctx context.Context) error { return b.measurePeers(ctx, stdout) }
	}
	if err := measure(ctx); err != nil {
		return err
	}
	text := heading(ctx, began) + b.results.String()
	if _, err := io.WriteString(stdout, text); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	if out == "" {
		return nil
	}
	if err := os.WriteFile(out, []byte(text), 0o644); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}

	return nil
}

// measure takes all figures, the cheap ones first.
func (b *bench) measure(ctx context.Context) error {
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"start", b.start},
		{"invocation", b.invocation},
		{"small requests", b.small},
		{"calls per document", b.calls},
		{"fading", b.fading},
		{"handlers", b.scaling},
		{"throughput", b.throughput},
		{"memory", b.memory},
	} {
		began := time.Now()
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		b.log.Info("measured", "what", step.name, "took", time.Since(began).Round(time.Second))
	}
	return nil
}
