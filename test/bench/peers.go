package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/procfs"
)

// rates are what one candidate did in the rounds at one latency.
type rates struct {
	rate []float64 // documents per second
	cpu  []float64 // CPU seconds per 1,000 documents
	peak int64     // bytes
}

func (s *rates) add(e exported, peak int64) {
	s.rate = append(s.rate, e.rate())
	s.cpu = append(s.cpu, perThousand(e.cpu, e.documents))
	s.peak = max(s.peak, peak)
}

// candidates names who takes turns, the loop first: it is what the others are
// divided by.
var candidates = [...]string{"loop", "ours", "benthos", "node"}

// measurePeers builds what is compared and compares it.
func (b *bench) measurePeers(ctx context.Context, out io.Writer) (err error) {
	if b.bin.benthos, err = buildBenthos(ctx, b.dir); err != nil {
		return err
	}
	return b.peers(ctx, out)
}

// peers compares the worker with the plain loop and with what a user might pick in
// its place, runs alone, at each latency. It writes one line a round.
func (b *bench) peers(ctx context.Context, out io.Writer) error {
	for _, at := range b.sizes.Peers {
		if err := b.peersAt(ctx, at, out); err != nil {
			return fmt.Errorf("peers at %s: %w", at.Latency, err)
		}
	}
	return nil
}

func (b *bench) peersAt(ctx context.Context, at peerSize, out io.Writer) (err error) {
	account := accountOf(at.Runs, 0)
	h, err := b.startHarness(ctx, harnessOptions{Account: account, Latency: at.Latency, Hosts: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()

	benthos, err := h.startBenthos(ctx, b.bin.benthos)
	if err != nil {
		return err
	}
	node, err := h.startNode(ctx)
	if err != nil {
		return err
	}

	var all [len(candidates)]rates
	for round := range at.Rounds {
		if err := b.peerRound(ctx, h, account, round, benthos, node, &all); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		if _, err := fmt.Fprintf(out, "lat=%dms round=%d%s\n", at.Latency.Milliseconds(), round, roundLine(all, round)); err != nil {
			return err
		}
	}

	b.comparePeers(at, all)

	return nil
}

// peerRound lets each candidate export the account once.
func (b *bench) peerRound(
	ctx context.Context, h *harness, account fake.Account, round int, benthos, node *peer, all *[len(candidates)]rates,
) error {
	id := fmt.Sprintf("round-%d", round)
	l, err := b.loop(ctx, h, "loop-"+id, account, runsAlone)
	if err != nil {
		return err
	}
	all[0].add(exported{documents: l.documents - pagesOf(account), took: l.took, cpu: l.cpu}, l.peak)

	e, err := h.export(ctx, id, account, runsAlone)
	if err != nil {
		return err
	}
	if err := e.called.sameAs(l.called); err != nil {
		return err
	}
	e.documents = runsOf(account)
	b.log.Info("cost", "runs", e.documents, "cost", fmt.Sprintf("%+v", e.cost))
	peak, err := procfs.PeakMemory(h.handlers()[0])
	if err != nil {
		return err
	}
	all[1].add(e, peak)

	for i, p := range []*peer{benthos, node} {
		e, err := h.exportBy(ctx, p, id, account)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		peak, err := procfs.PeakMemory(p.cmd.Process.Pid)
		if err != nil {
			return err
		}
		all[2+i].add(e, peak)
	}

	return nil
}

// roundLine writes a round's figures: rates beside the loop's, CPU seconds per 1,000
// documents, and the peak of memory so far.
func roundLine(all [len(candidates)]rates, round int) string {
	loop := all[0].rate[round]
	var line, cpu, memory string
	for i, name := range candidates {
		line += fmt.Sprintf(" %s=%.0f/s", name, all[i].rate[round])
		if i > 0 {
			line += fmt.Sprintf(" (%.2f)", all[i].rate[round]/loop)
		}
		cpu += fmt.Sprintf(" %s=%.3f", name, all[i].cpu[round])
		memory += fmt.Sprintf(" %s=%.0fMiB", name, float64(all[i].peak)/(1<<20))
	}
	return line + " cpu-s/1000:" + cpu + " memory:" + memory
}

// comparePeers adds the medians. Each ratio is of one round, so that a machine that
// is slower for a while is slower for both.
func (b *bench) comparePeers(at peerSize, all [len(candidates)]rates) {
	ratio := func(of, to []float64) float64 {
		var each []float64
		for i := range of {
			each = append(each, of[i]/to[i])
		}
		return median(each)
	}

	ours := ratio(all[1].rate, all[0].rate)
	ahead := true
	for i, name := range candidates[1:] {
		s := all[1+i]
		theirs := ratio(s.rate, all[0].rate)
		ahead = ahead && ours >= theirs
		want := ""
		if i == 0 {
			want = goal(theirs >= at.Ratio, fmt.Sprintf("≥ %.2f", at.Ratio))
		}

		b.results.add(row{
			what:   fmt.Sprintf("documents/s, %s runs alone, at %d ms, %s", count(at.Runs), at.Latency.Milliseconds(), name),
			worker: fmt.Sprintf("%.0f", median(s.rate)),
			loop:   fmt.Sprintf("%.0f", median(all[0].rate)),
			ratio:  fmt.Sprintf("%.2f", theirs),
			goal:   want,
		})
	}

	b.results.add(row{
		what: fmt.Sprintf("ahead of both peers, at %d ms", at.Latency.Milliseconds()),
		goal: goal(ahead, "yes"),
	})

	const mostCPU = 1.3
	cpu := ratio(all[1].cpu, all[0].cpu)
	b.results.add(row{
		what:   fmt.Sprintf("CPU seconds per 1,000 documents, runs alone, at %d ms", at.Latency.Milliseconds()),
		worker: fmt.Sprintf("%.3f", median(all[1].cpu)),
		loop:   fmt.Sprintf("%.3f", median(all[0].cpu)),
		ratio:  fmt.Sprintf("%.2f", cpu),
		goal:   goal(cpu <= mostCPU, fmt.Sprintf("≤ %.1f ×", mostCPU)),
	})
}

// peerSize is how much candidates export at a latency, and the ratio to the loop
// that the worker is to reach.
type peerSize struct {
	Latency time.Duration
	Runs    int
	Rounds  int
	Ratio   float64
}
