package erase

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/task"
)

// lists is an upstream whose lists have pages by cursor; refusals answer the calls
// of those numbers.
type lists struct {
	Upstream
	pages    map[string]string
	refusals map[int]error
	calls    int
	clock    *time.Time
}

func (l *lists) Get(_ context.Context, call azureml.Call) (*azureml.Answer, error) {
	l.calls++
	*l.clock = l.clock.Add(time.Second)
	if err := l.refusals[l.calls]; err != nil {
		return nil, err
	}
	body, found := l.pages[call.Cursor]
	if !found {
		return nil, &dsr.Error{Class: dsr.Permanent, Status: http.StatusNotFound}
	}
	return &azureml.Answer{Body: io.NopCloser(strings.NewReader(body))}, nil
}

// readBefore records that a plan's one node has read items, and returns the records.
func readBefore(t *testing.T, plan dsr.Plan, items []string) *ledger.Ledger {
	t.Helper()
	l := newLedger()
	read := plan.FirstTask(plan.Nodes[0])
	if _, _, err := l.RecordPage(t.Context(), read, dsr.NewPage(read, items, nil, 50)); err != nil {
		t.Fatal(err)
	}
	return l
}

// pagesOf makes a list of so many pages with two names each; after the last page it
// goes on at another, "" for nowhere.
func pagesOf(t *testing.T, pages int, back string) (answers map[string]string, items []string) {
	t.Helper()
	answers = map[string]string{}
	for n := range pages {
		next := cursorOf(n + 1)
		if n == pages-1 {
			next = back
		}

		names := []string{fmt.Sprintf("p-%d", n), fmt.Sprintf("q-%d", n)}
		items = append(items, names...)
		page := map[string]any{"value": []map[string]string{{"name": names[0]}, {"name": names[1]}}}

		if next != "" {
			page["nextLink"] = next
		}

		body, err := json.Marshal(page)
		if err != nil {
			t.Fatal(err)
		}

		answers[cursorOf(n)] = string(body)
	}

	return answers, items
}

func cursorOf(page int) string {
	if page == 0 {
		return ""
	}
	return fmt.Sprintf("https://arm.example/page/%d", page)
}

func TestTheListsOfAContainerAreWalkedToTheirEnd(t *testing.T) {
	throttled := &dsr.Error{Class: dsr.Throttled, RetryAfter: 7 * time.Minute}
	for name, tt := range map[string]struct {
		pages    int
		back     string // where the last page leads to
		unknown  string // a name that was not read before
		walkTime int    // pages that one invocation has the time for, 0 for all
		held     int    // names held at a time, 0 for all
		refusals map[int]error
		pause    time.Duration // between two hops
		grown    bool
		reason   string // of the error that ends it
		hops     int
		calls    int
	}{
		"nothing is new":                         {pages: 5, calls: 5},
		"nothing is there":                       {pages: 0, calls: 1},
		"something is new":                       {pages: 5, unknown: "q-4", grown: true, calls: 5},
		"few names are held at a time":           {pages: 5, held: 2, calls: 5},
		"few are held, and the last is new":      {pages: 5, held: 2, unknown: "q-4", grown: true, calls: 5},
		"longer than an invocation":              {pages: 9, walkTime: 2, hops: 4, calls: 9},
		"longer, and the last is new":            {pages: 9, walkTime: 2, unknown: "p-8", grown: true, hops: 4, calls: 9},
		"throttled on the way":                   {pages: 6, refusals: map[int]error{4: throttled}, hops: 1, calls: 7},
		"throttled at the first call":            {pages: 6, refusals: map[int]error{1: throttled}, reason: "throttled", calls: 1},
		"refused for good":                       {pages: 6, refusals: map[int]error{4: dsr.Errorf(dsr.Permanent, dsr.ReasonForbidden, "no")}, reason: dsr.ReasonForbidden, calls: 4},
		"what is walked too long ago counts not": {pages: 3, walkTime: 2, pause: maxWalkPause + time.Minute, hops: 5, calls: 10},
		"a page that leads to itself":            {pages: 1, back: cursorOf(0) + "x", reason: dsr.ReasonMalformedAnswer, calls: -1},
		"a ring of three pages":                  {pages: 7, back: cursorOf(4), reason: dsr.ReasonMalformedAnswer, calls: -1},
		"a ring that outlasts invocations":       {pages: 7, back: cursorOf(4), walkTime: 2, reason: dsr.ReasonMalformedAnswer, hops: -1, calls: -1},
	} {
		t.Run(name, func(t *testing.T) {
			pages, items := pagesOf(t, tt.pages, tt.back)
			if tt.reason != "" && tt.pages == 1 {
				pages[tt.back] = pages[""]
			}

			now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
			upstream := &lists{pages: pages, refusals: tt.refusals, clock: &now}
			opts := Options{Now: func() time.Time { return now }, WalkItems: tt.held}

			if tt.walkTime > 0 {
				opts.WalkTime = time.Duration(tt.walkTime) * time.Second
			}

			target := dsr.Target{
				Level:          dsr.FeatureSet,
				SubscriptionID: "s",
				ResourceGroup:  "g",
				Workspace:      "w",
				Name:           "f",
			}
			plan := dsr.Plan{
				RequestID: "r",
				Attempt:   1,
				Nodes:     []dsr.Node{{Number: 1, Type: listsIn(target)[0].Type, Target: target.ID()}},
			}
			known := readBefore(t, plan, slices.DeleteFunc(items, func(item string) bool { return item == tt.unknown }))
			d := &deletion{
				Worker: New(upstream, known, nil, opts),
				job:    task.Job{Target: target, Node: dsr.Node{Target: target.ID()}},
				plan:   plan,
			}

			var grown bool
			var err error
			hops := 0
			for {
				grown, err = d.grown(t.Context())
				e, unfinished := errors.AsType[*dsr.Error](err)
				if !unfinished || e.Class != dsr.Unfinished {
					break
				}
				if hops++; hops > 5 && tt.hops >= 0 {
					break
				}
				if !isWalk(e.Token) || e.Progress == 0 {
					t.Fatalf("hop %d: token %q after %d pages", hops, e.Token, e.Progress)
				}

				d.job.Token = e.Token
				now = now.Add(max(tt.pause, e.RetryAfter))
			}

			if tt.pause > 0 {
				if hops <= 5 {
					t.Errorf("a walk that rested for %s went on", tt.pause)
				}
				return
			}

			if grown != tt.grown || (err == nil) != (tt.reason == "") || (err != nil && dsr.ReasonOf(err) != tt.reason) {
				t.Errorf("grown %t, %v", grown, err)
			}
			if (tt.hops >= 0 && hops != tt.hops) || (tt.calls >= 0 && upstream.calls != tt.calls) {
				t.Errorf("%d hops and %d calls, want %d and %d", hops, upstream.calls, tt.hops, tt.calls)
			}
		})
	}
}

func TestOnlyADataPlaneThatIsThereIsWalked(t *testing.T) {
	for _, api := range []string{"", "https://eastus2.api.azureml.ms"} {
		rows := listsIn(dsr.Target{Level: dsr.MachineLearningWorkspace, API: api})
		walked := slices.ContainsFunc(rows, func(row azureml.Operation) bool { return row.Plane == azureml.MLWorkspace })
		if walked != (api != "") || len(rows) == 0 {
			t.Errorf("data plane %q: walked is %t, of %d lists", api, walked, len(rows))
		}
	}
}
