package operator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
)

// disposal records what an operator has ordered for a dead letter. A refused request has
// no other record. The message's own content is left out, except the id of its request.
type disposal struct {
	SchemaVersion string    `json:"schemaVersion"`
	Action        string    `json:"action"` // Resubmitted or Purged
	Queue         string    `json:"queue"`
	Sequence      string    `json:"sequence"`
	RequestID     string    `json:"requestId"`
	Reason        string    `json:"reason"`
	EnqueuedAt    time.Time `json:"enqueuedAt"`
	BodySHA256    string    `json:"bodySha256"`
	At            time.Time `json:"at"`
	By            string    `json:"by,omitempty"` // who has signed in to order it
	Why           string    `json:"why,omitempty"`
}

// recordDisposal records an action for a dead letter. It comes before the action, so that
// none is without a record.
func (o *Operator) recordDisposal(ctx context.Context, action string, chosen ChosenDead, d DeadLetter) error {
	sum := sha256.Sum256(d.body)
	at := o.now().UTC()
	body, err := json.Marshal(disposal{
		SchemaVersion: dsr.SchemaVersion,
		Action:        action,
		Queue:         chosen.Queue,
		Sequence:      d.Sequence,
		RequestID:     d.RequestID,
		Reason:        d.Reason,
		EnqueuedAt:    d.EnqueuedAt,
		BodySHA256:    hex.EncodeToString(sum[:]),
		At:            at,
		By:            chosen.By,
		Why:           chosen.Reason,
	})
	if err != nil {
		return fmt.Errorf("making the record: %w", err)
	}

	name := fmt.Sprintf("%s%s-%s-%s-%s.json", dsr.DisposalsPrefix, at.Format("20060102T150405Z"), chosen.Queue, dsr.EncodeSegment(d.Sequence), action)
	if _, err := o.audit.Create(ctx, name, body, nil); err != nil {
		return fmt.Errorf("recording %s, so nothing was done: %w", name, err)
	}

	return nil
}
