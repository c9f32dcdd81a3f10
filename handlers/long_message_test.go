package handlers_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
)

// settled notes how a message was settled.
type settled struct{ how string }

func (s *settled) Complete(context.Context, string, [16]byte) error {
	s.how = "completed"
	return nil
}

func (s *settled) MoveToDeadLetter(_ context.Context, queue string, _ [16]byte, reason, description string) error {
	s.how = strings.Join([]string{queue, reason, description}, " | ")
	return nil
}

// TestOfALongMessageNothingIsTaken calls functions whose parts would panic, with the
// beginning of a message.
func TestOfALongMessageNothingIsTaken(t *testing.T) {
	for queue, c := range map[string]struct {
		call   func(handlers.Functions, context.Context, customhandler.Message) error
		reason string
	}{
		dsr.QueueRequests:  {handlers.Functions.DSRIntake, dsr.ReasonInvalidRequest},
		dsr.QueueApprovals: {handlers.Functions.DSRApprove, dsr.ReasonInvalidApproval},
	} {
		s := &settled{}
		f := handlers.Functions{Settler: s, Logger: slog.New(slog.DiscardHandler)}
		err := c.call(f, t.Context(), customhandler.Message{Cut: true, Body: []byte(`{"id":"r"}`)})
		if want := queue + " | " + c.reason + " | "; err != nil || !strings.HasPrefix(s.how, want) || !strings.Contains(s.how, "longer than the 245760 bytes") {
			t.Errorf("%s: %v, %q", queue, err, s.how)
		}
	}
}
