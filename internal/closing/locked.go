package closing

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// maxLocksNamed bounds the locks that a plan and a failure name.
const maxLocksNamed = 20

// locked ends the nodes that delete if a lock stands in the way of any of them: what lies
// around it would be gone by the time Azure refuses. It looks only while nothing has begun,
// since what has begun ends by its own tasks.
func (c *Reconciler) locked(ctx context.Context, plan dsr.Plan, deletions dsr.DeletionPlan, found findings) (bool, error) {
	if begun, err := c.begun(ctx, plan, deletions, found); begun || err != nil {
		return false, err
	}

	locks, err := c.locksOn(ctx, deletions)
	if dsr.ClassOf(err) == dsr.Permanent {
		return true, c.giveUpDeletions(ctx, plan, found, dsr.ReasonOf(err), "nothing is deleted while locks can't be looked up: "+err.Error())
	}
	if len(locks) == 0 || err != nil {
		return false, err
	}

	return true, c.giveUpDeletions(ctx, plan, found, dsr.ReasonLocked, "nothing is deleted, for a lock forbids it: "+lockNames(locks)+"; when it is removed, `dsr retry`")
}

// begun reports whether a stage was sent or is done.
func (c *Reconciler) begun(ctx context.Context, plan dsr.Plan, deletions dsr.DeletionPlan, found findings) (bool, error) {
	for _, stage := range deletions.Stages {
		n, ok := plan.Node(stage.Node)
		if !ok || n.Failed != nil {
			continue
		}
		if !found.incomplete[n.Number] {
			return true, nil
		}
		if n.After.MeetsAny(openNodes(found)) {
			continue
		}
		if last, _, err := c.Ledger.Hops(ctx, plan.FirstTask(n)); last > 0 || err != nil {
			return last > 0, err
		}
	}
	return false, nil
}

// lockNames names locks for a person.
func lockNames(locks []dsr.Lock) string {
	names := make([]string, 0, maxLocksNamed)
	for _, l := range locks[:min(len(locks), maxLocksNamed)] {
		names = append(names, l.String())
	}
	if more := len(locks) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// locksOn returns the locks that forbid a deletion of a plan: those on what is deleted, on
// what holds it, and on what is in it.
func (c *Reconciler) locksOn(ctx context.Context, deletions dsr.DeletionPlan) ([]dsr.Lock, error) {
	if c.Locks == nil {
		return nil, nil
	}

	var locks []dsr.Lock
	for _, place := range lockPlaces(deletions) {
		listed, err := c.Locks(ctx, place.scope, place.below)
		if !place.below && dsr.ReasonOf(err) == dsr.ReasonForbidden {
			continue // what is deleted has named the locks that it inherits
		}
		if err != nil {
			return nil, err
		}

		for _, l := range listed {
			if !l.StopsDeletions() || slices.Contains(locks, l) {
				continue
			}
			stops, err := c.stops(ctx, deletions, l)
			if err != nil {
				return nil, err
			}
			if stops {
				locks = append(locks, l)
			}
		}
	}

	return locks, nil
}

// lockPlace is where locks are looked for.
type lockPlace struct {
	scope string
	below bool // also in it
}

// lockPlaces returns what a plan deletes from, with what is in it, then the resource groups
// and subscriptions that hold that.
func lockPlaces(deletions dsr.DeletionPlan) []lockPlace {
	var places, around []lockPlace
	add := func(to *[]lockPlace, p lockPlace) {
		same := func(q lockPlace) bool { return strings.EqualFold(p.scope, q.scope) }
		if !slices.ContainsFunc(*to, same) {
			*to = append(*to, p)
		}
	}

	for _, d := range deletions.Stages {
		if d.Things() == 0 {
			continue
		}
		space := dsr.SpaceOf(d.Target)
		add(&places, lockPlace{space, true})
		for _, holder := range holders(space) {
			add(&around, lockPlace{holder, false})
		}
	}

	return append(places, around...)
}

// holders returns the resource group and the subscription of an ARM id.
func holders(id string) []string {
	segments := strings.Split(strings.Trim(id, "/"), "/")
	var out []string
	for _, n := range []int{4, 2} { // subscriptions/{id}/resourceGroups/{name}
		if len(segments) > n {
			out = append(out, "/"+strings.Join(segments[:n], "/"))
		}
	}
	return out
}

// stops reports whether a lock forbids anything that a plan deletes.
func (c *Reconciler) stops(ctx context.Context, deletions dsr.DeletionPlan, l dsr.Lock) (bool, error) {
	a := dsr.Attempt{RequestID: deletions.RequestID, Number: deletions.Attempt}
	for _, d := range deletions.Stages {
		if d.Things() == 0 {
			continue
		}
		if l.Stops(d) {
			return true, nil
		}
		if !dsr.InScope(l.Scope, dsr.SpaceOf(d.Target)) {
			continue
		}

		for thing, err := range c.Ledger.PlannedThings(ctx, a, d) {
			if err != nil {
				return false, err
			}
			if u, err := url.Parse(thing.URL); err == nil && l.StopsThing(u.Path) {
				return true, nil
			}
		}
	}
	return false, nil
}
