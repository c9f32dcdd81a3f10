package fanout

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
)

// slowDirectory takes a second for each look-up. It has workspaces of two projects each.
type slowDirectory struct {
	Directory
	workspaces      []string
	exists, listing error
}

func (d slowDirectory) Exists(context.Context, dsr.Target) error {
	time.Sleep(time.Second)
	return d.exists
}

func (d slowDirectory) Children(_ context.Context, t dsr.Target, level dsr.Level) ([]string, error) {
	time.Sleep(time.Second)
	switch {
	case level == dsr.Workspace:
		return d.workspaces, d.listing
	case t.Workspace == "refused":
		return nil, errRefused
	default:
		return []string{"p", "q"}, nil
	}
}

func (slowDirectory) Row(dsr.Level) string { return "E10" }

var (
	errRefused = dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "no right")
	errAway    = dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "not now")
)

// TestAnAccountIsLookedUpAtOnce holds that many workspaces do not take long one after the other,
// and that what is found has its order.
func TestAnAccountIsLookedUpAtOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		dir  slowDirectory
		took time.Duration
		want []string
		err  error
	}{
		"workspaces": {
			dir:  slowDirectory{workspaces: []string{"one", "refused", "two"}},
			took: 2 * time.Second,
			want: []string{"/", "one/", "one/p", "one/q", "refused/", "refused/ failed", "two/", "two/p", "two/q"},
		},
		"no right to list the workspaces": {
			dir:  slowDirectory{listing: errRefused},
			took: time.Second,
			want: []string{"/", "/ failed"},
		},
		"no account, whatever its list says": {
			dir:  slowDirectory{exists: errRefused, workspaces: []string{"one"}, listing: errAway},
			took: time.Second,
			want: []string{"/ failed"},
		},
		"the list may come later": {
			dir:  slowDirectory{listing: errAway},
			took: time.Second,
			err:  errAway,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				found, err := discover(t.Context(), tt.dir, search{scope: []dsr.Scope{{ExperimentationAccount: "a"}}})
				if took := time.Since(began); !errors.Is(err, tt.err) || took != tt.took {
					t.Errorf("it took %s, want %s: %v", took, tt.took, err)
				}

				var names []string
				for _, f := range found {
					name := f.Target.Workspace + "/" + f.Target.Project
					if f.Failed != nil {
						name += " failed"
					}
					names = append(names, name)
				}
				if !slices.Equal(names, tt.want) {
					t.Errorf("found %q, want %q", names, tt.want)
				}
			})
		})
	}
}
