package simulation_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

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
