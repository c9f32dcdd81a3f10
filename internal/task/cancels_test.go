package task

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// fakeCancels is a ledger that counts how often it is asked whether an attempt is
// canceled.
type fakeCancels struct {
	canceled bool
	err      error
	asked    int
}

func (f *fakeCancels) Canceled(context.Context, dsr.Attempt) (bool, error) {
	f.asked++
	return f.canceled, f.err
}

func TestNotCanceledIsRememberedForAMoment(t *testing.T) {
	one, other := dsr.Attempt{RequestID: "a", Number: 1}, dsr.Attempt{RequestID: "a", Number: 2}
	for name, tt := range map[string]struct {
		first   fakeCancels
		attempt dsr.Attempt
		later   time.Duration
		asks    bool
	}{
		"at once":                       {attempt: one},
		"almost three seconds later":    {attempt: one, later: notCanceledFor - 1},
		"three seconds later":           {attempt: one, later: notCanceledFor, asks: true},
		"the clock was set back":        {attempt: one, later: -time.Second, asks: true},
		"another attempt":               {attempt: other, asks: true},
		"the first answer was yes":      {first: fakeCancels{canceled: true}, attempt: one, asks: true},
		"the first answer was an error": {first: fakeCancels{err: errors.New("x")}, attempt: one, asks: true},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Unix(1_795_514_400, 0)
			ledger := tt.first
			c := newCancels(ledger.Canceled, func() time.Time { return now })
			_, _ = c.canceled(t.Context(), one)

			now = now.Add(tt.later)
			ledger = fakeCancels{canceled: true}
			got, err := c.canceled(t.Context(), tt.attempt)
			if err != nil || got != tt.asks || (ledger.asked == 1) != tt.asks {
				t.Errorf("canceled %t, %v, asked %d times; want it asked: %t", got, err, ledger.asked, tt.asks)
			}
		})
	}
}

func TestTheAttemptsThatAreRememberedAreBounded(t *testing.T) {
	c := newCancels(new(fakeCancels).Canceled, time.Now)
	for n := range 3 * maxCancels {
		if _, err := c.canceled(t.Context(), dsr.Attempt{RequestID: fmt.Sprint(n), Number: 1}); err != nil {
			t.Fatal(err)
		}
		if len(c.last) > maxCancels {
			t.Fatalf("%d attempts are remembered", len(c.last))
		}
	}
}
