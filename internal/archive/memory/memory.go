// Package memory is an archive.Backend in memory, for tests. It behaves like Azurite, also
// where that differs from Azure: Put is refused for a name that has only staged blocks.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"azureml-dsr/internal/archive"
)

var _ archive.Backend = (*Backend)(nil)

// Backend is a container in memory. It is safe for concurrent use.
type Backend struct {
	mu       sync.Mutex
	blobs    map[string]blob
	names    []string // in order, including some of deleted blobs
	staged   map[string]map[archive.BlockID][]byte
	versions int
	pageSize int
}

type blob struct {
	body    []byte
	info    archive.Info
	changed time.Time
}

// listPage is how many blobs one call of a listing returns, as in Azure.
const listPage = 5000

// New returns an empty container.
func New() *Backend { return NewPaged(listPage) }

// NewPaged returns an empty container whose listings return pageSize blobs a call.
func NewPaged(pageSize int) *Backend {
	return &Backend{
		blobs:    map[string]blob{},
		staged:   map[string]map[archive.BlockID][]byte{},
		pageSize: pageSize,
	}
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
		if !found { // Azure answers InvalidBlockList, as after a concurrent delivery's commit
			return fmt.Errorf("committing a blob: %w", archive.ErrExists)
		}
		body = append(body, part...)
	}

	delete(b.staged, name)
	b.store(name, body, meta)

	return nil
}

// store stores a blob and keeps body. The lock is held.
func (b *Backend) store(name string, body []byte, meta map[string]string) {
	lower := make(map[string]string, len(meta))
	for k, v := range meta {
		lower[strings.ToLower(k)] = v
	}

	now := time.Now().UTC()
	created := now
	if old, found := b.blobs[name]; found {
		created = old.info.Created
	} else {
		b.addName(name)
	}

	b.versions++
	b.blobs[name] = blob{body: body, changed: now, info: archive.Info{
		Name:     name,
		Size:     int64(len(body)),
		Created:  created,
		Metadata: lower,
		ETag:     strconv.Itoa(b.versions),
	}}
}

// addName adds a name in order. It first drops the names of deleted blobs if most are
// deleted. The lock is held.
func (b *Backend) addName(name string) {
	if len(b.names) > 2*len(b.blobs)+listPage {
		b.names = slices.DeleteFunc(b.names, func(n string) bool { _, there := b.blobs[n]; return !there })
	}
	if at, found := slices.BinarySearch(b.names, name); !found {
		b.names = slices.Insert(b.names, at, name)
	}
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
	// Azure's dates are in whole seconds.
	found.info.Age = time.Now().UTC().Truncate(time.Second).Sub(found.changed.Truncate(time.Second))
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

// List implements archive.Backend. It reads page by page, so that it is no snapshot.
func (b *Backend) List(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	return archive.ListBy(ctx, b.ListPage, prefix, from)
}

// ListPage implements archive.Backend.
func (b *Backend) ListPage(ctx context.Context, prefix, from string, most int) (page []archive.Info, more bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}

	if most <= 0 || most > b.pageSize {
		most = b.pageSize
	}

	b.mu.Lock()
	defer b.mu.Unlock()

	at, _ := slices.BinarySearch(b.names, max(prefix, from))
	for ; at < len(b.names) && strings.HasPrefix(b.names[at], prefix); at++ {
		if len(page) == most {
			return page, true, nil
		}
		if found, there := b.blobs[b.names[at]]; there {
			info := found.info
			info.Metadata, info.ETag = maps.Clone(info.Metadata), ""
			page = append(page, info)
		}
	}

	return page, false, nil
}

// Swap implements archive.Backend.
func (b *Backend) Swap(ctx context.Context, name string, body []byte, meta map[string]string, etag string) (string, error) {
	if err := check(ctx, name); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.blobs[name].info.ETag != etag {
		return "", fmt.Errorf("swapping a blob: %w", archive.ErrChanged)
	}
	b.store(name, bytes.Clone(body), maps.Clone(meta))
	return b.blobs[name].info.ETag, nil
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

// EnsureContainer implements archive.Backend. A container in memory always exists.
func (b *Backend) EnsureContainer(ctx context.Context) error { return ctx.Err() }

func check(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return archive.CheckName(name)
}
