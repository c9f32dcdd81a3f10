package operator

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

const (
	// listReads is how many requests are read at once.
	listReads = 32
	// listPatience is how many blobs of one request a listing skips before a new listing
	// begins after the request.
	listPatience = 5000
)

// listOpen reads the attempts that the index names.
func (o *Operator) listOpen(ctx context.Context) ([]Listed, error) {
	return readEach(ctx, o.ledger.ListOpen(ctx), func(ctx context.Context, a dsr.Attempt) (Listed, bool, error) {
		l, err := o.readListed(ctx, a)
		return l, true, err
	})
}

// listClosed reads the requests whose last attempt is closed.
func (o *Operator) listClosed(ctx context.Context) ([]Listed, error) {
	return readEach(ctx, requestIDs(ctx, o.audit.Backend(), "", ""), func(ctx context.Context, id string) (l Listed, closed bool, err error) {
		a, err := o.latestAttempt(ctx, id)
		if KindOf(err) == NotFound {
			return l, false, nil // evidence without its request is for Verify to find
		}
		if err != nil {
			return l, false, err
		}

		closed, err = o.ledger.Closed(ctx, a)
		if err == nil && closed {
			l, err = o.readListed(ctx, a)
		}

		return l, closed, err
	})
}

// readEach calls read for each name, some at once, and returns what read wants listed.
func readEach[T any](ctx context.Context, names iter.Seq2[T, error], read func(context.Context, T) (Listed, bool, error)) ([]Listed, error) {
	out := []Listed{}
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

// readListed reads what a list shows of an attempt.
func (o *Operator) readListed(ctx context.Context, a dsr.Attempt) (Listed, error) {
	l := Listed{ID: a.RequestID, Attempt: a.Number, State: StateReceived}
	request, found, err := o.ledger.Request(ctx, a.RequestID)
	if err != nil {
		return l, err
	}
	due, err := o.dueBy(ctx, a, request, found)
	if err != nil {
		return l, err
	}

	l.Kind, l.Due = request.Kind, Moment{due}

	manifest, _, closed, err := o.ledger.Manifest(ctx, a)
	if err != nil {
		return l, err
	}
	if closed {
		l.ClosedAt = Moment{manifest.ClosedAt}
		overall, err := o.ledger.Overall(ctx, a, manifest)
		l.State, l.Reason = string(overall), dsr.MainReason(manifest.Failures)
		return l, err
	}

	plan, planned, err := o.ledger.Plan(ctx, a)
	if err == nil && planned {
		l.State, err = o.openState(ctx, plan)
	}

	return l, err
}

// afterSlash behind an id sorts behind all names that begin with the id and a slash.
const afterSlash = string('/' + 1)

// requestIDs yields the ids of all requests that have evidence and begin with a prefix, from a
// name on. Many small requests come in one call of the listing. It jumps over the rest of a
// large one.
func requestIDs(ctx context.Context, audit archive.Backend, prefix, from string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for from, more := from, true; more; {
			from, more = yieldIDs(audit.List(ctx, prefix, from), yield)
		}
	}
}

// yieldIDs yields the id of each request in a listing. Where it returns up a listing in the
// middle of a large request, it returns the name from which to list again, and true.
func yieldIDs(blobs iter.Seq2[archive.Info, error], yield func(string, error) bool) (from string, more bool) {
	last, passed := "", 0
	for info, err := range blobs {
		if err != nil {
			yield("", fmt.Errorf("listing the evidence: %w", err))
			return "", false
		}

		id, _, _ := strings.Cut(info.Name, "/")
		if id != last {
			last, passed = id, 0
			if dsr.ValidID(id) && !yield(id, nil) {
				return "", false
			}
			continue
		}

		if passed++; passed > listPatience {
			return id + afterSlash, true
		}
	}

	return "", false
}
