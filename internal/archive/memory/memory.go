// Package memory is an archive.Backend that lives in memory, for tests. It does
// what Azurite does, also where that differs from Azure: a blob can't be put in
// one call where only staged blocks lie, and those outlive the commit of others.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"azureml-dsr/internal/archive"
)

var _ archive.Backend = (*Backend)(nil)

// Backend is a container in memory; safe for concurrent use.
type Backend struct {
	mu     sync.Mutex
	blobs  map[string]blob
	names  []string // sorted; of blobs that are gone too
	fresh  bool     // there is a name that names lacks
	staged map[string]map[archive.BlockID][]byte
}

type blob struct {
	body []byte
	info archive.Info
}

// New makes an empty container.
func New() *Backend {
	return &Backend{blobs: map[string]blob{}, staged: map[string]map[archive.BlockID][]byte{}}
}

// Put implements archive.Backend.
func (b *Backend) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	if err := check(ctx, name); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, found := b.blobs[name]; found || len(b.staged[name]) > 0 {
		return fmt.Errorf("putting a blob: %w", archive.ErrExists)
	}
	b.store(name, bytes.Clone(body), meta)
	return nil
}

// Stage implements archive.Backend.
func (b *Backend) Stage(ctx context.Context, name string, block archive.BlockID, body []byte) error {
	if err := check(ctx, name); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.staged[name] == nil {
		b.staged[name] = map[archive.BlockID][]byte{}
	}
	b.staged[name][block] = bytes.Clone(body)
	return nil
}

// Commit implements archive.Backend.
func (b *Backend) Commit(ctx context.Context, name string, blocks []archive.BlockID, meta map[string]string) error {
	if err := check(ctx, name); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, found := b.blobs[name]; found {
		return fmt.Errorf("committing a blob: %w", archive.ErrExists)
	}
	var body []byte
	for _, id := range blocks {
		part, found := b.staged[name][id]
		if !found { // the store says InvalidBlockList, as it does where a twin has committed
			return fmt.Errorf("committing a blob: %w", archive.ErrExists)
		}
		body = append(body, part...)
	}
	delete(b.staged, name)
	b.store(name, body, meta)
	return nil
}

// store takes the body; the lock is held.
func (b *Backend) store(name string, body []byte, meta map[string]string) {
	if _, found := b.blobs[name]; !found {
		b.fresh = true
	}
	lower := make(map[string]string, len(meta))
	for k, v := range meta {
		lower[strings.ToLower(k)] = v
	}
	b.blobs[name] = blob{body: body, info: archive.Info{
		Name: name, Size: int64(len(body)), Created: time.Now().UTC(), Metadata: lower,
	}}
}

// Staged implements archive.Backend.
func (b *Backend) Staged(ctx context.Context, name string) ([]archive.StagedBlock, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []archive.StagedBlock
	for id, body := range b.staged[name] {
		out = append(out, archive.StagedBlock{ID: id, Size: int64(len(body))})
	}
	return out, nil
}

// Stat implements archive.Backend.
func (b *Backend) Stat(ctx context.Context, name string) (archive.Info, error) {
	found, err := b.find(ctx, name)
	return found.info, err
}

func (b *Backend) find(ctx context.Context, name string) (blob, error) {
	if err := ctx.Err(); err != nil {
		return blob{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	found, ok := b.blobs[name]
	if !ok {
		return blob{}, fmt.Errorf("looking at a blob: %w", archive.ErrNotFound)
	}
	found.info.Metadata = maps.Clone(found.info.Metadata)
	return found, nil
}

// Open implements archive.Backend.
func (b *Backend) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	found, err := b.find(ctx, name)
	if err != nil {
		return nil, archive.Info{}, err
	}
	rest := found.body[min(offset, found.info.Size):] // never changed once stored
	return io.NopCloser(bytes.NewReader(rest)), found.info, nil
}

// listCall is how many blobs one call of a listing gives, as in Azure.
const listCall = 5000

// List implements archive.Backend, call by call: what changes between two calls
// shows in the second.
func (b *Backend) List(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	return func(yield func(archive.Info, error) bool) {
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				yield(archive.Info{}, err)
				return
			}
			page := b.page(prefix, from)
			for _, info := range page {
				if !yield(info, nil) {
					return
				}
			}
			if more = len(page) == listCall; more {
				from = page[listCall-1].Name + "\x00"
			}
		}
	}
}

// page gives up to listCall blobs of a prefix, from a name on.
func (b *Backend) page(prefix, from string) []archive.Info {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sort()
	first, _ := slices.BinarySearch(b.names, max(prefix, from))
	var out []archive.Info
	for _, name := range b.names[first:] {
		if !strings.HasPrefix(name, prefix) || len(out) == listCall {
			break
		}
		if found, ok := b.blobs[name]; ok {
			info := found.info
			info.Metadata = maps.Clone(info.Metadata)
			out = append(out, info)
		}
	}
	return out
}

// sort brings the names up to date when one is new, or most are gone; the lock is
// held.
func (b *Backend) sort() {
	if b.fresh || len(b.names) > 2*len(b.blobs) {
		b.names, b.fresh = slices.Sorted(maps.Keys(b.blobs)), false
	}
}

// Replace implements archive.Backend.
func (b *Backend) Replace(ctx context.Context, name string, body []byte) error {
	if err := check(ctx, name); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.store(name, bytes.Clone(body), nil)
	return nil
}

// Delete implements archive.Backend.
func (b *Backend) Delete(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.blobs, name)
	return nil
}

// EnsureContainer implements archive.Backend: a container in memory always exists.
func (b *Backend) EnsureContainer(ctx context.Context) error { return ctx.Err() }

func check(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return archive.CheckName(name)
}
