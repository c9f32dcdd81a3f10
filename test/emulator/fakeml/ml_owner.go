package fakeml

import (
	"net/http"
	"net/url"
	"slices"
)

// Owner returns who made what a URL of a GET of the second generation leads to:
// of a version the maker of that version, of a deployment likewise, of a run, its
// job, its descendants and all that hangs on them the maker of the root run. It
// doesn't ask whether the thing is still there. False is for what nobody made,
// such as an experiment, and for what never was.
func (s *Server) Owner(rawURL string) (Person, bool) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return Person{}, false
	}
	row, vars, _ := s.find(&http.Request{Method: http.MethodGet, URL: u}, nil)
	if row == nil || !row.second || row.plane == planeDiscovery {
		return Person{}, false
	}
	at, ok := s.account.locate(vars)
	if kind := row.madeKind(); ok && kind != "" && !nobodys(kind) {
		return s.account.owner(kind, at), true
	}

	return Person{}, false
}

// madeOnes are the kinds of what somebody made and no DELETE can name.
var madeOnes = []string{evaluation, evaluationPlan, indexVersion, promptVersion}

// madeKind is the kind of what somebody made on a row's path: the innermost thing,
// or what lies in it and can't be deleted.
func (r *route) madeKind() string {
	names := variables(r.pattern)
	switch last := names[len(names)-1]; {
	case mlByVariable[last] != nil:
		return last
	case slices.Contains(madeOnes, last):
		return last
	}
	return r.kind
}

// owner returns who made a thing.
func (a *Account) owner(kind string, at place) Person {
	switch kind {
	case inWorkspace:
		return a.userOf(at.ml + 4) // the first isn't the subject's
	case inRegistry:
		return a.userOf(at.registry + 5)
	case mlRun, mlArtifacts, mlMetrics, mlRunning:
		return a.Creator(a.rootNumber(at))
	case "mlCompute":
		return a.computeOwner(at)
	}
	return a.Creator(at.item + at.entry)
}

// computeOwner returns who made a compute. Every second one is a person's own.
func (a *Account) computeOwner(at place) Person {
	if at.item%2 == 0 {
		return a.userOf(at.item / 2)
	}
	return a.colleague(at.item)
}
