package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

const (
	// listReads is how many requests are read at once.
	listReads = 16
	// listPatience is how many blobs of one request are passed over before the
	// listing begins anew behind them.
	listPatience = 5000
)

// readOpen reads the attempts that the index names.
func readOpen(ctx context.Context, c *config.Connections) ([]listed, error) {
	return readEach(ctx, c.Ledger.ListOpen(ctx), func(ctx context.Context, a dsr.Attempt) (listed, bool, error) {
		l, err := readListed(ctx, c, a)
		return l, true, err
	})
}

// readClosed reads the requests whose last attempt is closed.
func readClosed(ctx context.Context, c *config.Connections) ([]listed, error) {
	return readEach(ctx, requestIDs(ctx, c.Audit.Backend()), func(ctx context.Context, id string) (l listed, closed bool, err error) {
		a, err := latestAttempt(ctx, c, id)
		if e, ok := errors.AsType[*exitError](err); ok && e.code == exitNotFound {
			return l, false, nil // evidence without its request is for `dsr verify` to tell
		}
		if err == nil {
			closed, err = c.Ledger.Closed(ctx, a)
		}
		if err == nil && closed {
			l, err = readListed(ctx, c, a)
		}
		return l, closed, err
	})
}

// readEach reads some of what is listed at once.
func readEach[T any](ctx context.Context, names iter.Seq2[T, error], read func(context.Context, T) (listed, bool, error)) ([]listed, error) {
	out := []listed{}
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(listReads)
	var failure error
	for name, err := range names {
		if failure = err; err != nil {
			break
		}
		g.Go(dsr.Guard(func() error {
			l, wanted, err := read(gctx, name)
			if err == nil && wanted {
				mu.Lock()
				defer mu.Unlock()
				out = append(out, l)
			}
			return err
		}))
	}
	return out, errors.Join(g.Wait(), failure)
}

// readListed reads what one line needs.
func readListed(ctx context.Context, c *config.Connections, a dsr.Attempt) (listed, error) {
	l := listed{ID: a.RequestID, Attempt: a.Number, State: stateReceived}
	request, _, err := c.Ledger.Request(ctx, a.RequestID)
	if err != nil {
		return l, err
	}
	due, err := dueOf(ctx, c, a)
	if err != nil {
		return l, err
	}
	l.Kind, l.Due = request.Kind, moment{due}
	manifest, _, closed, err := c.Ledger.Manifest(ctx, a)
	if err != nil {
		return l, err
	}
	if closed {
		l.State = string(manifest.Status)
		return l, nil
	}
	plan, planned, err := c.Ledger.Plan(ctx, a)
	if err == nil && planned {
		l.State, err = openState(ctx, c, plan)
	}
	return l, err
}

// requestIDs gives the ids of all requests that have evidence. Many small ones
// are in one call of the listing; what follows in a large one is jumped over.
func requestIDs(ctx context.Context, audit archive.Backend) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		from := ""
		for more := true; more; {
			more = false
			last, passed := "", 0
			for info, err := range audit.List(ctx, "", from) {
				if err != nil {
					yield("", fmt.Errorf("listing the evidence: %w", err))
					return
				}
				id, _, _ := strings.Cut(info.Name, "/")
				if id != last {
					last, passed = id, 0
					if dsr.ValidID(id) && !yield(id, nil) {
						return
					}
				} else if passed++; passed > listPatience {
					from, more = id+string('/'+1), true
					break
				}
			}
		}
	}
}
