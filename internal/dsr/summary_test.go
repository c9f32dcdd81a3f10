package dsr_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

// azureMetadata is what Azure allows of a blob's metadata, names and values together.
const azureMetadata = 8 << 10

// anyReceipt makes a random receipt of up to so many rows and of so many parts and
// sub-nodes. hashed is how versions before 1.0 named sub-nodes.
func anyReceipt(r *rand.Rand, rows, parts, subNodes int, hashed bool) dsr.Receipt {
	k := dsr.Task{
		RequestID: "r",
		Attempt:   1,
		Node:      "99999",
		Pass:      dsr.MaxPass,
		Page:      dsr.MaxPage,
		Chunk:     dsr.MaxChunk,
		Type:      "runs",
	}
	out := dsr.NewReceipt(k, []dsr.Outcome{dsr.Succeeded, dsr.Failed, dsr.Canceled}[r.IntN(3)], time.Unix(0, 0))
	number := func() int64 { return r.Int64N(int64(1) << r.IntN(63)) }
	for range rows {
		out.Totals[fmt.Sprintf("W%02d%c", r.IntN(99), 'a'+r.IntN(26))] = dsr.Counts{
			Calls:     number(),
			Documents: number(),
			Gone:      number(),
			Failed:    number(),
			Repeated:  number(),
			Bytes:     number(),
		}
	}

	if r.IntN(2) == 0 {
		out.Cost = dsr.Cost{
			UpstreamCalls: number(),
			BytesRead:     number(),
			StorageWrites: number(),
			StorageReads:  number(),
			StorageLists:  number(),
			BytesWritten:  number(),
			Messages:      number(),
			Invocations:   number(),
			Milliseconds:  number(),
		}
	}

	folder := "data/runs/" + strings.Repeat("s", 1+r.IntN(100)) + "/"
	for i := range parts {
		out.Parts = append(out.Parts, dsr.PartRef{
			Name:           fmt.Sprintf("%spart-%d.json", folder, i),
			SHA256:         strings.Repeat("0f", 32),
			Size:           number(),
			Documents:      number(),
			SubjectMatches: number(),
		})
	}

	for i := range subNodes {
		name := k.SubNode([]string{"runs"}, i)
		if hashed {
			name = dsr.SubNodeName(k.Node, k.Type, fmt.Sprint(i))
		}
		out.SubNodes = append(out.SubNodes, dsr.SubNode{Node: name, Item: fmt.Sprint(i)})
	}

	if r.IntN(2) == 0 {
		out.Counted, out.Matching = number(), number()
	}

	for range r.IntN(3) {
		out.Failures = append(out.Failures, dsr.Failure{Endpoint: "E16"})
	}

	r.Shuffle(len(out.SubNodes), func(i, j int) { out.SubNodes[i], out.SubNodes[j] = out.SubNodes[j], out.SubNodes[i] })

	return out
}

// mark reads a receipt's metadata as a listing shows it.
func mark(t *testing.T, meta map[string]string) dsr.ReceiptMark {
	t.Helper()
	m, err := dsr.ParseReceiptMark("", dsr.ReceiptName("99999", 1, 1, 0, "runs"), meta, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func metadataSize(meta map[string]string) int {
	size := len(dsr.MetaSHA256) + 64
	for name, value := range meta {
		size += len(name) + len(value)
	}
	return size
}

func TestAReceiptsMetadataHasItsWholeSummaryOrNone(t *testing.T) {
	whole := 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		receipt := anyReceipt(r, r.IntN(60), r.IntN(4), r.IntN(dsr.MaxChunkItems+1), seed%2 == 0)
		meta := receipt.Metadata()
		if size := metadataSize(meta); size > azureMetadata {
			t.Fatalf("seed %d: %d bytes of metadata", seed, size)
		}

		m := mark(t, meta)
		var ids []string
		for _, s := range receipt.SubNodes {
			ids = append(ids, s.Node[len("99999~"):])
		}

		slices.Sort(ids)
		if !slices.Equal(m.SubNodes, ids) {
			t.Fatalf("seed %d: sub-nodes %q, want %q", seed, m.SubNodes, ids)
		}
		got, ok := m.Summary()
		if !ok {
			continue
		}

		whole++
		if diff := cmp.Diff(receipt.Summary(), got); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}

	if whole < 500 {
		t.Errorf("only %d of 3000 have their summary", whole)
	}
}

func TestTheLargestReceiptsCanBeStored(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for name, receipt := range map[string]dsr.Receipt{
		"all sub-nodes by place": anyReceipt(r, 100, 2, dsr.MaxChunkItems, false),
		"all sub-nodes by hash":  anyReceipt(r, 100, 2, dsr.MaxChunkItems, true),
		"some by hash, and rows": anyReceipt(r, 30, 2, 200, true),
		"many parts":             anyReceipt(r, 1, 200, 0, false),
	} {
		if size := metadataSize(receipt.Metadata()); size > azureMetadata {
			t.Errorf("%s: %d bytes of metadata, and %d may be stored", name, size, azureMetadata)
		}
	}

	usual := anyReceipt(r, 5, 2, 50, false)
	usual.Totals["E16"] = dsr.Counts{Calls: math.MaxInt64, Bytes: math.MaxInt64}

	if _, whole := mark(t, usual.Metadata()).Summary(); !whole {
		t.Error("the metadata of a usual receipt have no summary")
	}
}

// What a listing shows is not trusted to be well-formed.
func FuzzSummary(f *testing.F) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 5 {
		meta := anyReceipt(r, 3, 2, 2, false).Metadata()
		f.Add(meta[dsr.MetaTotals], meta[dsr.MetaParts], meta[dsr.MetaCounted], meta[dsr.MetaCost], meta[dsr.MetaSubNodes])
	}

	f.Add("-", "-", "", "", "+")
	f.Add("=1,2,3,4,5,6", "a b", "1", "1,2", "x+yz")
	f.Fuzz(func(t *testing.T, totals, parts, counted, cost, subNodes string) {
		m, err := dsr.ParseReceiptMark("", dsr.ReceiptName("00001", 1, 1, 0, "runs"), map[string]string{
			dsr.MetaTotals: totals, dsr.MetaParts: parts, dsr.MetaCounted: counted,
			dsr.MetaCost: cost, dsr.MetaSubNodes: subNodes,
		}, time.Unix(0, 0))
		if err != nil {
			return
		}

		if !slices.IsSorted(m.SubNodes) && !strings.Contains(subNodes, "+") {
			t.Errorf("sub-nodes %q", m.SubNodes)
		}

		s, ok := m.Summary()
		if !ok {
			return
		}

		again := dsr.Receipt{
			Outcome:  m.Outcome,
			Totals:   s.Totals,
			Parts:    s.Parts,
			Counted:  s.Counted,
			Matching: s.Matching,
			Cost:     s.Cost,
		}
		meta := again.Metadata()
		if _, fits := meta[dsr.MetaTotals]; !fits {
			return
		}

		back, ok := mark(t, meta).Summary()
		if diff := cmp.Diff(s, back); !ok || diff != "" {
			t.Errorf("%q, %q, %q: read, written and read again (-want +got):\n%s", totals, parts, counted, diff)
		}
	})
}
