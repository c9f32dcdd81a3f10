package functionshost

import "errors"

// TimerTrigger is a timerTrigger binding.
type TimerTrigger struct {
	Schedule     Schedule
	RunOnStartup bool
	// UseMonitor: the host keeps the schedule status, tells it to the handler,
	// and makes up for what was missed while no host ran.
	UseMonitor bool
}

func (b binding) timer() (*TimerTrigger, error) {
	var (
		t    TimerTrigger
		errs [3]error
	)
	t.Schedule, errs[0] = ParseSchedule(b.text("schedule"))
	t.RunOnStartup, errs[1] = b.boolean("runOnStartup", false)
	t.UseMonitor, errs[2] = b.boolean("useMonitor", true)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return &t, nil
}
