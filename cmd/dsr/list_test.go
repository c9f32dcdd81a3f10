package main

import (
	"testing"

	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

func TestListMarksLateRequestsInRedOnATerminalOnly(t *testing.T) {
	s := operatortest.New(t)
	s.Open()

	for name, c := range map[string]struct {
		env      map[string]string
		terminal bool
		red      bool
	}{
		"on a terminal":                     {nil, true, true},
		"elsewhere":                         {nil, false, false},
		"on a terminal that wants no color": {map[string]string{"NO_COLOR": ""}, true, false},
	} {
		e, out, _ := testEnv(t, c.env)
		e.IsTerminal = c.terminal
		o, _ := s.Operator(operatortest.Time.AddDate(0, 2, 0))
		if err := runList(t.Context(), e, o, operator.ListOptions{}, false); err != nil {
			t.Fatal(err)
		}

		want := "req-1  export  attempt=1  received  due=2026-12-23  daysLeft=-31  LATE\n"
		if c.terminal {
			row := "req-1  export  1        received  2026-12-23  -31        LATE"
			if c.red {
				row = "\x1b[31m" + row + "\x1b[0m"
			}
			want = "ID     KIND    ATTEMPT  STATE     DUE         DAYS LEFT\n" + row + "\n"
		}
		if out.String() != want {
			t.Errorf("%s: %q", name, out)
		}
	}
}

func TestListShowsARequestThatIsBeingClosedOnce(t *testing.T) {
	s := operatortest.Closed(t)
	_, err := s.Ledger.SwapOpen(t.Context(), operatortest.OpenRecord(), ledger.Version{}) // the reconciler has not removed it yet
	s.Must(err)
	e, out, _ := testEnv(t, nil)
	o, _ := s.Operator(operatortest.Time.AddDate(0, 2, 0))
	if err := runList(t.Context(), e, o, operator.ListOptions{All: true}, false); err != nil {
		t.Fatal(err)
	}
	if want := "req-1  export  attempt=1  succeeded  due=2026-12-23  daysLeft=-\n"; out.String() != want {
		t.Errorf("printed %q", out)
	}
}
