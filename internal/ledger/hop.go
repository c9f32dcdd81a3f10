package ledger

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"azureml-dsr/internal/dsr"
)

// Hop returns the record of one resend of a task, by its number, or false when there is
// none.
func (l *Ledger) Hop(ctx context.Context, t dsr.Task, hop int) (dsr.Hop, bool, error) {
	h, _, found, err := read[dsr.Hop](ctx, l.audit, t.HopBlob(hop))
	return h, found, err
}

// RecordHop records that a task is sent again and returns the stored record. The caller
// must send what the stored record says.
func (l *Ledger) RecordHop(ctx context.Context, t dsr.Task, h dsr.Hop) (dsr.Hop, error) {
	stored, _, err := record(ctx, l.audit, t.HopBlob(h.Number), h, map[string]string{dsr.MetaClass: string(h.Class)})
	return stored, err
}

// Hops returns the number of a task's last resend, or 0, and counts its resends by
// class.
func (l *Ledger) Hops(ctx context.Context, t dsr.Task) (last int, byClass map[dsr.HopClass]int, err error) {
	byClass = map[dsr.HopClass]int{}
	for info, err := range l.audit.Backend().List(ctx, t.HopsPrefix(), "") {
		if err != nil {
			return 0, nil, fmt.Errorf("listing the hops of task %s: %w", t.ID(), err)
		}

		byClass[dsr.HopClass(info.Metadata[dsr.MetaClass])]++

		number := strings.TrimSuffix(strings.TrimPrefix(info.Name, t.HopsPrefix()), ".json")
		n, err := strconv.Atoi(number)
		if err != nil {
			return 0, nil, fmt.Errorf("hop record %q of task %s: its name is no number", number, t.ID())
		}
		last = max(last, n)
	}
	return last, byClass, nil
}
