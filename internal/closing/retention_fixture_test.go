package closing_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/closing"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

const kept = 30 * 24 * time.Hour

var errDead = errors.New("the process is dead")

// vault is storage in memory. Its calls take time, are counted and may fail.
type vault struct {
	audit, exports, index *memory.Backend

	mu       sync.Mutex
	calls    map[string]int // by kind
	flying   int            // deletes at this moment
	most     int            // of them at once
	dieAt    int            // the call at which the process dies; 0 never
	after    bool           // it does so after the call, else before
	heap     uint64         // the most that was in use
	listed   int            // names that one listing call returns
	refusing func(name string) error
	before   func(kind, name string)
}

func newVault() *vault {
	return &vault{
		audit:   memory.New(),
		exports: memory.New(),
		index:   memory.New(),
		calls:   map[string]int{},
		listed:  5000,
	}
}

// call makes one call of a kind. It takes its time, and the process may die at it, before
// or after it does something.
func (v *vault) call(ctx context.Context, kind, name string, takes time.Duration, do func() error) error {
	if v.before != nil {
		v.before(kind, name)
	}

	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return ctx.Err()
	}

	v.mu.Lock()
	v.calls[kind]++
	v.calls["all"]++
	dead := v.dieAt > 0 && v.calls["all"] >= v.dieAt
	last := dead && v.calls["all"] == v.dieAt
	v.mu.Unlock()

	if dead && (!last || !v.after) {
		return errDead
	}
	if err := do(); err != nil || !dead {
		return err
	}

	return errDead
}

// container is one container of the vault.
type container struct {
	*memory.Backend
	v *vault
}

// small is how long a call takes that lists nothing.
const small = 10 * time.Millisecond

func (c container) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	return c.v.call(ctx, "put", name, small, func() error { return c.Backend.Put(ctx, name, body, meta) })
}

func (c container) Replace(ctx context.Context, name string, body []byte) error {
	return c.v.call(ctx, "replace", name, small, func() error { return c.Backend.Replace(ctx, name, body) })
}

func (c container) Open(ctx context.Context, name string, offset int64) (body io.ReadCloser, info archive.Info, err error) {
	err = c.v.call(ctx, "open", name, small, func() error {
		body, info, err = c.Backend.Open(ctx, name, offset)
		return err
	})
	return body, info, err
}

func (c container) Stat(ctx context.Context, name string) (info archive.Info, err error) {
	err = c.v.call(ctx, "stat", name, small, func() error {
		info, err = c.Backend.Stat(ctx, name)
		return err
	})
	return info, err
}

func (c container) Delete(ctx context.Context, name string) error {
	c.v.fly(1)
	defer c.v.fly(-1)
	return c.v.call(ctx, "delete", name, small, func() error {
		if c.v.refusing != nil {
			if err := c.v.refusing(name); err != nil {
				return err
			}
		}
		return c.Backend.Delete(ctx, name)
	})
}

// listing is how long a call of a listing takes.
const listing = 500 * time.Millisecond

func nothing() error { return nil }

func (c container) List(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	return func(yield func(archive.Info, error) bool) {
		n := 0
		for info, err := range c.Backend.List(ctx, prefix, from) {
			if n%c.v.listed == 0 && err == nil {
				err = c.v.call(ctx, "list", prefix, listing, nothing)
			}
			if n++; !yield(info, err) || err != nil {
				return
			}
		}

		if n == 0 {
			if err := c.v.call(ctx, "list", prefix, listing, nothing); err != nil {
				yield(archive.Info{}, err)
			}
		}
	}
}

func (v *vault) fly(by int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.flying += by
	v.most = max(v.most, v.flying)
}

// weigh notes how much memory is in use.
func (v *vault) weigh() uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	v.heap = max(v.heap, m.HeapAlloc)
	return m.HeapAlloc
}

func (v *vault) archives() (audit, exports, index *archive.Archive) {
	small := &archive.Options{BlockSize: 64, ArtifactBlockSize: 64}
	return archive.New(container{v.audit, v}, small), archive.New(container{v.exports, v}, small), archive.New(container{v.index, v}, small)
}

// records returns the ledger of a new process.
func (v *vault) records() *ledger.Ledger { return ledger.New(v.archives()) }

// retention returns the retention of a new process, and its log.
func (v *vault) retention(limit time.Duration) (*closing.Retention, *bytes.Buffer) {
	var log bytes.Buffer
	return &closing.Retention{
		Ledger: v.records(),
		After:  kept,
		Time:   limit,
		Now:    time.Now,
		Logger: slog.New(slog.NewJSONHandler(&log, nil)),
	}, &log
}

// expired stores an attempt whose retention is over, and returns the record that its
// removal must leave.
func (v *vault) expired(t *testing.T, id string, blobs int) dsr.Retention {
	t.Helper()
	a := dsr.Attempt{RequestID: id, Number: 1}
	closed := time.Now().Add(-kept - 24*time.Hour).UTC()
	r := dsr.Retention{
		SchemaVersion: "1.0",
		RequestID:     id,
		Attempt:       1,
		ClosedAt:      closed,
		RetentionDays: 30,
	}
	marked, body := map[string]string{archive.MetaDocuments: "50"}, []byte("[]")
	for i := range blobs {
		meta := marked
		if i%3 == 0 {
			meta = nil // an artifact
		} else {
			r.Documents += 50
		}

		r.Blobs++
		r.Bytes += int64(len(body))
		must(t, v.exports.Put(t.Context(), fmt.Sprintf("%sdata/runs/%07d", a.Prefix(), i), body, meta))
	}

	must(t, v.exports.Put(t.Context(), dsr.SubjectBlob(id), []byte("{}"), nil))
	must(t, v.audit.Put(t.Context(), a.Plan(), []byte(`{"requestId":"`+id+`","attempt":1}`), nil))
	must(t, v.audit.Put(t.Context(), a.Manifest(), fmt.Appendf(nil, `{"closedAt":%q}`, closed.Format(time.RFC3339Nano)), nil))
	must(t, v.index.Put(t.Context(), a.Expires(closed.Add(kept)), []byte("{}"), nil))

	return r
}

// left counts what a container has below a prefix.
func (v *vault) left(b *memory.Backend, prefix string) (n int) {
	for range b.List(context.Background(), prefix, "") {
		n++
	}
	return n
}

// checkGone checks that an attempt's documents and index entry are removed, and that the
// record of the removal is right.
func (v *vault) checkGone(t *testing.T, want dsr.Retention) {
	t.Helper()
	a := dsr.Attempt{RequestID: want.RequestID, Number: want.Attempt}
	if n := v.left(v.exports, a.RequestID+"/"); n > 0 {
		t.Errorf("%d blobs of %s are left", n, a.RequestID)
	}
	for info := range v.index.List(t.Context(), dsr.ExpiresPrefix, "") {
		if strings.Contains(info.Name, "~"+a.RequestID+"~") {
			t.Errorf("%s is still on the index", info.Name)
		}
	}
	v.checkRecord(t, want)
}

func (v *vault) checkRecord(t *testing.T, want dsr.Retention) {
	t.Helper()
	a := dsr.Attempt{RequestID: want.RequestID, Number: want.Attempt}
	body, _, err := v.audit.Open(t.Context(), a.Retention(), 0)
	must(t, err)
	var got dsr.Retention
	must(t, json.NewDecoder(body).Decode(&got))
	got.BeganAt, want.BeganAt = time.Time{}, time.Time{}
	if got != want {
		t.Errorf("recorded %+v, want %+v", got, want)
	}
}

// counts returns the calls so far, by kind.
func (v *vault) counts() map[string]int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.calls)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
