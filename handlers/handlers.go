// Package handlers holds the functions of the app. Each has a file of its own that takes
// an invocation, calls what does the work, and settles the message.
package handlers

import (
	"context"
	"log/slog"
	"time"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/task"
	"azureml-dsr/internal/telemetry"
)

// Binding names of the triggers in functions/*/function.json.
const (
	messageBinding = "message"
	timerBinding   = "timer"
)

// Settler settles messages by their lock token.
type Settler interface {
	Complete(ctx context.Context, queue string, token [16]byte) error
	MoveToDeadLetter(ctx context.Context, queue string, token [16]byte, reason, description string) error
}

// Intake accepts requests.
type Intake interface {
	Accept(ctx context.Context, m fanout.Received) error
}

// Tasks runs and redrives task messages.
type Tasks interface {
	Run(ctx context.Context, d task.Delivery) error
	Redrive(ctx context.Context, d dsr.DeadLetter) error
}

// Approvals records a second person's approvals of what is to be deleted.
type Approvals interface {
	Accept(ctx context.Context, body []byte) error
}

// Callbacks tells receivers of changes.
type Callbacks interface {
	Accept(ctx context.Context, body []byte) error
}

// Copies makes the copies that are ordered for a person.
type Copies interface {
	Accept(ctx context.Context, body []byte) error
}

// Reconciler checks the attempt that a wake-up names.
type Reconciler interface {
	Reconcile(ctx context.Context, wakeup []byte) error
}

// Watch wakes open attempts and removes what has expired.
type Watch interface {
	Run(ctx context.Context) error
}

// Bulk requests exports on a schedule.
type Bulk interface {
	// Run sends the requests that are due. next is the time that the host has scheduled,
	// zero where it keeps none, and late reports whether that is long past.
	Run(ctx context.Context, next time.Time, late bool) error
}

// Functions are the app's functions. Each field must be set.
type Functions struct {
	Settler    Settler
	Intake     Intake
	Exports    Tasks
	Deletes    Tasks
	Reconciler Reconciler
	Watch      Watch
	Bulk       Bulk
	Approvals  Approvals
	Callbacks  Callbacks
	Copies     Copies
	Logger     *slog.Logger
	// Telemetry records each invocation; nil records nothing.
	Telemetry *telemetry.Recorder
}

// Register binds the functions to the Functions host's server.
func (f Functions) Register(s *customhandler.Server) {
	s.HandleMessage("dsr_intake", messageBinding, f.observed(dsr.QueueRequests, f.DSRIntake))
	s.HandleMessage("dsr_export", messageBinding, f.observed(dsr.QueueExports, f.DSRExport))
	s.HandleMessage("dsr_export_redrive", messageBinding, f.observed(bus.DeadLetter(dsr.QueueExports), f.DSRExportRedrive))
	s.HandleMessage("dsr_delete", messageBinding, f.observed(dsr.QueueDeletes, f.DSRDelete))
	s.HandleMessage("dsr_delete_redrive", messageBinding, f.observed(bus.DeadLetter(dsr.QueueDeletes), f.DSRDeleteRedrive))
	s.HandleMessage("dsr_approve", messageBinding, f.observed(dsr.QueueApprovals, f.DSRApprove))
	s.HandleMessage("dsr_callback", messageBinding, f.observed(dsr.QueueCallbacks, f.DSRCallback))
	s.HandleMessage("dsr_copy", messageBinding, f.observed(dsr.QueueCopies, f.DSRCopy))
	s.HandleMessage("dsr_close", messageBinding, f.observed(dsr.QueueClosings, f.DSRClose))
	s.HandleTimer("dsr_watch", timerBinding, f.observedTimer(f.DSRWatch))
	s.HandleTimer("bulk_export", timerBinding, f.observedTimer(f.BulkExport))
}
