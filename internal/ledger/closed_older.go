package ledger

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// closedProgressBlob says how far the index of closed attempts has what an earlier version
// closed. No attempt's mark has its name.
const closedProgressBlob = dsr.ClosedPrefix + "_progress.json"

// ClosedProgress is how far the index of closed attempts has what was closed before there was
// such an index. It only saves work.
type ClosedProgress struct {
	SchemaVersion string `json:"schemaVersion"`
	// Through is the last request, in order of id, up to which all are on the index.
	Through string `json:"through,omitempty"`
	Done    bool   `json:"done,omitempty"` // all are
}

// ClosedProgress returns how far the index is complete.
func (l *Ledger) ClosedProgress(ctx context.Context) (ClosedProgress, error) {
	p, _, _, err := read[ClosedProgress](ctx, l.index, closedProgressBlob)
	if !dsr.ValidID(p.Through) {
		p.Through = ""
	}
	return p, err
}

// SaveClosedProgress saves how far the index is complete.
func (l *Ledger) SaveClosedProgress(ctx context.Context, p ClosedProgress) error {
	p.SchemaVersion = dsr.SchemaVersion
	return l.saveIndex(ctx, closedProgressBlob, p)
}

// IndexClosed adds a closed attempt to the index unless it is there. added reports that it was
// not.
func (l *Ledger) IndexClosed(ctx context.Context, a dsr.Attempt, m dsr.Manifest) (mark dsr.ClosedMark, added bool, err error) {
	there, err := exists(ctx, l.index, a.Closed(m.ClosedAt))
	if err == nil && !there {
		err = l.RecordClosed(ctx, a, m)
	}
	if err != nil {
		return dsr.ClosedMark{}, false, err
	}
	status, err := l.Overall(ctx, a, m)

	return dsr.ClosedMark{
		Attempt:     a,
		ClosedAt:    m.ClosedAt,
		Kind:        m.Kind,
		Status:      status,
		SubmittedAt: m.SubmittedAt,
		DueAt:       m.DueAt,
		Failures:    len(m.Failures) + m.FailuresOmitted,
		Reason:      dsr.MainReason(m.Failures),
	}, err == nil && !there, err
}
