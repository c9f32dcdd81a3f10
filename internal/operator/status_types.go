package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/survey"
)

const (
	maxHop   = 1 << 20 // bytes of a record of a resend
	hopReads = 16      // records that are read at once
)

// TypeStatus counts the tasks of a resource type, each in one of the counts.
type TypeStatus struct {
	Type      string `json:"type"`
	Done      int64  `json:"done"`
	Waiting   int64  `json:"waiting"`
	Scheduled int64  `json:"scheduled"` // waiting until a set time
	Until     Moment `json:"until"`     // the latest of those times
	Failed    int64  `json:"failed"`    // failed or canceled
}

// newTypes returns a zero TypeStatus for each type of a plan, in the plan's order.
func newTypes(plan dsr.Plan) []TypeStatus {
	types := []TypeStatus{}
	for _, n := range plan.Nodes {
		for _, typ := range append([]string{n.Type}, n.Followers...) {
			if !slices.ContainsFunc(types, func(t TypeStatus) bool { return t.Type == typ }) {
				types = append(types, TypeStatus{Type: typ})
			}
		}
	}
	return types
}

// taskCounts counts the tasks that a survey finds.
type taskCounts struct {
	types   []TypeStatus
	missing map[string]string // types of tasks without a receipt, by the prefix of their resends
}

// countTasks counts the tasks that the pages imply, by type.
func (o *Operator) countTasks(ctx context.Context, plan dsr.Plan, closed bool) ([]TypeStatus, error) {
	v := &taskCounts{types: newTypes(plan), missing: map[string]string{}}
	for t, err := range survey.New(o.ledger, plan).Tasks(ctx) {
		if err != nil {
			return nil, err
		}
		v.add(t)
	}

	if closed { // only a canceled attempt has tasks without a receipt; they count as canceled
		for _, typ := range v.missing {
			v.of(typ).Failed++
		}
		return v.types, nil
	}
	if len(v.missing) == 0 {
		return v.types, nil
	}

	times, err := o.lastHops(ctx, dsr.Attempt{RequestID: plan.RequestID, Number: plan.Attempt}, v.missing)
	if err != nil {
		return nil, err
	}

	v.addMissing(times, o.now())

	return v.types, nil
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

// addMissing counts the tasks without a receipt: those that a resend has set a later time
// for as scheduled, all others as waiting.
func (v *taskCounts) addMissing(times map[string]time.Time, now time.Time) {
	for prefix, typ := range v.missing {
		t, until := v.of(typ), times[prefix]
		if !until.After(now) {
			t.Waiting++
			continue
		}

		t.Scheduled++
		if until.After(t.Until.Time) {
			t.Until = Moment{until}
		}
	}
}

// of finds a type's counts; a survey names only types of the plan.
func (v *taskCounts) of(typ string) *TypeStatus {
	i := slices.IndexFunc(v.types, func(t TypeStatus) bool { return t.Type == typ })
	return &v.types[i]
}

// lastHops returns until when tasks wait, by the prefix of their resends. An attempt has
// few resends, so they are listed in one go.
func (o *Operator) lastHops(ctx context.Context, a dsr.Attempt, tasks map[string]string) (map[string]time.Time, error) {
	last := map[string]string{} // name of a task's last resend, by its prefix
	for info, err := range o.audit.Backend().List(ctx, a.Prefix()+"hops/", "") {
		if err != nil {
			return nil, fmt.Errorf("listing the hops: %w", err)
		}
		prefix := info.Name[:strings.LastIndexByte(info.Name, '/')+1]
		if _, ok := tasks[prefix]; ok {
			last[prefix] = info.Name
		}
	}

	var mu sync.Mutex
	times := make(map[string]time.Time, len(last))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(hopReads)

	for prefix, name := range last {
		g.Go(func() error {
			at, err := o.notBefore(gctx, name)
			mu.Lock()
			defer mu.Unlock()
			times[prefix] = at
			return err
		})
	}

	return times, g.Wait()
}

// notBefore returns the time that a record of a resend sets.
func (o *Operator) notBefore(ctx context.Context, name string) (time.Time, error) {
	body, _, err := o.audit.Read(ctx, name, maxHop)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading a hop: %w", err)
	}

	var hop dsr.Hop
	if err := json.Unmarshal(body, &hop); err != nil {
		return time.Time{}, fmt.Errorf("hop record %s is not what was written: %w", name, err)
	}
	return hop.NotBefore, nil
}
