package ledger_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/ledger/ledgertest"
)

func TestAManifestOfManyReceiptsHasParts(t *testing.T) {
	const receipts = dsr.ReceiptsPerPart + 7
	ctx := context.Background()
	l := ledger.New(archive.New(memory.New(), nil), archive.New(memory.New(), nil), archive.New(memory.New(), nil))
	a := dsr.Attempt{RequestID: "r", Number: 1}
	if _, err := l.RecordPlan(ctx, dsr.Plan{RequestID: "r", Attempt: 1, Kind: dsr.KindExport}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.RecordRequest(ctx, dsr.RequestRecord{Request: dsr.Request{ID: "r"}}); err != nil {
		t.Fatal(err)
	}

	for c := range receipts {
		k := dsr.Task{
			SchemaVersion: "1.0",
			RequestID:     "r",
			Attempt:       1,
			Node:          "00001",
			Pass:          1,
			Page:          1,
			Chunk:         c,
			Type:          "runs",
		}
		r := dsr.NewReceipt(k, dsr.Succeeded, time.Unix(0, 0))
		r.Totals["E16"] = dsr.Counts{Calls: 2, Documents: 1}
		r.Parts = []dsr.PartRef{{Name: "x", Documents: 1, SubjectMatches: 3}}
		if _, err := l.RecordReceipt(ctx, k, r); err != nil {
			t.Fatal(err)
		}
	}

	rows := []string{"E01", "E16"}
	closing := ledger.Closing{Attempt: a, At: time.Unix(1, 0)}
	m, derived, err := ledgertest.Close(ctx, l, closing, rows, ledgertest.Recorded(ctx, l, a))
	if err != nil || !derived {
		t.Fatalf("derived %t, %v", derived, err)
	}

	if len(m.Parts) != 2 || m.Parts[0].Receipts != dsr.ReceiptsPerPart || m.Parts[1].Receipts != 7 || m.Parts[1].Documents != 7 {
		t.Errorf("parts %+v", m.Parts)
	}
	if c := m.Totals["E16"]; c.Calls != 2*receipts || m.SubjectMatches != 3*receipts || m.Status != dsr.StatusSucceeded {
		t.Errorf("totals %+v, %d matches, %s", m.Totals, m.SubjectMatches, m.Status)
	}
	if _, zeros := m.Totals["E01"]; !zeros {
		t.Error("a row without calls is not in the totals")
	}

	// A second reconciler, later and with another listing, finds the manifest of the first.
	closing.At = time.Unix(2, 0)
	var none iter.Seq2[dsr.ReceiptMark, error] = func(func(dsr.ReceiptMark, error) bool) {}
	again, derived, err := ledgertest.Close(ctx, l, closing, rows, none)
	if err != nil || derived || !again.ClosedAt.Equal(m.ClosedAt) || len(again.Parts) != 2 {
		t.Errorf("a second closing: %+v, %v", again, err)
	}
}
