package simulation_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Latencies of a storage account as Azure's are.
const (
	listLatency = 20 * time.Millisecond  // of a call, and for each
	perListed   = 100 * time.Microsecond // blob that it returns
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

// madeNames walks the made-up blobs of a prefix in the order of their names.
type madeNames struct {
	v            *vast
	prefix, from string
	kinds        []madeKind // those to come
	at           made
	begun        bool // the first of kinds
}

// next returns the next blob; false when there is none left.
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
	b, made := parseMade(name)
	if !made {
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
	b, made := parseMade(name)
	if !made {
		return v.Backend.Open(ctx, name, offset)
	}
	body := v.made.body(b, v.state(b.page))
	return io.NopCloser(bytes.NewReader(body[min(offset, int64(len(body))):])), v.made.info(b, v.state(b.page)), nil
}

// madeKind is a kind of made-up blob.
type madeKind int

const (
	madeAnswer madeKind = iota
	madePart
	madePage
	madeReceipt
	madeKinds
)

// made is one made-up blob. Answers and pages have chunk 0.
type made struct {
	kind        madeKind
	page, chunk int
}

func (k madeKind) prefix() string {
	name := made{kind: k, page: 1}.name()
	return name[:strings.Index(name, "1-000001")]
}

// from returns the first blob of a kind that may have a name, or one behind it.
func (k madeKind) from(name string) made {
	b := made{kind: k, page: 1}
	if digits, ok := strings.CutPrefix(name, k.prefix()+"1-"); ok && len(digits) >= 6 {
		b.page, _ = strconv.Atoi(digits[:6])
	} else if name > k.prefix() && !strings.HasPrefix(name, k.prefix()) {
		b.page = 1 << 30 // all names of the kind are before it
	}
	return b
}

func (b made) next() made {
	if (b.kind == madePart || b.kind == madeReceipt) && b.chunk+1 < chunksPerPage {
		b.chunk++
		return b
	}
	b.page, b.chunk = b.page+1, 0
	return b
}

func (b made) task() dsr.Task {
	return dsr.Task{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     testRequest,
		Attempt:       1,
		Node:          "00001",
		Pass:          1,
		Page:          b.page,
		Chunk:         b.chunk,
		Type:          "runs",
	}
}

func (b made) name() string {
	switch b.kind {
	case madeAnswer:
		return b.task().AnswerBlob(vastTarget)
	case madePart:
		return b.task().PartBlob(vastTarget)
	case madePage:
		return b.task().PageBlob()
	default:
		return b.task().ReceiptBlob()
	}
}

func parseMade(name string) (made, bool) {
	for kind := range madeKinds {
		digits, ok := strings.CutPrefix(name, kind.prefix()+"1-")
		if !ok || len(digits) < 6 {
			continue
		}

		b := made{kind: kind}
		b.page, _ = strconv.Atoi(digits[:6])

		if len(digits) >= 12 && (kind == madePart || kind == madeReceipt) {
			b.chunk, _ = strconv.Atoi(digits[7:12])
		}

		return b, b.name() == name
	}
	return made{}, false
}

// madeUp makes the bodies of an attempt's blobs, and keeps their hashes and sizes.
type madeUp struct {
	pages int
	sums  [madeKinds][][sha256.Size]byte
	sizes [madeKinds][]int32
	// written is what both containers hold besides, in bytes.
	written atomic.Uint64
}

func newMadeUp(pages int) *madeUp {
	m := &madeUp{pages: pages}
	for _, kind := range []madeKind{madeAnswer, madePart, madePage, madeReceipt} { // each has the hashes of those before
		for b := (made{kind: kind, page: 1}); b.page <= pages; b = b.next() {
			state := dsr.PageNext
			if b.page == pages {
				state = dsr.PageLast
			}
			body := m.body(b, state)
			m.sums[kind] = append(m.sums[kind], sha256.Sum256(body))
			m.sizes[kind] = append(m.sizes[kind], int32(len(body)))
		}
	}
	return m
}

// held is what the test's own store takes, in bytes.
func (m *madeUp) held() uint64 {
	n := 0
	for kind := range madeKinds {
		n += cap(m.sums[kind])*sha256.Size + cap(m.sizes[kind])*4
	}
	return uint64(n) + m.written.Load()
}

func (m *madeUp) at(b made) int {
	if b.kind == madePart || b.kind == madeReceipt {
		return (b.page-1)*chunksPerPage + b.chunk
	}
	return b.page - 1
}

func (m *madeUp) sum(b made) string { return hex.EncodeToString(m.sums[b.kind][m.at(b)][:]) }

func (m *madeUp) info(b made, state dsr.PageState) archive.Info {
	info := archive.Info{
		Name:    b.name(),
		Size:    int64(m.sizes[b.kind][m.at(b)]),
		Created: attemptBegan,
	}
	switch b.kind {
	case madeAnswer:
		info.Metadata = map[string]string{"documents": "1"}
	case madePart:
		info.Metadata = map[string]string{"documents": strconv.Itoa(chunkItems)}
	case madePage:
		info.Metadata = m.page(b, state).Metadata()
	case madeReceipt:
		info.Metadata = m.receipt(b).Metadata()
	}

	info.Metadata[dsr.MetaSHA256] = m.sum(b)
	return info
}

func (m *madeUp) body(b made, state dsr.PageState) []byte {
	switch b.kind {
	case madeAnswer:
		return answerBody(b, state)
	case madePart:
		return partBody(b)
	case madePage:
		return encoded(m.page(b, state))
	default:
		return encoded(m.receipt(b))
	}
}

func encoded(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return body
}

func vastItem(page, i int) string { return fmt.Sprintf("r%09d", (page-1)*pageItems+i) }

const vastEntry = `{"endpoint":"%s","item":"%s","url":"https://x","status":200,"retrievedAt":"2000-01-01T00:00:00Z","document":`

func answerBody(b made, state dsr.PageState) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "["+vastEntry+`{"value":[`, "E14", "")
	for i := range pageItems {
		fmt.Fprintf(&out, `%s{"runId":"%s"}`, separator(i), vastItem(b.page, i))
	}
	out.WriteString("]")
	if state == dsr.PageNext {
		out.WriteString(`,"nextLink":"https://x/next"`)
	}
	out.WriteString("}}]")
	return out.Bytes()
}

func partBody(b made) []byte {
	var out bytes.Buffer
	out.WriteString("[")
	for i := range chunkItems {
		item := vastItem(b.page, b.chunk*chunkItems+i)
		fmt.Fprintf(&out, `%s`+vastEntry+`{"runId":"%s"}}`, separator(i), "E16", item, item)
	}
	out.WriteString("]")
	return out.Bytes()
}

func separator(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

func (m *madeUp) page(b made, state dsr.PageState) dsr.Page {
	items := make([]string, 0, pageItems)
	for i := range pageItems {
		items = append(items, vastItem(b.page, i))
	}
	answer := made{kind: madeAnswer, page: b.page}
	p := dsr.NewPage(b.task(), items, nil, chunkItems)
	p.SchemaVersion, p.State, p.RecordedAt = dsr.SchemaVersion, state, attemptBegan
	p.Answer = &dsr.BlobRef{Name: relativeName(answer.name()), SHA256: m.sum(answer)}
	if state == dsr.PageNext {
		p.Cursor = "https://x/next"
	}
	return p
}

func relativeName(name string) string { return strings.TrimPrefix(name, attempt1.Prefix()) }

func (m *madeUp) receipt(b made) dsr.Receipt {
	r := dsr.NewReceipt(b.task(), dsr.Succeeded, attemptBegan)
	page := made{kind: madePage, page: b.page}
	r.PageRecord = &dsr.BlobRef{Name: relativeName(page.name()), SHA256: m.sum(page)}

	if b.chunk == 0 {
		answer := made{kind: madeAnswer, page: b.page}
		r.Parts = append(r.Parts, m.partRef(answer, 1))
		r.Totals["E14"] = dsr.Counts{Calls: 1, Documents: 1, Bytes: int64(m.sizes[madeAnswer][m.at(answer)]) - int64(len(fmt.Sprintf("["+vastEntry+"}]", "E14", "")))}
	}

	part := made{kind: madePart, page: b.page, chunk: b.chunk}
	r.Parts = append(r.Parts, m.partRef(part, chunkItems))
	r.Totals["E16"] = dsr.Counts{Calls: chunkItems, Documents: chunkItems, Bytes: chunkItems * int64(len(`{"runId":"`+vastItem(1, 0)+`"}`))}

	return r
}

func (m *madeUp) partRef(b made, documents int64) dsr.PartRef {
	return dsr.PartRef{
		Name:      relativeName(b.name()),
		SHA256:    m.sum(b),
		Size:      int64(m.sizes[b.kind][m.at(b)]),
		Documents: documents,
	}
}

// What is made up must be found again by its name, or the size tests prove nothing.
func TestMadeUpBlobsAreFoundByTheirNames(t *testing.T) {
	var before made
	for kind := range madeKinds {
		for b := (made{kind: kind, page: 1}); b.page <= 3; b = b.next() {
			got, ok := parseMade(b.name())
			if !ok || got != b {
				t.Errorf("%s: got %+v", b.name(), got)
			}
			if b.kind == before.kind && cmp.Compare(before.name(), b.name()) >= 0 && before.page > 0 {
				t.Errorf("%s comes before %s", b.name(), before.name())
			}
			before = b
		}
	}
}
