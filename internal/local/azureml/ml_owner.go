package azureml

import (
	"fmt"
	"net/http"
	"net/url"
)

// Owner returns who made what a URL of the second generation leads to, as
// Documents yields it: of a version the maker of that version, of a deployment
// likewise, of a run, its job, its children and all that hangs on them the maker
// of the root run. False is for what nobody made, such as a setting.
func (s *Server) Owner(rawURL string) (Person, bool, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return Person{}, false, fmt.Errorf("looking for an owner: %w", err)
	}
	row, vars, _ := s.find(&http.Request{Method: http.MethodGet, URL: u}, nil)
	if row == nil || !row.second {
		return Person{}, false, fmt.Errorf("looking for the owner of %s: no row has this path", rawURL)
	}
	at, ok := s.account.locate(vars)
	if !ok {
		return Person{}, false, fmt.Errorf("looking for the owner of %s: there is nothing", rawURL)
	}
	if row.kind == "" || row.kind == mlExperiment {
		return Person{}, false, nil
	}
	return s.account.owner(row.kind, at), true, nil
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
