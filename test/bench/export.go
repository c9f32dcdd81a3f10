package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/procfs"
)

const (
	// pollEvery is how exactly the end of an export is known. Each look costs Azurite a
	// millisecond of its one thread, so that none is taken before the fake has answered
	// for the last run.
	pollEvery = 20 * time.Millisecond
	// patience bounds an export.
	patience = 20 * time.Minute
)

// exported is what an export by the worker took.
type exported struct {
	documents int64
	took      time.Duration // from sending the request until the manifest is there
	cpu       time.Duration // of all handlers
	inFlight  int           // most calls at once that the fake saw
	called    called
	cost      dsr.Cost // as the manifest states it
}

// rate is in documents per second.
func (e exported) rate() float64 { return float64(e.documents) / e.took.Seconds() }

// export sends a request for the account and waits for its manifest.
func (h *harness) export(ctx context.Context, id string, a fake.Account, of extent) (exported, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	before, err := h.cpuTimes()
	if err != nil {
		return exported{}, err
	}

	calls := h.calls()
	h.upstream.served.take()
	m, took, err := h.request(ctx, requestFor(id, a, of), runsOf(a))
	if err != nil {
		return exported{}, err
	}
	if err := complete(m, a, of); err != nil {
		return exported{}, err
	}

	after, err := h.cpuTimes()
	return exported{
		documents: documentsOf(m),
		took:      took,
		cpu:       after - before,
		inFlight:  h.upstream.served.take(),
		called:    h.calls().since(calls),
		cost:      m.Cost,
	}, err
}

// request sends a request that asks the fake at least so many calls, and waits until it
// is closed.
func (h *harness) request(ctx context.Context, request dsr.Request, calls int64) (dsr.Manifest, time.Duration, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return dsr.Manifest{}, 0, fmt.Errorf("encoding the request: %w", err)
	}

	sent, answered := time.Now(), h.upstream.answered.Load()
	if err := h.connections.Bus.Send(ctx, dsr.QueueRequests, dsr.Message{ID: request.ID, Body: body}); err != nil {
		return dsr.Manifest{}, 0, err
	}

	if err := h.awaitAnswers(ctx, answered, calls); err != nil {
		return dsr.Manifest{}, 0, err
	}

	tick := time.NewTicker(pollEvery)
	defer tick.Stop()

	for {
		m, _, closed, err := h.connections.Ledger.Manifest(ctx, dsr.Attempt{RequestID: request.ID, Number: 1})
		if err != nil || closed {
			return m, time.Since(sent), err
		}

		select {
		case <-tick.C:
		case <-ctx.Done():
			return m, 0, ctx.Err()
		}
	}
}

// complete returns an error that names what an export lacks; nil when it is complete.
func complete(m dsr.Manifest, a fake.Account, of extent) error {
	want := map[string]int64{"E16": runsOf(a)}
	if of == withFollowers {
		artifacts := runsOf(a) * int64(a.ArtifactsPerRun)
		want["E19"], want["E20"], want["E22"], want["E23"] = runsOf(a), artifacts, runsOf(a), artifacts
	}

	var errs []error

	if m.Status != dsr.StatusSucceeded {
		errs = append(errs, fmt.Errorf("the request was closed as %s", m.Status))
	}

	for id, n := range want {
		if got := m.Totals[id].Documents; got != n {
			errs = append(errs, fmt.Errorf("%s: %d documents, not %d", id, got, n))
		}
	}

	return errors.Join(errs...)
}

// documentsOf counts a manifest's documents. E24 repeats E19.
func documentsOf(m dsr.Manifest) int64 {
	var n int64
	for id, t := range m.Totals {
		if id != "E24" {
			n += t.Documents
		}
	}
	return n
}

// cpuTimes returns the CPU time that all handlers have used so far.
func (h *harness) cpuTimes() (time.Duration, error) {
	var sum time.Duration
	for _, pid := range h.handlers() {
		t, err := procfs.CPUTime(pid)
		if err != nil {
			return 0, err
		}
		sum += t
	}
	return sum, nil
}
