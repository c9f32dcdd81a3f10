package functionshost

import (
	"context"
	"log/slog"
	"time"
)

// timerListener fires a timer function. Runs never overlap, a failed one isn't
// repeated, and what falls due during a run is left out.
type timerListener struct {
	name, binding string
	trigger       TimerTrigger
	invoker       invoker
	log           *slog.Logger
}

func (l *timerListener) run(listen, invoke context.Context) {
	now := time.Now().UTC()
	var status *scheduleStatus
	if l.trigger.UseMonitor && !l.trigger.Schedule.subMinute(now) {
		status = &scheduleStatus{next: l.trigger.Schedule.Next(now), updated: now}
	}
	if l.trigger.RunOnStartup {
		l.fire(invoke, status, now)
	}
	for at := now; ; {
		due := l.trigger.Schedule.Next(latest(at, time.Now().UTC()))
		if due.IsZero() {
			l.log.Warn("the schedule has no next time")
			return
		}
		if !until(listen, due) {
			return
		}
		at = latest(due, time.Now().UTC()) // a clock set back mustn't fire it twice
		l.fire(invoke, status, at)
	}
}

// fire runs the function and then brings the status up to date.
func (l *timerListener) fire(ctx context.Context, status *scheduleStatus, at time.Time) {
	// The invoker has logged a failure; a timer has nothing to settle.
	_ = l.invoker.invoke(ctx, l.name, timerPayload(l.binding, status, false, newSystem(l.name)))
	if status != nil {
		*status = scheduleStatus{last: at, next: l.trigger.Schedule.Next(at), updated: at}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// until waits for a point in time and reports whether ctx lasted that long.
func until(ctx context.Context, t time.Time) bool {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
