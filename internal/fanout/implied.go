package fanout

import (
	"context"
	"iter"
	"time"

	"azureml-dsr/internal/dsr"
)

// Marks lists what an attempt has recorded, in the order of names.
type Marks interface {
	PageMarks(ctx context.Context, a dsr.Attempt) iter.Seq2[dsr.PageMark, error]
	ReceiptMarks(ctx context.Context, a dsr.Attempt) iter.Seq2[dsr.ReceiptMark, error]
}

// implied lists the receipts that the pages of the newest generations imply:
// those that count.
func implied(ctx context.Context, l Marks, plan dsr.Plan) iter.Seq2[dsr.ReceiptMark, error] {
	a := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}
	return func(yield func(dsr.ReceiptMark, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		v := &yielding{yield: yield, stop: cancel}
		err := dsr.Survey(plan, l.PageMarks(ctx, a), l.ReceiptMarks(ctx, a), v)
		if err != nil && !v.stopped {
			yield(dsr.ReceiptMark{}, err)
		}
	}
}

// yielding passes the receipts of a survey on, until the reader has enough.
type yielding struct {
	yield   func(dsr.ReceiptMark, error) bool
	stop    func()
	stopped bool
}

var _ dsr.Visitor = (*yielding)(nil)

func (y *yielding) Done(m dsr.ReceiptMark) {
	if !y.stopped && !y.yield(m, nil) {
		y.stopped = true
		y.stop()
	}
}

func (y *yielding) Missing(dsr.Task, time.Time) {}
