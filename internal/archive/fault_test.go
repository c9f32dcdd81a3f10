package archive_test

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
)

// errLost is the error of a call whose answer is lost.
func errLost() error { return dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "the answer was lost") }

// faulty is a backend whose writes can fail, before or after they take effect.
type faulty struct {
	archive.Backend
	// before and after return the error with which the n-th call of a method, from 1, fails
	// before or after its effect.
	before, after         func(method string, n int) error
	puts, stages, commits atomic.Int32
}

func newFaulty() *faulty {
	none := func(string, int) error { return nil }
	return &faulty{Backend: memory.New(), before: none, after: none}
}

func (f *faulty) around(method string, n int32, effect func() error) error {
	if err := f.before(method, int(n)); err != nil {
		return err
	}
	if err := effect(); err != nil {
		return err
	}
	return f.after(method, int(n))
}

// Put implements archive.Backend.
func (f *faulty) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	return f.around("Put", f.puts.Add(1), func() error { return f.Backend.Put(ctx, name, body, meta) })
}

// Stage implements archive.Backend.
func (f *faulty) Stage(ctx context.Context, name string, block archive.BlockID, body []byte) error {
	return f.around("Stage", f.stages.Add(1), func() error { return f.Backend.Stage(ctx, name, block, body) })
}

// Commit implements archive.Backend.
func (f *faulty) Commit(ctx context.Context, name string, blocks []archive.BlockID, meta map[string]string) error {
	return f.around("Commit", f.commits.Add(1), func() error { return f.Backend.Commit(ctx, name, blocks, meta) })
}

// failAt returns a function for before or after that fails the n-th call of a method.
func failAt(method string, n int, err error) func(string, int) error {
	return func(m string, count int) error {
		if m == method && count == n {
			return err
		}
		return nil
	}
}

func readAll(b archive.Backend, name string) (string, archive.Info, error) {
	r, info, err := b.Open(context.Background(), name, 0)
	if err != nil {
		return "", info, err
	}
	body, err := io.ReadAll(r)
	return string(body), info, errors.Join(err, r.Close())
}
