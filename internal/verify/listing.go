package verify

import (
	"context"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"
)

// readsAtOnce is how many blobs are read at once.
const readsAtOnce = 16

// listed is a record that a listing found. With a fault the record is nil or has no value.
type listed[T any] struct {
	name   string
	record *stored[T]
	fault  *Fault
}

// list yields the records below a prefix in order, and reads some of them at once. It
// leaves out the names for which skip returns true.
func list[T any](ctx context.Context, v *verifier, prefix string, skip func(string) bool) iter.Seq2[listed[T], error] {
	return func(yield func(listed[T], error) bool) {
		var batch []string
		flush := func() bool {
			read, err := fetchAll[T](ctx, v, batch)
			batch = batch[:0]
			if err != nil {
				yield(listed[T]{}, err)
				return false
			}

			for _, r := range read {
				if !yield(r, nil) {
					return false
				}
			}

			return true
		}
		for name, err := range v.evidence.List(ctx, prefix) {
			if err != nil {
				yield(listed[T]{}, fmt.Errorf("listing %s: %w", prefix, err))
				return
			}
			if skip(name) {
				continue
			}
			if batch = append(batch, name); len(batch) == 2*readsAtOnce && !flush() {
				return
			}
		}

		flush()
	}
}

func fetchAll[T any](ctx context.Context, v *verifier, names []string) ([]listed[T], error) {
	read := make([]listed[T], len(names))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(readsAtOnce)

	for i, name := range names {
		g.Go(func() (err error) {
			read[i].name = name
			read[i].record, read[i].fault, err = fetch[T](gctx, v, name)
			if read[i].record != nil {
				read[i].record.body = nil // only the value is needed
			}
			return err
		})
	}

	return read, g.Wait()
}
