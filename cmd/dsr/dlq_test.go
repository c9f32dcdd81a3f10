package main

import (
	"context"
	"strings"
	"testing"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

func TestADeadLetterCannotMoveTheCursor(t *testing.T) {
	e, out, _ := testEnv(t, nil)
	addDead(cli.NewTable(e.Streams), operator.DeadLetter{
		Sequence:    "1",
		Reason:      "a\x1b[2Jb",
		Description: "c\r\nd",
		Age:         "0m",
	})
	if got := out.String(); got != "1  -  a [2Jb  age=0m  c  d\n" {
		t.Errorf("printed %q", got)
	}
}

// parked returns stores with two parked messages.
func parked(t *testing.T) *operatortest.Stored {
	t.Helper()
	s := operatortest.New(t)
	for n := range int64(2) {
		s.Must(s.Ledger.RecordPoison(t.Context(), dsr.DeadLetter{
			Queue:          dsr.QueueExports,
			SequenceNumber: n + 1,
			EnqueuedTime:   operatortest.Time,
			Body:           []byte("{}"),
		}))
	}
	return s
}

var allParked = operator.DisposalOrder{Queue: operator.PoisonQueue, All: true}

func TestDeadLettersThatAreGoneAreCounted(t *testing.T) {
	s := parked(t)
	o, _ := s.Operator(operatortest.Time)
	e, out, _ := testEnv(t, nil)
	late := disposal{name: operator.Resubmitted, do: func(o *operator.Operator, ctx context.Context, chosen operator.ChosenDead) ([]string, error) {
		_, err := o.PurgeDead(ctx, operator.ChosenDead{Queue: chosen.Queue, Letters: chosen.Letters[1:]}) // somebody else does
		s.Must(err)
		return o.ResubmitDead(ctx, chosen)
	}}
	err := dispose(t.Context(), e, o, allParked, disposeOptions{queue: operator.PoisonQueue, all: true}, late)
	if cli.ExitCode(err) != cli.ExitFailed || !strings.Contains(err.Error(), "1 of 2 are gone or held") || out.String() != "dsr-exports/20261123T100000Z-1  resubmitted\n" {
		t.Errorf("%v, printed %q", err, out)
	}
}

func TestANoAtTheTerminalRemovesNothing(t *testing.T) {
	for answer, want := range map[string]int{"n\n": 0, "y\n": 2} {
		s := parked(t)
		o, _ := s.Operator(operatortest.Time)
		e, _, errOut := testEnv(t, nil)
		e.In, e.CanAsk = strings.NewReader(answer), true
		purge := disposal{name: operator.Purged, asks: true, do: (*operator.Operator).PurgeDead}
		err := dispose(t.Context(), e, o, allParked, disposeOptions{queue: operator.PoisonQueue, all: true}, purge)
		left, countErr := o.CountDead(t.Context(), operator.PoisonQueue)
		s.Must(countErr)

		if left != 2-want || (err != nil) != (want == 0) {
			t.Errorf("%q: %d are left, %v", answer, left, err)
		}

		records := 0
		for info, err := range s.Audit.Backend().List(t.Context(), "_disposals/", "") {
			if records++; err != nil || !strings.HasSuffix(info.Name, "-purged.json") {
				t.Errorf("%s, %v", info.Name, err)
			}
		}

		if records != want {
			t.Errorf("%q: %d records of %d removals", answer, records, want)
		}
		if !strings.HasPrefix(errOut.String(), "Remove 2 dead letters of poison for good?") {
			t.Errorf("asked %q", errOut)
		}
	}
}
