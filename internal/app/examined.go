package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/operator"
)

// examination is how long the doctor may take.
const examination = 2 * time.Minute

// examinedWatch has the doctor look at the installation after the first run of dsr_watch:
// only the worker itself has the worker's identity.
type examinedWatch struct {
	handlers.Watch
	diagnose func(context.Context) ([]operator.Finding, error)
	logger   *slog.Logger
	once     sync.Once
}

// examined returns a watch that has the doctor look once. It does so on Azure only: elsewhere
// the identity is the operator's, who has `dsr doctor`.
func examined(watch handlers.Watch, s config.Settings, logger *slog.Logger) handlers.Watch {
	if !s.PlatformIdentity {
		return watch
	}
	return &examinedWatch{
		Watch: watch,
		diagnose: func(ctx context.Context) ([]operator.Finding, error) {
			return operator.Diagnose(ctx, s, operator.DoctorOptions{Source: "the app's settings"})
		},
		logger: logger,
	}
}

// Run implements handlers.Watch. What the doctor finds is no failure of the watch.
func (w *examinedWatch) Run(ctx context.Context) error {
	err := w.Watch.Run(ctx)
	w.once.Do(func() { w.examine(ctx) })
	return err
}

func (w *examinedWatch) examine(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, examination)
	defer cancel()

	findings, err := w.diagnose(ctx)
	if err != nil {
		w.logger.WarnContext(ctx, "the doctor could not look at everything", "error", err.Error())
	}

	faults := 0
	for _, f := range findings {
		if f.OK {
			continue
		}
		faults++
		w.logger.WarnContext(ctx, "the doctor finds a fault",
			"what", f.What, "detail", f.Detail, "remedy", f.Remedy, "command", f.Command)
	}
	w.logger.InfoContext(ctx, "the doctor has looked", "checks", len(findings), "faults", faults)
}
