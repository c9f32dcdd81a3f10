package verify_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

// again replaces the part of a task, and its receipt by one that matches the part.
func (f *fixture) again(t dsr.Task, entries ...dsr.Entry) {
	f.t.Helper()
	f.part(t.PartBlob(f.target(t)), entries...)
	f.receipt(t)
}

func TestVerifyChecksThePartOfAChunkAgainstItsItems(t *testing.T) {
	const (
		first = "1/data/runs/s/g/e/w/p/part-2-000001-00000.json" // of run-1 and run-2
	)

	failed := entry("E16", "run-2")
	failed.Error = &dsr.ItemError{Code: dsr.ReasonForbidden, Message: "refused"}

	for _, c := range []struct {
		name    string
		entries []dsr.Entry
		want    []string
	}{
		{"an entry of each", []dsr.Entry{entry("E16", "run-1"), entry("E16", "run-2")}, nil},
		{"in another order", []dsr.Entry{entry("E16", "run-2"), entry("E16", "run-1")}, nil},
		{"one that was refused", []dsr.Entry{entry("E16", "run-1"), failed}, nil},
		{"entries of an item's list", []dsr.Entry{entry("E16", "run-1"), entry("E19", "run-2"), entry("E20", "run-2/a/b.txt")}, nil},
		{"only an entry of an item's list", []dsr.Entry{entry("E16", "run-1"), entry("E20", "run-2/b.txt")}, nil},
		{"an item without one", []dsr.Entry{entry("E16", "run-1")}, []string{"inconsistent " + first}},
		{"no entries", nil, []string{"inconsistent " + first}},
		{"an entry of another item", []dsr.Entry{entry("E16", "run-1"), entry("E16", "run-2"), entry("E16", "run-3")}, []string{"inconsistent " + first}},
		{"an entry of no item", []dsr.Entry{entry("E16", "run-1"), entry("E16", "run-2"), entry("E16", "")}, []string{"inconsistent " + first}},
		{"a name that only begins as an item's", []dsr.Entry{entry("E16", "run-1"), entry("E16", "run-20")}, []string{"inconsistent " + first, "inconsistent " + first}},
		{"entries of other items", []dsr.Entry{entry("E16", "run-8"), entry("E16", "run-9")}, []string{"inconsistent " + first, "inconsistent " + first}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, func(f *fixture) {
				task := f.at(2, 2, 1, 0, "runs")
				f.again(task, c.entries...)
			})
			wantFaults(t, f.verify(nil), c.want...)
		})
	}
}

func TestVerifyChecksThePartOfASubNodeAgainstItsItems(t *testing.T) {
	sub := dsr.SubNodeName("00002", "artifacts", "run-2")
	for _, c := range []struct {
		name    string
		entries []dsr.Entry
		faults  int
	}{
		{"of its item", []dsr.Entry{entry("E23", "run-2/big.bin")}, 0},
		{"of several pages", []dsr.Entry{entry("E23", "run-2/big.bin"), entry("E23", "run-2/big.bin")}, 0},
		{"of another item", []dsr.Entry{entry("E23", "run-2/big.bin"), entry("E23", "run-2/small.bin")}, 1},
		{"of a name that only ends as an item's", []dsr.Entry{entry("E23", "run-2/abig.bin")}, 2},
		{"of none", nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var part string
			f := newFixture(t, func(f *fixture) {
				at := f.at(2, 2, 1, 0, "artifacts").Position()
				task := f.at(2, 1, 1, 0, "artifacts")
				task.Node, task.Parent = sub, &at
				part = relative(task.PartBlob(f.target(task)))
				f.again(task, c.entries...)
				f.remove("req-1/1/data/artifacts/s/g/e/w/p/content/run-2/big.bin")
			})

			var want []string
			for range c.faults {
				want = append(want, "inconsistent 1/"+part)
			}

			wantFaults(t, f.verify(nil), want...)
		})
	}
}

func TestAPartWithoutItemsMayBeRight(t *testing.T) {
	for _, c := range []struct {
		typ     string
		entries []dsr.Entry
		faults  int
	}{
		{"ml-data-containers", nil, 0},
		{"ml-data-containers", []dsr.Entry{entry("W64c", "other")}, 2},
		{"run-metrics", nil, 0},
		{dsr.ReadBack, nil, 0},
		{dsr.ReadBack, []dsr.Entry{entry(dsr.ReadBack, "1/data/changed.json")}, 0},
		{dsr.EraseExports, nil, 0},
		{"delete-runs", []dsr.Entry{entry("D1", "one")}, 0},
		{"delete-runs", []dsr.Entry{entry("D1", "two")}, 2},
		{"delete-runs", []dsr.Entry{entry("D1", "")}, 2},
		{"delete-runs", nil, 1},
		{"experiments", nil, 1},
		{"hosting-account", []dsr.Entry{entry("E01", "")}, 0}, // of a node without a list
	} {
		t.Run(c.typ, func(t *testing.T) {
			var part string
			f := newFixture(t, func(f *fixture) {
				f.plan.Nodes = append(f.plan.Nodes, dsr.Node{
					Number:    3,
					Type:      c.typ,
					Followers: []string{},
					Target:    projectID,
					Retries:   &dsr.NodeRef{Attempt: 1, Node: 1},
				})
				f.record(theAttempt.Plan(), f.plan)
				task := f.at(3, 1, 1, 0, c.typ)
				part = "1/" + relative(task.PartBlob(f.target(task)))
				f.page(task, dsr.PageLast, []string{"one"}, nil)
				f.again(task, c.entries...)
			})

			faults := 0
			for _, fault := range f.verify(nil).Faults {
				if fault.Name == "req-1/"+part {
					faults++
				}
			}

			if faults != c.faults {
				t.Errorf("%d faults of the part, want %d", faults, c.faults)
			}
		})
	}
}
