package verify

import (
	"maps"

	"azureml-dsr/internal/dsr"
)

// tally is the sum over receipts, of a manifest or of one of its parts.
type tally struct {
	totals          dsr.Totals
	outcomes        map[dsr.Outcome]int
	failures        []dsr.Failure // at most dsr.MaxFailures
	failuresOmitted int
	matches         int64
	cost            dsr.Cost
	subNodes        int
	// incomplete means that a receipt could not be counted, so that the sums prove nothing.
	incomplete bool
}

func newTally() *tally {
	return &tally{totals: dsr.Totals{}, outcomes: map[dsr.Outcome]int{}}
}

// add adds a receipt, with at most room of its failures.
func (t *tally) add(r dsr.Receipt, room int) {
	addTotals(t.totals, r.Totals)
	t.cost = addCosts(t.cost, r.Cost)
	t.outcomes[r.Outcome]++
	t.subNodes += len(r.SubNodes)
	for _, p := range r.Parts {
		t.matches += p.SubjectMatches
	}

	room = min(room, len(r.Failures))
	t.failures = append(t.failures, r.Failures[:room]...)
	t.failuresOmitted += len(r.Failures) - room
}

// room returns how many more failures fit.
func (t *tally) room() int { return dsr.MaxFailures - len(t.failures) }

// status returns the status with which an attempt closes unless it was canceled.
func (t *tally) status() dsr.Status {
	failed := t.outcomes[dsr.Failed] > 0 || len(t.failures) > 0
	switch {
	case !failed:
		return dsr.StatusSucceeded
	case t.outcomes[dsr.Succeeded] == 0:
		return dsr.StatusFailed
	default:
		return dsr.StatusPartiallyFailed
	}
}

func addTotals(sum, more dsr.Totals) {
	for row, c := range more {
		s := sum[row]
		s.Calls += c.Calls
		s.Documents += c.Documents
		s.Gone += c.Gone
		s.Failed += c.Failed
		s.Repeated += c.Repeated
		s.Bytes += c.Bytes
		s.Left += c.Left
		sum[row] = s
	}
}

// sameTotals compares totals. A missing row counts as zeros.
func sameTotals(a, b dsr.Totals) bool {
	notZero := func(t dsr.Totals) dsr.Totals {
		t = maps.Clone(t)
		maps.DeleteFunc(t, func(_ string, c dsr.Counts) bool { return c == dsr.Counts{} })
		return t
	}
	return maps.Equal(notZero(a), notZero(b))
}

// addCosts adds costs, by its own reading of what a sum of them is.
func addCosts(a, b dsr.Cost) dsr.Cost {
	a.UpstreamCalls += b.UpstreamCalls
	a.BytesRead += b.BytesRead
	a.StorageWrites += b.StorageWrites
	a.StorageReads += b.StorageReads
	a.StorageLists += b.StorageLists
	a.BytesWritten += b.BytesWritten
	a.Messages += b.Messages
	a.Invocations += b.Invocations
	a.Milliseconds += b.Milliseconds
	return a
}
