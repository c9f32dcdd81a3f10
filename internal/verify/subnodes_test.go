package verify_test

import (
	"fmt"
	"slices"
	"testing"

	"azureml-dsr/internal/dsr"
)

// handOver has a task of artifacts hand over all items of its chunk, to sub-nodes
// of these ids.
func (f *fixture) handOver(t dsr.Task, items, ids []string) {
	f.t.Helper()
	var entries []dsr.Entry
	for i, item := range items {
		e := entry("E22", item)
		e.SubNode = t.Node + "~" + ids[i]
		entries = append(entries, e)
	}
	f.part(t.PartBlob(f.target(t)), entries...)
	f.receipt(t)
	for i, item := range items {
		f.subNode(t, ids[i], item+".bin")
	}
}

// subNode is the own list of an item, of one artifact.
func (f *fixture) subNode(t dsr.Task, id, artifact string) {
	f.t.Helper()
	t.Node, t.Pass, t.Page, t.Chunk = t.Node+"~"+id, 1, 1, 0
	f.answer(t, artifact)
	f.page(t, dsr.PageLast, []string{artifact}, []string{})
	f.part(t.PartBlob(f.target(t)), entry("E22", artifact))
	f.receipt(t)
}

// hashID is the id of a sub-node by its item, as older attempts have it.
func hashID(item string) string { return dsr.SubNodeName("00001", "artifacts", item)[len("00001~"):] }

// newHandedOver is a list of two pages whose artifacts are all handed over, with
// ids as id makes them from page, chunk and item.
func newHandedOver(t *testing.T, id func(page, chunk, i int, item string) string, late func(*fixture)) *fixture {
	t.Helper()
	return newList(t, func(f *fixture) {
		f.plan.Nodes[0].Followers = []string{"run-artifacts", "artifacts"}
		f.record(theAttempt.Plan(), f.plan)

		for page, state := range []dsr.PageState{dsr.PageNext, dsr.PageLast} {
			list := f.at(1, 1, page+1, 0, "runs")
			var items []string
			for i := range 4 {
				items = append(items, fmt.Sprintf("run-%d-%d", page+1, i))
			}

			f.answer(list, items...)
			f.page(list, state, items, []string{})

			for chunk := range 2 {
				of := items[2*chunk : 2*chunk+2]
				f.work(f.at(1, 1, page+1, chunk, "runs"), of...)
				f.work(f.at(1, 1, page+1, chunk, "run-artifacts"), of...)
				ids := []string{id(page+1, chunk, 0, of[0]), id(page+1, chunk, 1, of[1])}
				f.handOver(f.at(1, 1, page+1, chunk, "artifacts"), of, ids)
			}
		}
	}, late)
}

func TestTheNameOfASubNodeFollowsFromItsPlaceOrItsItem(t *testing.T) {
	// Of artifacts, run-artifacts and runs, artifacts are the first.
	place := func(page, chunk, i int, _ string) string {
		return fmt.Sprintf("1%06d%05d0%03x", page, chunk, i)
	}
	hash := func(_, _, _ int, item string) string { return hashID(item) }
	const last = "inconsistent 1/receipts/00001/1-000002-00001-artifacts.json"
	other := func(id string) func(page, chunk, i int, item string) string {
		return func(page, chunk, i int, item string) string {
			if page == 2 && chunk == 1 && i == 1 {
				return id
			}
			return place(page, chunk, i, item)
		}
	}
	for _, c := range []struct {
		name string
		id   func(page, chunk, i int, item string) string
		want []string
	}{
		{"by its place", place, nil},
		{"by its item", hash, nil},
		{"of both kinds", other(hashID("run-2-3")), nil},
		{"by another place in the chunk", other("1000002000010002"), []string{last}},
		{"by another type's place", other("1000002000012001"), []string{last}},
		{"by another page", other("1000003000010001"), []string{last}},
		{"by another pass", other("2000002000010001"), []string{last}},
		{"by another item", other(hashID("run-9")), []string{last}},
	} {
		t.Run(c.name, func(t *testing.T) { wantFaults(t, newHandedOver(t, c.id, nil).verify(nil), c.want...) })
	}
}

func TestEachNamedSubNodeMustBeComplete(t *testing.T) {
	ids := map[string]func(page, chunk, i int, item string) string{
		"place": func(page, chunk, i int, _ string) string { return fmt.Sprintf("1%06d%05d0%03x", page, chunk, i) },
		"hash":  func(_, _, _ int, item string) string { return hashID(item) },
	}
	for kind, id := range ids {
		for page := 1; page <= 2; page++ {
			for chunk := range 2 {
				for i := range 2 {
					name := "00001~" + id(page, chunk, i, fmt.Sprintf("run-%d-%d", page, 2*chunk+i))
					t.Run(kind+"/"+name, func(t *testing.T) {
						record, receipt := "1/pages/"+name+"/1-000001.json", "1/receipts/"+name+"/1-000001-00000-artifacts.json"
						f := newHandedOver(t, id, func(f *fixture) {
							f.remove("req-1/" + record)
							f.remove("req-1/" + receipt)
						})
						wantFaults(t, f.verify(nil), "missing "+record, "missing "+receipt)
					})
				}
			}
		}
	}
}

func TestASubNodeHasNoSubNodes(t *testing.T) {
	of := dsr.SubNodeName("00002", "artifacts", "run-2")
	f := newFixture(t, func(f *fixture) {
		task := f.at(2, 1, 1, 0, "artifacts")
		task.Node = of
		e := entry("E22", "big.bin")
		e.SubNode = dsr.SubNodeName(of, "artifacts", "big.bin")
		f.part(task.PartBlob(f.target(task)), e)
		f.receipt(task)
	})
	for _, fault := range f.verify(nil).Faults {
		if fault.Name == "req-1/1/receipts/"+of+"/1-000001-00000-artifacts.json" {
			return
		}
	}

	t.Error("no fault names the receipt")
}

func TestASubNodeThatCountsIsNotDiscarded(t *testing.T) {
	sub := dsr.SubNodeName("00002", "artifacts", "run-2")
	stray := "1/receipts/" + sub + "/1-000002-00000-artifacts.json"
	f := newFixture(t, nil)
	before := f.at(2, 1, 1, 0, "artifacts")
	r := dsr.NewReceipt(before, dsr.Succeeded, theTime)
	r.SubNodes = []dsr.SubNode{{Node: sub, Item: "run-2"}}
	f.record(before.ReceiptBlob(), r)
	f.put("req-1/"+stray, "{}")
	wantFaults(t, f.verify(nil), "foreign "+stray)
}

func TestVerifyToleratesTheOrphansOfASubNodesTask(t *testing.T) {
	of := dsr.SubNodeName("00002", "artifacts", "run-2")
	f := newFixture(t, func(f *fixture) {
		task := f.at(2, 1, 1, 0, "artifacts")
		task.Node = of
		r := dsr.NewReceipt(task, dsr.Failed, theTime)
		r.PageRecord = f.ref(task.PageBlob())
		r.Fail(dsr.Failure{
			Endpoint: "E22",
			Target:   projectID,
			Reason:   dsr.ReasonTransient,
			Error:    "given up",
		})
		f.record(task.ReceiptBlob(), r)
	})

	r := f.verify(nil)
	wantFaults(t, r)

	if !slices.Contains(r.Unlisted, "req-1/1/data/artifacts/s/g/e/w/p/content/run-2/big.bin") {
		t.Errorf("its artifact is not unlisted: %v", r.Unlisted)
	}
}
