package handlers_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// refusing is an intake that refuses everything with an error.
type refusing struct{ err error }

func (r refusing) Accept(context.Context, fanout.Received) error { return r.err }

// deadLettered keeps why a message was dead-lettered.
type deadLettered struct{ reason, description string }

func (s *deadLettered) Complete(context.Context, string, [16]byte) error { return nil }

func (s *deadLettered) MoveToDeadLetter(_ context.Context, _ string, _ [16]byte, reason, description string) error {
	s.reason, s.description = reason, description
	return nil
}

func TestADeadLettersDescriptionHasNoNames(t *testing.T) {
	const target = "/subscriptions/s/resourceGroups/ada-group/providers/Microsoft.MachineLearningServices/workspaces/ada-ws"
	var log bytes.Buffer
	s := &deadLettered{}
	f := handlers.Functions{
		Settler: s,
		Intake:  refusing{dsr.Errorf(dsr.Permanent, dsr.ReasonConfirmationMissing, "%s of ada@example.org is not confirmed", target)},
		Logger:  slog.New(slog.NewJSONHandler(&log, nil)),
	}
	if err := f.DSRIntake(t.Context(), customhandler.Message{Body: []byte(`{"id":"req-1"}`)}); err != nil {
		t.Fatal(err)
	}

	if s.reason != dsr.ReasonConfirmationMissing || strings.Contains(s.description, "ada") || !strings.Contains(s.description, "workspaces/… of … is not confirmed") {
		t.Errorf("dead-lettered for %s: %s", s.reason, s.description)
	}
	if strings.Contains(log.String(), "ada") {
		t.Errorf("logged %s", &log)
	}
}
