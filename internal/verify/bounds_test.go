package verify_test

import (
	"context"
	"io"
	"iter"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

// watched is evidence that calls read with the name of each blob that is opened. Its
// listings allocate nothing.
type watched struct {
	blobs
	names []string
	read  func(name string)
}

func (f *fixture) watched(read func(name string)) watched {
	return watched{blobs: f.blobs, names: slices.Sorted(maps.Keys(f.blobs)), read: read}
}

// Open implements verify.Evidence.
func (w watched) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	w.read(name)
	return w.blobs.Open(ctx, name)
}

// List implements verify.Evidence.
func (w watched) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		first, _ := slices.BinarySearch(w.names, prefix)
		for _, name := range w.names[first:] {
			if !strings.HasPrefix(name, prefix) || !yield(name, nil) {
				return
			}
		}
	}
}

func TestVerifyReadsEachBlobOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(*fixture)
		twice []string // the last page of a long list is looked at first
	}{
		{"lists of one page", func(f *fixture) { f.listed(1, 1, dsr.PageLast) }, nil},
		{"a list of three pages", func(f *fixture) {
			f.listed(1, 1, dsr.PageNext)
			f.listed(1, 2, dsr.PageNext)
			f.listed(1, 3, dsr.PageLast)
		},
			[]string{"req-1/1/pages/00001/1-000003.json"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newList(t, c.build, nil)
			var mu sync.Mutex
			times := map[string]int{}
			r := must[verify.Report](t)(verify.Verify(t.Context(), f.watched(func(name string) {
				mu.Lock()
				defer mu.Unlock()
				times[name]++
			}), theAttempt, nil))

			wantFaults(t, r)

			for name := range f.blobs {
				want := 1
				if slices.Contains(c.twice, name) {
					want = 2
				}
				if times[name] != want {
					t.Errorf("%s was read %d times, want %d", name, times[name], want)
				}
			}
		})
	}
}

// For each page and receipt of a longer list verify keeps only names, in a few times eight
// bytes. The bound allows for one manifest part more at the moment of measuring. A page record
// and a receipt would take more than a kilobyte.
func TestVerifyKeepsNeitherPagesNorReceiptsInMemory(t *testing.T) {
	const short, long = dsr.ReceiptsPerPart, 3 * dsr.ReceiptsPerPart
	perPage := (heldWhileVerifying(t, long) - heldWhileVerifying(t, short)) / (long - short)
	if perPage > 640 {
		t.Errorf("%d bytes are held of each page and its receipt", perPage)
	}
}

// heldWhileVerifying returns by how many bytes the heap grows while a list of some pages is
// verified.
func heldWhileVerifying(t *testing.T, pages int) (most int64) {
	t.Helper()
	f := newList(t, func(f *fixture) {
		for page := range pages - 1 {
			f.listed(1, page+1, dsr.PageNext)
		}
		f.listed(1, pages, dsr.PageLast)
	}, nil)

	clear(f.entries)

	var mu sync.Mutex
	reads := 0
	evidence := f.watched(func(string) {
		mu.Lock()
		defer mu.Unlock()
		if reads++; reads%5000 == 0 {
			most = max(most, onHeap())
		}
	})

	before := onHeap()
	wantFaults(t, must[verify.Report](t)(verify.Verify(t.Context(), evidence, theAttempt, nil)))

	return most - before
}

func onHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
