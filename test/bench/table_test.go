package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestTheTableIsMarkdown(t *testing.T) {
	var rows table
	rows.add(row{
		what:   "documents/s",
		worker: "90",
		loop:   "100",
		ratio:  "0.90",
		goal:   goal(false, "≥ 0.92"),
	})
	rows.add(row{what: "peak memory", worker: "36.0 MiB", goal: goal(true, "≤ 64 MiB")})
	const want = `| what | worker | plain loop | ratio | goal |
|---|---|---|---|---|
| documents/s | 90 | 100 | 0.90 | ≥ 0.92: missed |
| peak memory | 36.0 MiB |  |  | ≤ 64 MiB: met |
`
	if got := rows.String(); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestTheHeadingNamesDateAndMachine(t *testing.T) {
	got := heading(context.Background(), time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	if !strings.HasPrefix(got, "2026-11-24, commit ") || !strings.Contains(got, " cores (") || strings.Contains(got, "unknown,") {
		t.Errorf("got %q", got)
	}
}

func TestNumbersHaveTheirThousandsApart(t *testing.T) {
	for n, want := range map[int]string{7: "7", 999: "999", 2000: "2,000", 20_050: "20,050", 1_000_000: "1,000,000"} {
		if got := count(n); got != want {
			t.Errorf("%d: got %s", n, got)
		}
	}
}

func TestMediansAreHeldAgainstTheGoals(t *testing.T) {
	b := &bench{sizes: fullSizes()}
	p := pairs{
		worker:    []float64{90, 95, 10},
		loop:      []float64{100, 100, 100},
		workerCPU: []float64{0.1, 0.1, 0.5},
		loopCPU:   []float64{0.05, 0.05, 0.05},
	}
	for _, size := range b.sizes.Followers {
		b.compare(p, size)
	}
	text := b.results.String()
	for _, want := range []string{
		"| documents/s, 20,000 runs with followers, at 0 ms, median of 3 | 90 | 100 | 0.90 | ≥ 0.72: met |",
		"| documents/s, 20,000 runs with followers, at 5 ms, median of 3 | 90 | 100 | 0.90 | ≥ 0.85: met |",
		"| documents/s, 4,000 runs with followers, at 50 ms, median of 3 | 90 | 100 | 0.90 | ≥ 0.92: missed |",
		"| CPU seconds per 1,000 documents, at 5 ms | 0.100 | 0.050 | 2.00 | ≤ 1.3 ×: missed |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
}
