package verify

import (
	"maps"

	"azureml-dsr/internal/dsr"
)

// tally is the sum over receipts, of a manifest or of one of its parts.
type tally struct {
	totals          dsr.Totals
	outcomes        map[dsr.Outcome]int
	failures        []dsr.Failure // the first ones
	failuresOmitted int
	matches         int64
	subNodes        int
	// doubtful says that a receipt could not be counted: the sums prove nothing.
	doubtful bool
}

func newTally() *tally {
	return &tally{totals: dsr.Totals{}, outcomes: map[dsr.Outcome]int{}}
}

// add adds a receipt, and names so many of its failures as there is room for.
func (t *tally) add(r dsr.Receipt, room int) {
	addTotals(t.totals, r.Totals)
	t.outcomes[r.Outcome]++
	t.subNodes += len(r.SubNodes)
	for _, p := range r.Parts {
		t.matches += p.SubjectMatches
	}

	room = min(room, len(r.Failures))
	t.failures = append(t.failures, r.Failures[:room]...)
	t.failuresOmitted += len(r.Failures) - room
}

// room is how many failures can still be named.
func (t *tally) room() int { return dsr.MaxFailures - len(t.failures) }

// status is how an attempt closes that was not canceled.
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
		sum[row] = s
	}
}

// sameTotals compares figures; a row that one of the two leaves out is zeros.
func sameTotals(a, b dsr.Totals) bool {
	notZero := func(t dsr.Totals) dsr.Totals {
		t = maps.Clone(t)
		maps.DeleteFunc(t, func(_ string, c dsr.Counts) bool { return c == dsr.Counts{} })
		return t
	}
	return maps.Equal(notZero(a), notZero(b))
}
