package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

const (
	maxHop   = 1 << 20 // bytes of a hop record
	hopReads = 16      // at once
)

// readStatus reads from the records how far a request is.
func readStatus(ctx context.Context, c *config.Connections, id string, now time.Time) (status, error) {
	a, err := latestAttempt(ctx, c, id)
	if err, ok := errors.AsType[*exitError](err); ok && err.code == exitNotFound && c.Bus != nil {
		return queuedStatus(ctx, c.Bus, id, err)
	}
	if err != nil {
		return status{}, err
	}
	request, _, err := c.Ledger.Request(ctx, id)
	if err != nil {
		return status{}, err
	}
	due, err := dueOf(ctx, c, a)
	if err != nil {
		return status{}, err
	}
	s := status{ID: id, Kind: request.Kind, Attempt: a.Number, State: stateReceived, Due: moment{due}, Types: []typeStatus{}}
	s.DaysLeft = daysUntil(s.Due.Time, now)
	plan, found, err := c.Ledger.Plan(ctx, a)
	if err != nil || !found {
		return s, err
	}
	manifest, _, closed, err := c.Ledger.Manifest(ctx, a)
	if err != nil {
		return status{}, err
	}
	if s.State, err = openState(ctx, c, plan); err != nil {
		return status{}, err
	}
	if closed {
		s.State, s.Failures = string(manifest.Status), manifest.Failures
	}
	if request.DryRun {
		plan = plan.Reading()
	}
	s.Types, err = readTypes(ctx, c, plan, closed, now)
	return s, err
}

// openState tells whether an open attempt waits for an approval: it is fixed what
// is to be deleted, and nothing of it has been sent.
func openState(ctx context.Context, c *config.Connections, plan dsr.Plan) (string, error) {
	i := slices.IndexFunc(plan.Nodes, dsr.Node.Deletes)
	if i < 0 {
		return stateRunning, nil
	}
	first := plan.FirstTask(plan.Nodes[i])
	_, _, planned, err := c.Ledger.DeletionPlan(ctx, first.Of())
	if err != nil || !planned {
		return stateRunning, err
	}
	_, approved, err := c.Ledger.Approval(ctx, first.Of())
	if err != nil || approved {
		return stateRunning, err
	}
	_, _, begun, err := c.Ledger.Page(ctx, first)
	if err != nil || begun {
		return stateRunning, err
	}
	return stateAwaitingApproval, nil
}

// dueOf gives a request's deadline, with its extension. While nothing but the
// index names an attempt, it is the index that knows.
func dueOf(ctx context.Context, c *config.Connections, a dsr.Attempt) (time.Time, error) {
	due, err := c.Ledger.Due(ctx, a.RequestID)
	if err != nil || !due.IsZero() {
		return due, err
	}
	open, _, err := c.Ledger.Open(ctx, a)
	return open.DueAt, err
}

// daysUntil counts the days of the calendar, in UTC, that are left until a
// deadline; it is negative as soon as that has passed.
func daysUntil(due, now time.Time) int {
	const day = 24 * time.Hour
	days := int(due.UTC().Truncate(day).Sub(now.UTC().Truncate(day)) / day)
	if days == 0 && now.After(due) {
		return -1
	}
	return days
}

// holder tells what a queue holds.
type holder interface {
	Holds(ctx context.Context, queue, property, value string) (bool, error)
}

// queuedStatus is that of a request that nobody has taken from its queue yet.
func queuedStatus(ctx context.Context, in holder, id string, missing error) (status, error) {
	held, err := in.Holds(ctx, dsr.QueueRequests, dsr.PropRequestID, id)
	if err != nil {
		return status{}, err
	}
	if !held {
		return status{}, missing
	}
	return status{ID: id, Attempt: 1, State: stateReceived, Types: []typeStatus{}}, nil
}

// readTypes counts the tasks that the pages imply, by type.
func readTypes(ctx context.Context, c *config.Connections, plan dsr.Plan, closed bool, now time.Time) ([]typeStatus, error) {
	a := dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}
	v := &taskCounts{types: newTypes(plan), missing: map[string]string{}}
	for t, err := range survey.New(c.Ledger, plan).Tasks(ctx) {
		if err != nil {
			return nil, err
		}
		v.add(t)
	}
	switch {
	case closed: // a canceled attempt: what has no receipt counts as canceled
		for _, typ := range v.missing {
			v.of(typ).Failed++
		}
	case len(v.missing) > 0:
		if err := v.readHops(ctx, c, a, now); err != nil {
			return nil, err
		}
	}
	return v.types, nil
}

// taskCounts counts what a survey tells.
type taskCounts struct {
	types   []typeStatus
	missing map[string]string // type by the prefix of the task's hop records
}

func (v *taskCounts) add(t survey.Found) {
	switch {
	case !t.Done:
		v.missing[t.Task.HopsPrefix()] = t.Task.Type
	case t.Receipt.Outcome == dsr.Succeeded:
		v.of(t.Task.Type).Done++
	default:
		v.of(t.Task.Type).Failed++
	}
}

// of finds a type's counts; a survey names only types of the plan.
func (v *taskCounts) of(typ string) *typeStatus {
	i := slices.IndexFunc(v.types, func(t typeStatus) bool { return t.Type == typ })
	return &v.types[i]
}

// readHops tells the tasks that wait for their time from those that wait for
// their turn. The hops of an attempt are few, so they are listed once.
func (v *taskCounts) readHops(ctx context.Context, c *config.Connections, a dsr.Attempt, now time.Time) error {
	last := map[string]string{} // name of a task's last hop record, by prefix
	for info, err := range c.Audit.Backend().List(ctx, a.Prefix()+"hops/", "") {
		if err != nil {
			return fmt.Errorf("listing the hops: %w", err)
		}
		prefix := info.Name[:strings.LastIndexByte(info.Name, '/')+1]
		if _, ok := v.missing[prefix]; ok {
			last[prefix] = info.Name
		}
	}
	times, err := hopTimes(ctx, c, last)
	if err != nil {
		return err
	}
	for prefix, typ := range v.missing {
		t, until := v.of(typ), times[prefix]
		if !until.After(now) {
			t.Waiting++
			continue
		}
		t.Scheduled++
		if until.After(t.Until.Time) {
			t.Until = moment{until}
		}
	}
	return nil
}

// hopTimes reads when recorded hops are due, some of them at once.
func hopTimes(ctx context.Context, c *config.Connections, hops map[string]string) (map[string]time.Time, error) {
	var mu sync.Mutex
	times := make(map[string]time.Time, len(hops))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(hopReads)
	for prefix, name := range hops {
		g.Go(func() error {
			at, err := notBefore(gctx, c, name)
			mu.Lock()
			defer mu.Unlock()
			times[prefix] = at
			return err
		})
	}
	return times, g.Wait()
}

func notBefore(ctx context.Context, c *config.Connections, name string) (time.Time, error) {
	body, _, err := c.Audit.Read(ctx, name, maxHop)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading a hop: %w", err)
	}
	var hop dsr.Hop
	if err := json.Unmarshal(body, &hop); err != nil {
		return time.Time{}, fmt.Errorf("hop record %s is not what was written: %w", name, err)
	}
	return hop.NotBefore, nil
}
