package simulation_test

import (
	"context"
	"io"
	"iter"
	"time"

	"azureml-dsr/internal/archive"
)

// injectedBackend is a container whose calls go through a fault injector.
type injectedBackend struct {
	archive.Backend
	faults *faultInjector
}

func (b injectedBackend) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	return b.faults.effect("put "+name, func() error { return b.Backend.Put(ctx, name, body, meta) })
}

func (b injectedBackend) Stage(ctx context.Context, name string, id archive.BlockID, body []byte) error {
	return b.faults.effect("stage "+name, func() error { return b.Backend.Stage(ctx, name, id, body) })
}

func (b injectedBackend) Commit(ctx context.Context, name string, ids []archive.BlockID, meta map[string]string) error {
	return b.faults.effect("commit "+name, func() error { return b.Backend.Commit(ctx, name, ids, meta) })
}

func (b injectedBackend) Replace(ctx context.Context, name string, body []byte) error {
	return b.faults.effect("replace "+name, func() error { return b.Backend.Replace(ctx, name, body) })
}

func (b injectedBackend) Swap(ctx context.Context, name string, body []byte, meta map[string]string, etag string) (version string, err error) {
	err = b.faults.effect("swap "+name, func() error {
		version, err = b.Backend.Swap(ctx, name, body, meta, etag)
		return err
	})
	return version, err
}

func (b injectedBackend) Delete(ctx context.Context, name string) error {
	return b.faults.effect("delete "+name, func() error { return b.Backend.Delete(ctx, name) })
}

func (b injectedBackend) Stat(ctx context.Context, name string) (archive.Info, error) {
	if err := b.faults.read(); err != nil {
		return archive.Info{}, err
	}
	return b.Backend.Stat(ctx, name)
}

func (b injectedBackend) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	if err := b.faults.read(); err != nil {
		return nil, archive.Info{}, err
	}
	return b.Backend.Open(ctx, name, offset)
}

func (b injectedBackend) ListPage(ctx context.Context, prefix, from string, most int) ([]archive.Info, bool, error) {
	if err := b.faults.read(); err != nil {
		return nil, false, err
	}
	<-time.After(b.faults.listing)
	return b.Backend.ListPage(ctx, prefix, from, most)
}

// List goes by ListPage: between any two calls other work has its effects.
func (b injectedBackend) List(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	return archive.ListBy(ctx, b.ListPage, prefix, from)
}
