package functionshost

import "errors"

// TimerTrigger is a timerTrigger binding.
type TimerTrigger struct {
	Schedule     Schedule
	RunOnStartup bool
	// UseMonitor: the host keeps the schedule status, passes it to the handler, and
	// runs the timer at the start if a run was missed while no host ran.
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
