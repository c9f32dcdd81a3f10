package simulation_test

import (
	"bytes"
	"context"
	"io"
	"iter"
	"runtime"
	"strings"
	"sync"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Latencies of a storage account as Azure's are.
const (
	listLatency = 20 * time.Millisecond  // of a call that lists
	perListed   = 100 * time.Microsecond // more for each blob in its answer
	callLatency = 10 * time.Millisecond
)

const (
	chunksPerPage = 2
	chunkItems    = 50
	pageItems     = chunksPerPage * chunkItems
)

var (
	attemptBegan = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	vastTarget   = dsr.Target{
		Level:          dsr.Project,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Account:        "e",
		Workspace:      "w",
		Project:        "p",
	}
)

// vast is a container of an attempt that reads many documents in one list, 100 to a
// page and 50 to a task. Its pages, receipts, answers and parts are made when they are
// listed or read, and cost no memory.
type vast struct {
	archive.Backend // what is written
	made            *madeUp
	exports         bool          // else the container of the evidence
	done            func() int    // how many pages are listed and worked by now
	slower          time.Duration // how many times each call takes its usual latency; 0 is once

	mu       sync.Mutex
	calls    int
	live     uint64
	measured time.Time
	removed  map[made]bool
}

// measureEvery is how often the heap is measured, by the simulated clock.
const measureEvery = time.Second

// call counts a call, lets it take its time, and measures the heap now and then.
func (v *vast) call(latency time.Duration) {
	v.mu.Lock()
	v.calls++

	if time.Since(v.measured) >= measureEvery {
		runtime.GC() // garbage is as much as the machine's load lets stand
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		held := v.made.held() + uint64(len(v.removed))*sizeOfMade
		v.live = max(v.live, m.HeapAlloc-min(m.HeapAlloc, held))
		v.measured = time.Now()
	}

	v.mu.Unlock()

	<-time.After(latency * max(1, v.slower))
}

// sizeOfMade is about what a made-up blob takes in a map, in bytes.
const sizeOfMade = 64

// kinds are the made-up blobs of the container, in the order of their names.
func (v *vast) kinds() []madeKind {
	if v.exports {
		return []madeKind{madeAnswer, madePart}
	}
	return []madeKind{madePage, madeReceipt}
}

// madeNames walks the made-up blobs of a prefix in the order of their names. It is no
// iterator that is pulled: the race detector's runtime fails on so many coroutines.
type madeNames struct {
	v            *vast
	prefix, from string
	kinds        []madeKind // the kind that is walked, and those after it
	at           made
	begun        bool // whether at is of the first of kinds
}

// next returns the next blob, or false when there is none left.
func (n *madeNames) next() (archive.Info, bool) {
	for len(n.kinds) > 0 {
		all := n.kinds[0].prefix()
		if !n.begun {
			n.at, n.begun = n.kinds[0].from(n.from), true
		}

		within := strings.HasPrefix(all, n.prefix) || strings.HasPrefix(n.prefix, all)
		if !within || n.at.page > n.v.done() {
			n.kinds, n.begun = n.kinds[1:], false
			continue
		}

		b := n.at
		n.at = b.next()
		if name := b.name(); name >= n.from && strings.HasPrefix(name, n.prefix) && !n.v.isRemoved(b) {
			return n.v.made.info(b, n.v.state(b.page)), true
		}
	}
	return archive.Info{}, false
}

func (v *vast) state(page int) dsr.PageState {
	if page == v.made.pages {
		return dsr.PageLast
	}
	return dsr.PageNext
}

func (v *vast) ListPage(ctx context.Context, prefix, from string, most int) (page []archive.Info, more bool, err error) {
	if most <= 0 || most > 5000 {
		most = 5000
	}

	for info, err := range v.merged(ctx, prefix, from) {
		if err != nil {
			return nil, false, err
		}
		if len(page) == most {
			more = true
			break
		}
		page = append(page, info)
	}

	v.call(listLatency + time.Duration(len(page))*perListed)
	return page, more, ctx.Err()
}

// merged yields what is written and what is made up, in the order of names.
func (v *vast) merged(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	return func(yield func(archive.Info, error) bool) {
		names := &madeNames{v: v, prefix: prefix, from: from, kinds: v.kinds()}
		info, more := names.next()
		for written, err := range v.Backend.List(ctx, prefix, from) {
			for err == nil && more && info.Name < written.Name {
				if !yield(info, nil) {
					return
				}
				info, more = names.next()
			}

			if !yield(written, err) || err != nil {
				return
			}
		}

		for ; more; info, more = names.next() {
			if !yield(info, nil) {
				return
			}
		}
	}
}

func (v *vast) List(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	return archive.ListBy(ctx, v.ListPage, prefix, from)
}

func (v *vast) isRemoved(b made) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.removed) > 0 && v.removed[b]
}

func (v *vast) Delete(ctx context.Context, name string) error {
	v.call(callLatency)
	b, isMade := parseMade(name)
	if !isMade {
		return v.Backend.Delete(ctx, name)
	}

	v.mu.Lock()
	defer v.mu.Unlock()
	v.removed[b] = true
	return ctx.Err()
}

func (v *vast) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	v.call(callLatency)
	v.made.written.Add(uint64(len(body)))
	return v.Backend.Put(ctx, name, body, meta)
}

func (v *vast) Swap(ctx context.Context, name string, body []byte, meta map[string]string, etag string) (string, error) {
	v.call(callLatency)
	return v.Backend.Swap(ctx, name, body, meta, etag)
}

func (v *vast) Stat(ctx context.Context, name string) (archive.Info, error) {
	v.call(callLatency)
	return v.Backend.Stat(ctx, name)
}

func (v *vast) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	v.call(callLatency)
	b, isMade := parseMade(name)
	if !isMade {
		return v.Backend.Open(ctx, name, offset)
	}
	body := v.made.body(b, v.state(b.page))
	return io.NopCloser(bytes.NewReader(body[min(offset, int64(len(body))):])), v.made.info(b, v.state(b.page)), nil
}
