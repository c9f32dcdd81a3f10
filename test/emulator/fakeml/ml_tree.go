package fakeml

// The runs of an experiment form trees: every second root run is a pipeline
// with children, and its first child has two of its own. A descendant's index is
// 0 for the root itself, 1 for its first child, then come the two children of
// that one, then the root's other children.
const (
	firstGrandchild = 2
	grandchildren   = 2
)

// childAt is the descendant that is a root's child n.
func childAt(n int) int {
	if n == 0 {
		return 1
	}
	return n + firstGrandchild + grandchildren - 1
}

// parent is the place of the run that a run is the child of.
func (p place) parent() (place, bool) {
	switch {
	case p.descendant == 0:
		return place{}, false
	case p.descendant >= firstGrandchild && p.descendant < firstGrandchild+grandchildren:
		p.descendant = 1
	default:
		p.descendant = 0
	}
	return p, true
}

// rootNumber counts the root runs of a workspace.
func (a *Account) rootNumber(at place) int { return at.item*a.ML.RunsPerExperiment + at.entry }

// isPipeline reports whether a root run has children.
func (a *Account) isPipeline(at place) bool { return a.ML.ChildRuns > 0 && a.rootNumber(at)%2 == 0 }

// tree is how many places each root run has for itself and its descendants.
func (a *Account) tree() int { return 1 + grandchildren + a.ML.ChildRuns }

// runNumber counts all places of runs in a workspace.
func (a *Account) runNumber(at place) int { return a.rootNumber(at)*a.tree() + at.descendant }

// runKind counts runs, by ids that hold their number.
func (a *Account) runKind(name func(place) string, index func(string) string) kind {
	m := &a.ML
	return kind{
		count: m.Experiments * m.RunsPerExperiment * a.tree(),
		put: func(at *place, i int) {
			root := i / a.tree()
			at.item, at.entry, at.descendant = root/m.RunsPerExperiment, root%m.RunsPerExperiment, i%a.tree()
		},
		name:   name,
		index:  index,
		exists: func(at place) bool { return at.descendant == 0 || a.isPipeline(at) },
	}
}

// children are the places of a run's children.
func (a *Account) children(at place) []int {
	switch {
	case !a.isPipeline(at):
		return nil
	case at.descendant == 0:
		children := make([]int, a.ML.ChildRuns)
		for n := range children {
			children[n] = childAt(n)
		}
		return children

	case at.descendant == 1:
		return []int{firstGrandchild, firstGrandchild + 1}
	}
	return nil
}

// runsAtFirst reports whether a run has not come to its end: every seventh root
// run, from the fourth.
func (a *Account) runsAtFirst(at place) bool {
	return at.descendant == 0 && a.rootNumber(at)%7 == 3
}
