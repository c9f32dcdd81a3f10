package main

import (
	"context"
	"errors"
	"fmt"
)

// calls counts what an export asks of storage and Service Bus.
func (b *bench) calls(ctx context.Context) (err error) {
	account := accountOf(b.sizes.CountedRuns, 1)
	h, err := b.startHarness(ctx, harnessOptions{Account: account, Hosts: 1, Counted: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()

	h.requests.take()
	e, err := h.export(ctx, "calls", account, withFollowers)
	if err != nil {
		return err
	}

	storage, bus := h.requests.take()
	l, err := b.loop(ctx, h, "calls-loop", account, withFollowers)
	if err != nil {
		return err
	}

	loopStorage, _ := h.requests.take()
	if err := e.called.sameAs(l.called); err != nil {
		return err
	}

	each := func(n, documents int64) string { return fmt.Sprintf("%.3f", float64(n)/float64(documents)) }
	what := fmt.Sprintf("per document, %s runs, artifacts' blobs included", count(b.sizes.CountedRuns))
	b.results.add(row{what: "calls to storage " + what, worker: each(storage, e.documents), loop: each(loopStorage, l.documents)})
	b.results.add(row{what: "requests to Service Bus " + what, worker: each(bus, e.documents)})

	return nil
}

// count writes a number with its thousands apart.
func count(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", count(n/1000), n%1000)
}
