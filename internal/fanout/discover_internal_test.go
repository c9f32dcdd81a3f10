package fanout

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
)

// slowDirectory takes a second for each look-up. It has workspaces of two projects each.
type slowDirectory struct {
	Directory
	workspaces []string
}

func (slowDirectory) Exists(context.Context, dsr.Target) error {
	time.Sleep(time.Second)
	return nil
}

func (d slowDirectory) Children(_ context.Context, t dsr.Target, level dsr.Level) ([]string, error) {
	time.Sleep(time.Second)
	switch {
	case level == dsr.Workspace:
		return d.workspaces, nil
	case t.Workspace == "refused":
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "no right")
	default:
		return []string{"p", "q"}, nil
	}
}

func (slowDirectory) Row(dsr.Level) string { return "E10" }

// TestWorkspacesAreLookedUpAtOnce holds that many workspaces do not take long one after the
// other, and that they are found in their order.
func TestWorkspacesAreLookedUpAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := slowDirectory{workspaces: []string{"one", "refused", "two"}}
		began := time.Now()
		found, err := discover(t.Context(), dir, search{scope: []dsr.Scope{{ExperimentationAccount: "a"}}})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("it took %s, for an account, its workspaces and their projects", took)
		}

		var names []string
		for _, f := range found {
			name := f.Target.Workspace + "/" + f.Target.Project
			if f.Failed != nil {
				name += " failed"
			}
			names = append(names, name)
		}
		want := []string{"/", "one/", "one/p", "one/q", "refused/", "refused/ failed", "two/", "two/p", "two/q"}
		if !slices.Equal(names, want) {
			t.Errorf("found %q, want %q", names, want)
		}
	})
}
