package handlers_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// redriven answers each redrive in one way.
type redriven func() error

func (redriven) Run(context.Context, task.Delivery) error        { return nil }
func (r redriven) Redrive(context.Context, dsr.DeadLetter) error { return r() }

// unremovable is a queue of which nothing can be completed.
type unremovable struct{ settled }

func (*unremovable) Complete(context.Context, string, [16]byte) error {
	return &dsr.Error{Class: dsr.Transient, Queue: dsr.QueueExports, Message: "away"}
}

// TestADeadLetterIsNeverAbandoned calls the redrive. An error would be answered 500, and
// the host would abandon the message and call again at once.
func TestADeadLetterIsNeverAbandoned(t *testing.T) {
	for name, c := range map[string]struct {
		redrive redriven
		settler handlers.Settler
	}{
		"that is sent again":       {func() error { return nil }, &settled{}},
		"that nobody can read":     {func() error { return dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "storage is away") }, &settled{}},
		"that fails for no reason": {func() error { return errors.New("unclear") }, &settled{}},
		"that can't be removed":    {func() error { return nil }, &unremovable{}},
		"that is refused for good": {func() error { return dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "x") }, &settled{}},
	} {
		f := handlers.Functions{Settler: c.settler, Exports: c.redrive, Deletes: c.redrive, Logger: slog.New(slog.DiscardHandler)}
		for _, call := range []func(context.Context, customhandler.Message) error{f.DSRExportRedrive, f.DSRDeleteRedrive} {
			if err := call(t.Context(), customhandler.Message{Body: []byte("{}")}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
