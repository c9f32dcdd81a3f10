package ledger_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
)

// A list that starts over discards a pass. The manifest does not count the receipts of that
// pass, and they must not stop a deletion.
func TestOnlyAFailureOfAPassThatCountsStopsADeletion(t *testing.T) {
	subNode := func(pass int) string {
		at := dsr.Task{
			Node: "00001",
			Pass: pass,
			Page: 1,
			Type: "runs",
		}
		return at.SubNode([]string{"runs"}, 0)
	}

	type page struct {
		node  string
		pass  int
		state dsr.PageState
	}

	type receipt struct {
		node   string
		pass   int
		failed bool
	}

	for name, tt := range map[string]struct {
		pages    []page
		receipts []receipt
		want     bool
	}{
		"the only one": {
			pages:    []page{{"00001", 1, dsr.PageLast}},
			receipts: []receipt{{"00001", 1, true}},
			want:     true,
		},
		"one that was discarded": {
			pages:    []page{{"00001", 1, dsr.PageContinues}, {"00001", 2, dsr.PageLast}},
			receipts: []receipt{{"00001", 1, true}, {"00001", 2, false}},
		},
		"two that were discarded": {
			pages:    []page{{"00001", 1, dsr.PageContinues}, {"00001", 2, dsr.PageContinues}, {"00001", 3, dsr.PageLast}},
			receipts: []receipt{{"00001", 1, true}, {"00001", 2, true}, {"00001", 3, false}},
		},
		"the newest": {
			pages:    []page{{"00001", 1, dsr.PageContinues}, {"00001", 2, dsr.PageLast}},
			receipts: []receipt{{"00001", 1, true}, {"00001", 2, true}},
			want:     true,
		},
		"one whose next has not begun": {
			pages:    []page{{"00001", 1, dsr.PageContinues}},
			receipts: []receipt{{"00001", 1, true}},
			want:     true,
		},
		"another node's next is not its own": {
			pages:    []page{{"00001", 1, dsr.PageLast}, {"00002", 1, dsr.PageContinues}, {"00002", 2, dsr.PageLast}},
			receipts: []receipt{{"00001", 1, true}, {"00002", 2, false}},
			want:     true,
		},
		"a sub-node's next is not its node's": {
			pages:    []page{{"00001", 1, dsr.PageLast}, {subNode(1), 1, dsr.PageContinues}, {subNode(1), 2, dsr.PageLast}},
			receipts: []receipt{{"00001", 1, true}, {subNode(1), 2, false}},
			want:     true,
		},
		"a sub-node's, discarded": {
			pages:    []page{{"00001", 1, dsr.PageLast}, {subNode(1), 1, dsr.PageContinues}, {subNode(1), 2, dsr.PageLast}},
			receipts: []receipt{{"00001", 1, false}, {subNode(1), 1, true}, {subNode(1), 2, false}},
		},
		"a sub-node's, of a node's that was discarded": {
			pages:    []page{{"00001", 1, dsr.PageContinues}, {"00001", 2, dsr.PageLast}, {subNode(1), 1, dsr.PageLast}},
			receipts: []receipt{{"00001", 2, false}, {subNode(1), 1, true}},
		},
		"a sub-node's, of a node's newest": {
			pages:    []page{{"00001", 1, dsr.PageContinues}, {"00001", 2, dsr.PageLast}, {subNode(2), 1, dsr.PageLast}},
			receipts: []receipt{{"00001", 2, false}, {subNode(2), 1, true}},
			want:     true,
		},
	} {
		for _, perCall := range []int{5000, 1} {
			audit := memory.NewPaged(perCall)
			l := aLedgerOn(audit)
			for _, p := range tt.pages {
				of := dsr.Task{
					RequestID: "r",
					Attempt:   1,
					Node:      p.node,
					Pass:      p.pass,
					Page:      1,
					Type:      "runs",
				}
				record := dsr.NewPage(of, nil, nil, 1)
				record.State = p.state
				_, _, err := l.RecordPage(t.Context(), of, record)
				ok(t, err)
			}

			for _, r := range tt.receipts {
				of := dsr.Task{
					RequestID: "r",
					Attempt:   1,
					Node:      r.node,
					Pass:      r.pass,
					Page:      1,
					Type:      "runs",
				}
				record := dsr.NewReceipt(of, dsr.Succeeded, time.Time{})
				if r.failed {
					record.Fail(dsr.Failure{Endpoint: "W52"})
				}
				_, err := l.RecordReceipt(t.Context(), of, record)
				ok(t, err)
			}

			for range 2 { // the second time from the cache
				got, err := l.AnyFailed(t.Context(), dsr.Attempt{RequestID: "r", Number: 1}, dsr.NodesOf(1, 2))
				if got != tt.want || err != nil {
					t.Errorf("%s, %d a call: %t, %v", name, perCall, got, err)
				}
			}
		}
	}
}

// A copy of the evidence may have lost its metadata. Then the receipt itself is read.
func TestAFailureIsSeenWithoutItsMetadata(t *testing.T) {
	audit := memory.New()
	l := aLedgerOn(audit)
	of := dsr.Task{
		RequestID: "r",
		Attempt:   1,
		Node:      "00001",
		Pass:      1,
		Page:      1,
		Type:      "runs",
	}
	record := dsr.NewReceipt(of, dsr.Failed, time.Time{})
	record.Fail(dsr.Failure{Endpoint: "W52"})
	_, err := l.RecordReceipt(t.Context(), of, record)
	ok(t, err)
	body, _, err := archive.New(audit, nil).Read(t.Context(), of.ReceiptBlob(), 1<<20)
	ok(t, err)
	ok(t, audit.Delete(t.Context(), of.ReceiptBlob()))
	ok(t, audit.Put(t.Context(), of.ReceiptBlob(), body, nil))

	got, err := l.AnyFailed(t.Context(), dsr.Attempt{RequestID: "r", Number: 1}, dsr.NodesOf(1))
	if !got || err != nil {
		t.Errorf("%t, %v", got, err)
	}
}
