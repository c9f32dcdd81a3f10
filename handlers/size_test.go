package handlers_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"path"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/ledger"
)

// documents is how many documents the large attempt has; `make test-size` sets
// 10,000,000.
var documents = flag.Int("documents", 400_000, "documents of the large attempt in TestAnAttemptOfAnySizeClosesAndExpires")

// Latencies of a storage account as Azure's are.
const (
	listLatency = 20 * time.Millisecond  // of a call, and for each
	perListed   = 100 * time.Microsecond // blob that it gives
	callLatency = 10 * time.Millisecond
)

// vast is the containers of an attempt that reads so many documents in one list, 100
// to a page and 50 to a task. Its records are marks: a listing makes them up, with all
// that the worker writes into metadata.
type vast struct {
	archive.Backend // what is written
	pages           int
	exports         bool
	done            func() int    // how many pages are listed and worked by now
	slower          time.Duration // how many times each call takes its usual latency; 0 is once

	mu      sync.Mutex
	calls   int
	live    uint64
	stored  uint64 // bytes that the store in memory itself holds
	removed map[vastChunk]bool
}

// vastChunk is the chunk that a removed blob held. Names would fill the heap that the
// test measures.
type vastChunk struct{ page, chunk int32 }

func chunkOf(name string) vastChunk {
	var c vastChunk
	if _, err := fmt.Sscanf(path.Base(name), "part-1-%06d-%05d.json", &c.page, &c.chunk); err != nil {
		panic(fmt.Sprintf("%s is no part: %v", name, err))
	}
	return c
}

func (v *vast) call(latency time.Duration) {
	v.mu.Lock()
	v.calls++
	if v.calls%64 == 0 {
		runtime.GC() // garbage is as much as the machine's load lets stand
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		v.live = max(v.live, m.HeapAlloc-min(m.HeapAlloc, v.stored))
	}
	v.mu.Unlock()
	<-time.After(latency * max(1, v.slower))
}

const chunksPerPage = 2

// liveHeapBound keeps the handler below 64 MiB: the collector lets the heap grow to
// twice what is live.
const liveHeapBound = 32 << 20

// names yields the made-up blobs of a prefix from a name on.
func (v *vast) names(prefix, from string) iter.Seq[archive.Info] {
	return func(yield func(archive.Info) bool) {
		state := func(page int) dsr.PageState {
			if page == v.pages {
				return dsr.PageLast
			}
			return dsr.PageNext
		}
		first := 1
		if i := strings.Index(from, "1-"); i >= 0 && len(from) >= i+8 {
			if n, err := strconv.Atoi(from[i+2 : i+8]); err == nil {
				first = n
			}
		}
		for page := first; page <= v.done(); page++ {
			if strings.HasSuffix(prefix, "/pages/") {
				p := dsr.Page{State: state(page), Chunks: chunksPerPage}
				if !yield(archive.Info{Name: prefix + dsr.PageName("00001", 1, page), Metadata: p.Metadata(), Created: attemptBegan}) {
					return
				}
				continue
			}
			for chunk := range chunksPerPage {
				t := dsr.Task{SchemaVersion: dsr.SchemaVersion, RequestID: testRequest, Attempt: 1, Node: "00001", Generation: 1, Page: page, Chunk: chunk, Type: "runs"}
				info := archive.Info{Name: t.ReceiptBlob(), Metadata: vastReceipt(t).Metadata(), Created: attemptBegan}
				info.Metadata[dsr.MetaSHA256] = strings.Repeat("ab", 32)
				if v.exports {
					info.Name = fmt.Sprintf("%s/1/data/runs/s/g/e/w/p/part-1-%06d-%05d.json", testRequest, page, chunk)
					info.Size, info.Metadata = 50_000, map[string]string{"documents": "50"}
				}
				if !yield(info) {
					return
				}
			}
		}
	}
}

var attemptBegan = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func vastReceipt(t dsr.Task) dsr.Receipt {
	r := dsr.NewReceipt(t, dsr.Succeeded, attemptBegan)
	r.Totals["E16"] = dsr.Counts{Calls: 50, Documents: 50, Bytes: 50_000}
	r.Parts = []dsr.PartRef{{
		Name:   fmt.Sprintf("data/runs/s/g/e/w/p/part-1-%06d-%05d.json", t.Page, t.Chunk),
		SHA256: strings.Repeat("cd", 32), Size: 50_000, Documents: 50, SubjectMatches: 1,
	}}
	return r
}

func (v *vast) madeUp(prefix string) bool {
	if v.exports {
		return strings.HasPrefix(prefix, testRequest+"/")
	}
	return strings.HasSuffix(prefix, "/pages/") || strings.HasSuffix(prefix, "/receipts/")
}

func (v *vast) ListPage(ctx context.Context, prefix, from string, most int) (page []archive.Info, more bool, err error) {
	if !v.madeUp(prefix) {
		v.call(listLatency)
		return v.Backend.ListPage(ctx, prefix, from, most)
	}
	if most <= 0 || most > 5000 {
		most = 5000
	}
	for info := range v.names(prefix, from) {
		if info.Name < from || v.isRemoved(info.Name) {
			continue
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

func (v *vast) List(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	return archive.ListBy(ctx, v.ListPage, prefix, from)
}

func (v *vast) isRemoved(name string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.removed) > 0 && v.removed[chunkOf(name)]
}

func (v *vast) Delete(ctx context.Context, name string) error {
	v.call(callLatency)
	if v.exports && strings.Contains(name, "/data/") {
		v.mu.Lock()
		v.removed[chunkOf(name)] = true
		v.mu.Unlock()
		return ctx.Err()
	}
	return v.Backend.Delete(ctx, name)
}

func (v *vast) store(body []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.stored += uint64(len(body))
}

func (v *vast) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	v.call(callLatency)
	v.store(body)
	return v.Backend.Put(ctx, name, body, meta)
}

func (v *vast) Swap(ctx context.Context, name string, body []byte, etag string) (string, error) {
	v.call(callLatency)
	return v.Backend.Swap(ctx, name, body, etag)
}

func (v *vast) Stat(ctx context.Context, name string) (archive.Info, error) {
	v.call(callLatency)
	return v.Backend.Stat(ctx, name)
}

func (v *vast) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	v.call(callLatency)
	return v.Backend.Open(ctx, name, offset)
}

// figures are what closing an attempt has cost.
type figures struct {
	documents, checks, calls int
	cpu, longest             time.Duration
	live                     uint64
}

func (f figures) String() string {
	return fmt.Sprintf("%d documents: %d checks, %d calls (%.2f for 1,000 receipts), %s CPU, longest invocation %s, live heap up to %d MiB",
		f.documents, f.checks, f.calls, float64(f.calls)*1000/(float64(f.documents)/50), f.cpu.Round(time.Millisecond), f.longest.Round(time.Second), f.live>>20)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

type drop struct{}

func (drop) Send(context.Context, string, ...dsr.Message) error { return nil }
func (drop) Oldest(context.Context, string) (time.Time, bool, error) {
	return time.Time{}, false, nil
}
func (drop) MayHold(context.Context, string, string, string) (bool, error) { return false, nil }

// closeVast lets an attempt grow by 100 tasks a second while checks look at it, as
// often as they may, until it is closed, and then until it has expired.
func closeVast(t *testing.T, count int, slower time.Duration) (f figures) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		pages := max(1, count/100)
		done := func() int { return min(pages, int(time.Since(begun)/time.Second)*50) }
		audit := &vast{Backend: memory.New(), pages: pages, done: done, slower: slower}
		exports := &vast{Backend: memory.New(), pages: pages, done: done, exports: true, removed: map[vastChunk]bool{}}
		records := ledger.New(archive.New(audit, nil), archive.New(exports, nil), archive.New(memory.New(), nil))
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		_, err := records.RecordRequest(t.Context(), dsr.RequestRecord{Request: dsr.Request{ID: testRequest, Kind: dsr.KindExport, DueAt: begun.AddDate(0, 1, 0)}})
		must(err)
		target := "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningExperimentation/accounts/e/workspaces/w/projects/p"
		_, err = records.RecordPlan(t.Context(), dsr.Plan{RequestID: testRequest, Attempt: 1, Kind: dsr.KindExport, CreatedAt: begun, SubNodes: dsr.SubNodesByPlace, Nodes: []dsr.Node{{Number: 1, Type: "runs", Target: target}}})
		must(err)
		closer := &fanout.Closer{
			Ledger: records, Queue: drop{}, Nudger: fanout.NewNudger(drop{}, time.Now), DeadLetter: func(q string) string { return q },
			Endpoints: []string{"E16"}, LostAfter: lostAfter, Retention: 30 * 24 * time.Hour, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		}

		f.documents = pages * 100
		cpu, calls := cpuTime(), audit.calls
		for {
			nudge, err := dsr.NudgeMessage(attempt1, time.Now())
			must(err)
			at := time.Now()
			must(closer.Check(t.Context(), nudge.Body))
			f.longest = max(f.longest, time.Since(at))
			f.checks++
			if _, _, closed, err := records.Manifest(t.Context(), attempt1); closed || err != nil {
				must(err)
				break
			}
			if f.checks > 100_000 {
				t.Fatal("it never closes")
			}
			<-time.After(2 * time.Second)
		}
		f.cpu, f.calls, f.live = cpuTime()-cpu, audit.calls-calls, audit.live

		m, _, _, err := records.Manifest(t.Context(), attempt1)
		must(err)
		if m.Status != dsr.StatusSucceeded || m.Totals["E16"].Documents != int64(f.documents) || len(m.Parts) != (2*pages+dsr.ReceiptsPerPart-1)/dsr.ReceiptsPerPart {
			t.Errorf("%s, %+v in %d parts", m.Status, m.Totals["E16"], len(m.Parts))
		}
		named := 0
		for ref, err := range records.ManifestParts(t.Context(), attempt1, m.Parts) {
			must(err)
			if _, ok := strings.CutPrefix(ref.Name, "receipts/00001/1-"); ok {
				named++
			}
		}
		if named != 2*pages {
			t.Errorf("the manifest names %d receipts, want %d", named, 2*pages)
		}
		if slower > 1 {
			return // only its closing is looked at
		}
		expireVast(t, records, audit, exports, 2*pages, &f)
	})
	return f
}

// expireVast lets the attempt's documents expire.
func expireVast(t *testing.T, records *ledger.Ledger, audit, exports *vast, blobs int, f *figures) {
	t.Helper()
	<-time.After(32 * 24 * time.Hour)
	retention := &fanout.Retention{Ledger: records, After: 30 * 24 * time.Hour, Now: time.Now, Logger: slog.New(slog.DiscardHandler)}
	for runs := 1; len(exports.removed) < blobs; runs++ {
		at := time.Now()
		if err := retention.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.longest = max(f.longest, time.Since(at))
		if runs > 200 {
			t.Fatalf("%d of %d blobs are removed after %d runs", len(exports.removed), blobs, runs)
		}
		<-time.After(15*time.Minute - time.Since(at))
	}
	r := decode[dsr.Retention](t, readBlob(t, audit.Backend, attempt1.Retention()))
	if r.Blobs != int64(blobs) || r.Documents != int64(f.documents) {
		t.Errorf("the record of the removal says %+v; want %d blobs", r, blobs)
	}
}

func TestAnAttemptOfAnySizeClosesAndExpires(t *testing.T) {
	small, large := closeVast(t, *documents/10, 1), closeVast(t, *documents, 1)
	t.Log(small)
	t.Log(large)
	for _, f := range []figures{small, large} {
		if f.longest > 5*time.Minute {
			t.Errorf("an invocation took %s", f.longest)
		}
		if f.live > liveHeapBound {
			t.Errorf("the live heap grew to %d MiB", f.live>>20)
		}
	}
	perDocument := func(f figures) float64 { return float64(f.calls) / float64(f.documents) }
	if perDocument(large) > 1.3*perDocument(small) {
		t.Errorf("%d documents cost %.4f calls each, %d cost %.4f", small.documents, perDocument(small), large.documents, perDocument(large))
	}
}

// A storage account so slow that the manifest's parts take longer than a check: each
// check goes on behind the parts that were written before.
func TestAClosingThatIsLongerThanACheckGoesOnInTheNext(t *testing.T) {
	f := closeVast(t, 3_000_000, 40)
	t.Log(f)
	if f.longest > 5*time.Minute || f.longest < 4*time.Minute {
		t.Errorf("an invocation took %s", f.longest)
	}
}
