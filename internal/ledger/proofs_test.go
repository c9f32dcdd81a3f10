package ledger_test

import (
	"encoding/json"
	"testing"
	"time"

	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
)

// A certificate must not be made of proofs of which some are missing.
func TestProofsAreReadFromTheReceiptsThatTheManifestNames(t *testing.T) {
	task := dsr.Task{
		RequestID: "r",
		Attempt:   1,
		Node:      "00001",
		Pass:      1,
		Page:      1,
		Type:      dsr.DeleteType("models"),
	}
	for name, tt := range map[string]struct {
		damage func(t *testing.T, audit *memory.Backend)
		proofs int
		fails  bool
	}{
		"as it was written": {damage: func(*testing.T, *memory.Backend) {}, proofs: 1},
		"it is missing": {damage: func(t *testing.T, audit *memory.Backend) {
			ok(t, audit.Delete(t.Context(), task.ReceiptBlob()))
		}, fails: true},
		"it is another": {damage: func(t *testing.T, audit *memory.Backend) {
			ok(t, audit.Replace(t.Context(), task.ReceiptBlob(), []byte("{}")))
		}, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			audit := memory.New()
			l := aLedgerOn(audit)
			receipt := dsr.NewReceipt(task, dsr.Succeeded, time.Unix(0, 0))
			receipt.Deletions = []dsr.DeletionProof{{Endpoint: "D02", Item: "m", Outcome: dsr.OutcomeDeleted}}
			_, err := l.RecordReceipt(t.Context(), task, receipt)
			ok(t, err)

			info, err := audit.Stat(t.Context(), task.ReceiptBlob())
			ok(t, err)
			part, err := json.Marshal(dsr.ManifestPart{Receipts: []dsr.ReceiptRef{{
				Name:   task.ReceiptBlob()[len(task.Of().Prefix()):],
				SHA256: info.Metadata[dsr.MetaSHA256],
			}}})
			ok(t, err)
			ok(t, audit.Put(t.Context(), "r/1/manifest/part", part, nil))
			tt.damage(t, audit)

			proofs, failed := 0, false
			for _, err := range l.Deletions(t.Context(), task.Of(), dsr.Manifest{Parts: []dsr.ManifestPartRef{{Name: "manifest/part"}}}) {
				if err != nil {
					failed = true
				} else {
					proofs++
				}
			}
			if proofs != tt.proofs || failed != tt.fails {
				t.Errorf("%d proofs, failed: %t; want %d, %t", proofs, failed, tt.proofs, tt.fails)
			}
		})
	}
}
