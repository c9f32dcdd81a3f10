package ledger_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// pagedLedger has the pages of three nodes, the second with a sub-node.
func pagedLedger(t *testing.T) (*ledger.Ledger, dsr.Plan) {
	t.Helper()
	store := archive.New(memory.New(), nil)
	l := ledger.New(store, store, store)
	const account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningModelManagement/accounts/"
	plan := dsr.Plan{RequestID: "r", Attempt: 1, Nodes: []dsr.Node{
		{Number: 1, Type: "models", Target: account + "a"},
		{Number: 2, Type: "runs", Followers: []string{"artifacts"}, Target: account + "b"},
		{Number: 3, Type: "models", Target: account + "b"},
		{Number: 4, Type: dsr.DeleteType("models"), Target: account + "b"},
	}}

	record := func(node string, pages int, name string) {
		for page := range pages {
			task := dsr.Task{
				RequestID: "r",
				Attempt:   1,
				Node:      node,
				Pass:      1,
				Page:      page + 1,
				Type:      "x",
			}
			if _, _, err := l.RecordPage(t.Context(), task, dsr.NewPage(task, []string{fmt.Sprint(name, page), "shared"}, nil, 1)); err != nil {
				t.Fatal(err)
			}
		}
	}

	record("00001", 2, "a-")
	record("00002", 40, "run-")
	record(dsr.SubNodeName("00002", "artifacts", "run-1"), 1, "artifact-")
	record("00003", 1, "b-")
	record("00004", 1, "planned-")

	return l, plan
}

func TestTheItemsOfATypeAreThoseOfItsOwnPagesInATarget(t *testing.T) {
	l, plan := pagedLedger(t)
	for name, tt := range map[string]struct {
		typ  string
		node int
		want int
		last string
	}{
		"a type":              {"models", 3, 2, "b-0"},
		"one of many pages":   {"runs", 2, 80, "run-39"},
		"one that follows":    {"artifacts", 2, 80, "run-39"},
		"one that isn't read": {"images", 2, 0, ""},
	} {
		var got []string
		for item, err := range l.ItemsOf(t.Context(), plan, tt.typ, plan.Nodes[tt.node-1].Target) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, item)
		}

		if len(got) != tt.want || (tt.last != "" && got[len(got)-2] != tt.last) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestThePlacesOfDocumentsAreFoundForAllIdsAtOnce(t *testing.T) {
	l, plan := pagedLedger(t)
	a, b := plan.Nodes[0].Target, plan.Nodes[1].Target
	for name, tt := range map[string]struct {
		scope string
		ids   []string
		want  map[string][]string
	}{
		"everywhere":           {"", []string{"shared", "run-17", "nothing"}, map[string][]string{"shared": {a, b}, "run-17": {b}}},
		"in a place":           {b, []string{"shared", "a-0"}, map[string][]string{"shared": {b}}},
		"of a list of its own": {"", []string{"artifact-0"}, map[string][]string{"artifact-0": {b}}},
		"what is only planned": {"", []string{"planned-0"}, map[string][]string{}},
		"no ids":               {"", nil, nil},
	} {
		got, err := l.Places(t.Context(), plan, tt.scope, tt.ids, soon())
		if diff := cmp.Diff(tt.want, got.Of); diff != "" || !got.Done || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestPagesAreCountedUpToTheFirstGap(t *testing.T) {
	l, _ := pagedLedger(t)
	for _, tt := range []struct {
		node  string
		extra int // a page behind a gap
		want  int
	}{{"00001", 0, 2}, {"00002", 0, 40}, {"00001", 4, 2}, {"00009", 2, 0}} {
		task := dsr.Task{
			RequestID: "r",
			Attempt:   1,
			Node:      tt.node,
			Pass:      1,
			Page:      tt.extra,
			Type:      "x",
		}
		if tt.extra > 0 {
			if _, _, err := l.RecordPage(t.Context(), task, dsr.NewPage(task, nil, nil, 1)); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := l.CountPages(t.Context(), task); got != tt.want || err != nil {
			t.Errorf("%+v: %d, %v", tt, got, err)
		}
	}
}

func TestAFailureBeforeIsFoundInAnyNodeThatAStageWaitsFor(t *testing.T) {
	a := dsr.Attempt{RequestID: "r", Number: 1}
	for name, tt := range map[string]struct {
		failed string // the node
		nodes  dsr.NodeSet
		want   bool
	}{
		"none":                         {"", dsr.NodesOf(1, 2, 3), false},
		"in the first":                 {"00001", dsr.NodesOf(1, 2, 3), true},
		"in the last":                  {"00003", dsr.NodesOf(1, 2, 3), true},
		"in a sub-node of the last":    {"00003~0123456789abcdef", dsr.NodesOf(1, 2, 3), true},
		"in one that it doesn't await": {"00004", dsr.NodesOf(1, 2, 3, 5), false},
		"in another range":             {"00005", dsr.NodesOf(1, 2, 3, 5), true},
		"it waits for nothing":         {"00001", nil, false},
	} {
		store := archive.New(memory.New(), nil)
		l := ledger.New(store, store, store)
		for _, node := range []string{"00001", "00002", "00003", "00003~0123456789abcdef", "00004", "00005"} {
			task := dsr.Task{
				RequestID: "r",
				Attempt:   1,
				Node:      node,
				Pass:      1,
				Page:      1,
				Type:      "x",
			}
			receipt := dsr.NewReceipt(task, dsr.Succeeded, time.Time{})
			if node == tt.failed {
				receipt.Fail(dsr.Failure{Endpoint: "D02"})
			}
			if _, err := l.RecordReceipt(t.Context(), task, receipt); err != nil {
				t.Fatal(err)
			}
		}

		for range 2 { // the second time from the cache
			if got, err := l.AnyFailed(t.Context(), a, slices.Clone(tt.nodes)); got != tt.want || err != nil {
				t.Errorf("%s: %t, %v", name, got, err)
			}
		}
	}
}
