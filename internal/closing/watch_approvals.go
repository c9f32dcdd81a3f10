package closing

import (
	"context"
	"errors"

	"azureml-dsr/internal/dsr"
)

// drainApprovals takes the approvals once more that failed for a while, such as when storage
// did not answer. The worker may not send to their queue, so it can't schedule them again.
func (w *Watch) drainApprovals(ctx context.Context) (int, error) {
	if w.Approvals == nil {
		return 0, nil
	}
	return w.Drainer.DrainReason(ctx, dsr.QueueApprovals, dsr.ReasonTransient, w.approveAgain)
}

// approveAgain accepts an approval. One that is refused by now is parked with the refusal,
// so that nobody tries it again.
func (w *Watch) approveAgain(ctx context.Context, d dsr.DeadLetter) error {
	err := w.Approvals.Accept(ctx, d.Body)
	if dsr.ClassOf(err) != dsr.Permanent {
		return err
	}

	d.Reason, d.Description = dsr.ReasonOf(err), err.Error()
	if e, ok := errors.AsType[*dsr.Error](err); ok {
		d.Description = e.Message
	}

	return w.park(ctx, d, err)
}
