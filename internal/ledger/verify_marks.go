package ledger

import (
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// pageAt reads a page record's place from its name; false when no page record
// has such a name.
func pageAt(a dsr.Attempt, name string) (dsr.Task, bool) {
	anyPage := dsr.Page{State: dsr.PageLast, Chunks: 1}
	rest, ok := strings.CutPrefix(name, a.Pages())
	m, err := dsr.ParsePageMark(rest, anyPage.Metadata(), time.Time{})
	if !ok || err != nil {
		return dsr.Task{}, false
	}
	t := dsr.Task{RequestID: a.RequestID, Attempt: a.Number, Node: m.Node, Generation: m.Generation, Page: m.Page}
	_, _, err = dsr.SplitNode(t.Node)
	return t, err == nil && t.PageBlob() == name
}

// receiptAt reads a task from the name of its receipt; false when no receipt
// has such a name.
func receiptAt(a dsr.Attempt, name string) (dsr.Task, bool) {
	rest, ok := strings.CutPrefix(name, a.Receipts())
	m, err := dsr.ParseReceiptMark(name, rest, nil, time.Time{})
	if !ok || err != nil {
		return dsr.Task{}, false
	}
	t := dsr.Task{
		RequestID: a.RequestID, Attempt: a.Number, Node: m.Node,
		Generation: m.Generation, Page: m.Page, Chunk: m.Chunk, Type: m.Type,
	}
	_, _, err = dsr.SplitNode(t.Node)
	return t, err == nil && t.ReceiptBlob() == name
}

// pageMark makes of a page record what a listing of the container tells; false,
// with a fault noted, where the record can't be one of its place.
func (v *verifier) pageMark(l listed[dsr.Page]) (dsr.PageMark, bool) {
	if l.fault != nil {
		v.note(*l.fault)
		return dsr.PageMark{}, false
	}
	at, _ := pageAt(v.attempt, l.name)
	p := l.record.value
	switch {
	case p.Node != at.Node || p.Generation != at.Generation || p.Number != at.Page:
		v.fault(FaultInconsistent, l.name, "it is the record of another page")
	case p.SchemaVersion != dsr.SchemaVersion || !p.State.Valid() || !wellCut(p):
		v.fault(FaultMalformed, l.name, "its schemaVersion, state, chunkItems or chunks can't be a page record's")
	default:
		m, err := dsr.ParsePageMark(strings.TrimPrefix(l.name, v.attempt.Pages()), p.Metadata(), p.RecordedAt)
		return m, err == nil
	}
	return dsr.PageMark{}, false
}

// wellCut tells whether a page's chunks follow from its items.
func wellCut(p dsr.Page) bool {
	return p.ChunkItems > 0 && p.Chunks == max(1, (len(p.Items)+p.ChunkItems-1)/p.ChunkItems)
}

// receiptMark makes of a receipt what a listing of the container tells.
func (v *verifier) receiptMark(l listed[dsr.Receipt]) dsr.ReceiptMark {
	var meta map[string]string
	if l.fault == nil {
		meta = l.record.value.Metadata()
	}
	m, _ := dsr.ParseReceiptMark(l.name, strings.TrimPrefix(l.name, v.attempt.Receipts()), meta, time.Time{}) // its name is one
	return m
}
