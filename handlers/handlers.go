// Package handlers joins the functions of the app to what they do: a short file
// each that binds an invocation, calls, and settles the message.
package handlers

import (
	"context"
	"log/slog"
	"time"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/task"
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

// Intake opens requests.
type Intake interface {
	Accept(ctx context.Context, m fanout.Received) error
}

// Tasks runs and redrives task messages.
type Tasks interface {
	Run(ctx context.Context, d task.Delivery) error
	Redrive(ctx context.Context, d dsr.DeadLetter) error
}

// Approvals records approvals.
type Approvals interface {
	Accept(ctx context.Context, body []byte) error
}

// Reconciler checks attempts.
type Reconciler interface {
	Reconcile(ctx context.Context, wakeup []byte) error
}

// Watch looks after what nobody asks for any more.
type Watch interface {
	Run(ctx context.Context) error
}

// Bulk asks for exports on a schedule.
type Bulk interface {
	// Run is told the scheduled time, zero where the host keeps none, and
	// whether it is long past.
	Run(ctx context.Context, next time.Time, late bool) error
}

// Functions are the app's functions.
type Functions struct {
	Settler    Settler
	Intake     Intake
	Exports    Tasks
	Deletes    Tasks
	Reconciler Reconciler
	Watch      Watch
	Bulk       Bulk
	// Approvals takes the word of a second person on what may be deleted.
	Approvals Approvals
	Logger    *slog.Logger
}

// Register binds the functions to the Functions host's server.
func (f Functions) Register(s *customhandler.Server) {
	s.HandleMessage("dsr_intake", messageBinding, f.DSRIntake)
	s.HandleMessage("dsr_export", messageBinding, f.DSRExport)
	s.HandleMessage("dsr_export_redrive", messageBinding, f.DSRExportRedrive)
	s.HandleMessage("dsr_delete", messageBinding, f.DSRDelete)
	s.HandleMessage("dsr_delete_redrive", messageBinding, f.DSRDeleteRedrive)
	s.HandleMessage("dsr_approve", messageBinding, f.DSRApprove)
	s.HandleMessage("dsr_close", messageBinding, f.DSRClose)
	s.HandleTimer("dsr_watch", timerBinding, f.DSRWatch)
	s.HandleTimer("bulk_export", timerBinding, f.BulkExport)
}
