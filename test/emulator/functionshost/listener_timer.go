package functionshost

import (
	"context"
	"log/slog"
	"time"
)

// timerListener fires a timer function. Runs never overlap, and a failed one
// isn't repeated. What falls due during a run, or while no host ran, becomes one
// run (TimerListener and ScheduleMonitor in azure-webjobs-sdk-extensions).
type timerListener struct {
	name, binding string
	trigger       TimerTrigger
	status        statusFile // for a trigger that is monitored
	invoker       invoker
	log           *slog.Logger
}

func (l *timerListener) run(listen, invoke context.Context) {
	now := time.Now().UTC()
	status := scheduleStatus{next: l.trigger.Schedule.Next(now)}
	if l.monitored() {
		status = l.resume(now)
	}
	if pastDue := !status.next.IsZero() && now.After(status.next); pastDue || l.trigger.RunOnStartup {
		status = l.fire(invoke, status, now, pastDue)
	}
	for until(listen, status.next) {
		// A clock set back mustn't fire it twice.
		status = l.fire(invoke, status, latest(status.next, time.Now().UTC()), false)
	}
}

// monitored reports whether the status is kept and told to the handler.
func (l *timerListener) monitored() bool {
	return l.trigger.UseMonitor && !l.trigger.Schedule.subMinute()
}

// resume returns the status that was kept, or begins one. When it isn't what the
// schedule says, the schedule was changed, and nothing is past due by the old.
func (l *timerListener) resume(now time.Time) scheduleStatus {
	kept, err := l.status.load()
	if err != nil {
		l.log.Error("the timer begins anew", "error", err)
	}

	if kept == nil {
		next := l.trigger.Schedule.Next(now)
		l.keep(scheduleStatus{next: next, updated: now})
		return scheduleStatus{next: next}
	}

	from := now
	switch {
	case !kept.last.IsZero():
		from = kept.last
	case !kept.updated.IsZero():
		from = kept.updated
	}

	expected := l.trigger.Schedule.Next(from)
	if kept.next.Equal(expected) {
		return *kept
	}

	if now.After(expected) {
		from, expected = now, l.trigger.Schedule.Next(now)
	}

	changed := scheduleStatus{next: expected, updated: from}
	l.keep(changed)

	return changed
}

// fire runs the function at a time and gives the status after it.
func (l *timerListener) fire(ctx context.Context, status scheduleStatus, at time.Time, pastDue bool) scheduleStatus {
	var told *scheduleStatus
	if l.monitored() {
		told = &status
	}
	// The invoker has logged a failure; a timer has nothing to settle.
	_ = l.invoker.invoke(ctx, l.name, timerPayload(l.binding, told, pastDue, newSystem(l.name)))
	after := scheduleStatus{last: at, next: l.trigger.Schedule.Next(at), updated: at}
	if l.monitored() {
		l.keep(after)
	}
	return after
}

func (l *timerListener) keep(s scheduleStatus) {
	if err := l.status.save(s); err != nil {
		l.log.Error("a restart will not know this timer's status", "error", err)
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// until waits for a point in time and reports whether ctx lasted that long; the
// zero time never comes.
func until(ctx context.Context, t time.Time) bool {
	if t.IsZero() {
		<-ctx.Done()
		return false
	}
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
