package main

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/ledger"
)

func TestListMarksLateRequestsInRedOnATerminalOnly(t *testing.T) {
	s := newStoredRequest(t)
	s.open()
	for name, c := range map[string]struct {
		env      map[string]string
		terminal bool
		red      bool
	}{
		"on a terminal":                     {nil, true, true},
		"elsewhere":                         {nil, false, false},
		"on a terminal that wants no color": {map[string]string{"NO_COLOR": ""}, true, false},
	} {
		a, out, _ := testApp(t, c.env)
		a.IsTerminal, a.now = c.terminal, func() time.Time { return storedTime.AddDate(0, 2, 0) }
		if err := runList(t.Context(), a, s.Connections, listOptions{}); err != nil {
			t.Fatal(err)
		}
		plain := "req-1  export  attempt=1  received  due=2026-12-23  daysLeft=-31  LATE"
		want := plain + "\n"
		if c.red {
			want = "\x1b[31m" + plain + "\x1b[0m\n"
		}
		if out.String() != want {
			t.Errorf("%s: %q", name, out)
		}
	}
}

func TestListShowsARequestOnceThatIsBeingClosed(t *testing.T) {
	s := closedRequest(t)
	_, err := s.Ledger.SwapOpen(t.Context(), openRecord(), ledger.Version{}) // the closer has not yet removed it
	s.must(err)
	a, out, _ := testApp(t, nil)
	a.now = func() time.Time { return storedTime.AddDate(0, 2, 0) }
	if err := runList(t.Context(), a, s.Connections, listOptions{all: true}); err != nil {
		t.Fatal(err)
	}
	if want := "req-1  export  attempt=1  succeeded  due=2026-12-23  daysLeft=-\n"; out.String() != want {
		t.Errorf("printed %q", out)
	}
}

// counted counts how often a listing begins and what it yields.
type counted struct {
	archive.Backend
	lists, blobs int
}

func (c *counted) List(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	c.lists++
	return func(yield func(archive.Info, error) bool) {
		for info, err := range c.Backend.List(ctx, prefix, from) {
			c.blobs++
			if !yield(info, err) {
				return
			}
		}
	}
}

func TestListJumpsOverTheEvidenceOfALargeRequest(t *testing.T) {
	const many = 3 * listPatience
	store := memory.New()
	put := func(name string) {
		if err := store.Put(t.Context(), name, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	for i := range many {
		put(fmt.Sprintf("large/1/receipts/%06d", i))
	}
	for _, name := range []string{"_holds/x/1.json", "large-too/request.json", "large0/request.json", "small/1/plan.json", "small/request.json"} {
		put(name)
	}
	c := &counted{Backend: store}
	var got []string
	for id, err := range requestIDs(t.Context(), c) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, id)
	}
	if strings.Join(got, " ") != "large-too large large0 small" {
		t.Errorf("found %v", got)
	}
	if c.lists != 2 || c.blobs > listPatience+10 {
		t.Errorf("%d listings of %d blobs", c.lists, c.blobs)
	}
}
