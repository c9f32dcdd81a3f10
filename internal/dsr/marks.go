package dsr

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Metadata keys of records. A listing returns them, so that surveys need not read the
// records.
const (
	MetaSHA256   = "sha256"
	MetaState    = "state"
	MetaChunks   = "chunks"
	MetaOutcome  = "outcome"
	MetaSubNodes = "subnodes"
	MetaFailures = "failures"
	MetaClass    = "class"
	// MetaTotals, MetaParts, MetaCounted and MetaCost hold what a manifest needs of a receipt.
	// Where they don't all fit, none is set.
	MetaTotals  = "totals"
	MetaParts   = "parts"
	MetaCounted = "counted"
	MetaCost    = "cost"
)

// PageMark is what a listing shows of a page record.
type PageMark struct {
	Node    string
	Pass    int
	Page    int
	State   PageState
	Chunks  int
	Created time.Time
}

// ReceiptMark is what a listing shows of a receipt.
type ReceiptMark struct {
	Blob     string // full name
	SHA256   string
	Node     string
	Pass     int
	Page     int
	Chunk    int
	Type     string
	Outcome  Outcome
	Failures int      // things that could not be done
	SubNodes []string // their 16 hex digits
	Created  time.Time
	summary  [4]string // the metadata totals, parts, counted and cost
}

// Name is the receipt's name below the attempt's receipts/ prefix.
func (m ReceiptMark) Name() string {
	return ReceiptName(m.Node, m.Pass, m.Page, m.Chunk, m.Type)
}

// Name is the page record's name below the attempt's pages/ prefix.
func (m PageMark) Name() string { return PageName(m.Node, m.Pass, m.Page) }

// Task returns the task that the receipt is of.
func (m ReceiptMark) Task(a Attempt) Task {
	return Task{
		SchemaVersion: SchemaVersion,
		RequestID:     a.RequestID,
		Attempt:       a.Number,
		Node:          m.Node,
		Pass:          m.Pass,
		Page:          m.Page,
		Chunk:         m.Chunk,
		Type:          m.Type,
	}
}

// Metadata returns what a listing is to show of the page record.
func (p Page) Metadata() map[string]string {
	return map[string]string{MetaState: string(p.State), MetaChunks: strconv.Itoa(p.Chunks)}
}

// Metadata returns what a listing is to show of the receipt.
func (r Receipt) Metadata() map[string]string {
	m := map[string]string{MetaOutcome: string(r.Outcome)}
	if len(r.SubNodes) > 0 {
		m[MetaSubNodes] = packSubNodes(r.SubNodes)
	}
	if len(r.Failures) > 0 {
		m[MetaFailures] = strconv.Itoa(len(r.Failures))
	}
	r.addSummary(m)
	return m
}

// ErrNoRecord means that no record has such a name.
var ErrNoRecord = errors.New("no record has this name")

// ParsePageMark reads a page record's name, below the attempt's pages/ prefix, and its
// metadata. The error is ErrNoRecord where no page record has such a name.
func ParsePageMark(rest string, meta map[string]string, created time.Time) (PageMark, error) {
	node, file, ok := strings.Cut(rest, "/")
	file, isJSON := strings.CutSuffix(file, ".json")
	numbers, err := split(file, 2)
	if !ok || !isJSON || err != nil {
		return PageMark{}, fmt.Errorf("%q is not the name of a page record: %w", rest, ErrNoRecord)
	}

	chunks, err := strconv.Atoi(meta[MetaChunks])
	m := PageMark{
		Node:    node,
		Pass:    numbers[0],
		Page:    numbers[1],
		State:   PageState(meta[MetaState]),
		Chunks:  chunks,
		Created: created,
	}
	if m.Name() != rest {
		return PageMark{}, fmt.Errorf("%q is not the name of a page record: %w", rest, ErrNoRecord)
	}
	if err != nil || chunks < 1 || !m.State.Valid() {
		return PageMark{}, fmt.Errorf("page record %q: its metadata names no state or chunk count", rest)
	}

	return m, nil
}

// ParseReceiptMark reads a receipt's name, below the attempt's receipts/ prefix, and its
// metadata. The error is ErrNoRecord where no receipt has such a name.
func ParseReceiptMark(blob, rest string, meta map[string]string, created time.Time) (ReceiptMark, error) {
	node, file, ok := strings.Cut(rest, "/")
	file, isJSON := strings.CutSuffix(file, ".json")
	parts := strings.SplitN(file, "-", 4)
	if !ok || !isJSON || len(parts) != 4 {
		return ReceiptMark{}, fmt.Errorf("%q is not the name of a receipt: %w", rest, ErrNoRecord)
	}
	numbers, err := split(strings.Join(parts[:3], "-"), 3)
	if err != nil {
		return ReceiptMark{}, fmt.Errorf("%q is not the name of a receipt: %w", rest, ErrNoRecord)
	}
	failures, err := strconv.Atoi(cmp.Or(meta[MetaFailures], "0"))
	if err != nil {
		return ReceiptMark{}, fmt.Errorf("receipt %q: its metadata counts no failures", rest)
	}

	m := ReceiptMark{
		Blob:     blob,
		SHA256:   meta[MetaSHA256],
		Node:     node,
		Pass:     numbers[0],
		Page:     numbers[1],
		Chunk:    numbers[2],
		Type:     parts[3],
		Outcome:  Outcome(meta[MetaOutcome]),
		Failures: failures,
		SubNodes: unpackSubNodes(meta[MetaSubNodes]),
		Created:  created,
		summary:  [4]string{meta[MetaTotals], meta[MetaParts], meta[MetaCounted], meta[MetaCost]},
	}
	if m.Name() != rest {
		return ReceiptMark{}, fmt.Errorf("%q is not the name of a receipt: %w", rest, ErrNoRecord)
	}

	return m, nil
}

// split reads n numbers with hyphens between them.
func split(s string, n int) ([]int, error) {
	parts := strings.Split(s, "-")
	if len(parts) != n {
		return nil, fmt.Errorf("want %d numbers", n)
	}

	numbers := make([]int, n)
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil {
			return nil, err
		}
		numbers[i] = v
	}

	return numbers, nil
}
