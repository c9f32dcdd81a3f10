package operatortest

import (
	"log/slog"
	"time"

	"azureml-dsr/internal/delivery"
	"azureml-dsr/internal/dsr"
)

// CopyKept is how long the copies of MakeCopies can be fetched.
const CopyKept = 7 * 24 * time.Hour

// MakeCopies makes what was ordered of the worker, at a time. It returns the errors for which
// messages are dead-lettered.
func (s *Stored) MakeCopies(q *Queues, now time.Time) (failed []error) {
	s.t.Helper()
	maker := &delivery.Maker{
		Ledger: s.Ledger,
		Queue:  q,
		Keep:   CopyKept,
		Worker: "1.0.0",
		Now:    func() time.Time { return now },
		Logger: slog.New(slog.DiscardHandler),
	}

	messages := q.Messages
	q.Messages = nil
	for _, m := range messages {
		if _, err := dsr.DecodeCopyMessage(m.Body); err != nil {
			continue
		}
		if err := maker.Accept(s.t.Context(), m.Body); err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}
