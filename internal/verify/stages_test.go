package verify_test

import (
	"fmt"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

// inline returns a deletion-plan.json whose only node has its items in the plan.
func inline(node int, items ...string) func(*fixture) any {
	things := []dsr.Planned{}
	for _, item := range items {
		things = append(things, dsr.Planned{Item: item})
	}
	return func(*fixture) any {
		return map[string]any{
			"schemaVersion": "1.0", "requestId": "req-1", "attempt": 1,
			"stages": []any{map[string]any{"node": node, "items": things}},
		}
	}
}

// inParts returns a deletion-plan.json of one node with n parts of "one" and "two".
func inParts(n int, change func(map[string]any)) func(*fixture) any {
	return func(f *fixture) any { return deletionPlanOf(f.deletionParts(n, change)...) }
}

func TestVerifyChecksDeletionsAgainstTheirPlan(t *testing.T) {
	const (
		page    = "inconsistent 1/pages/00005/1-000001.json"
		second  = "inconsistent 1/pages/00005/1-000002.json"
		receipt = "inconsistent 1/receipts/00005/1-000001-00000-delete-runs.json"
		plan    = "inconsistent 1/deletion-plan.json"
	)

	both := []string{"one", "two"}
	var many []string
	for i := range 1001 {
		many = append(many, fmt.Sprintf("thing-%04d", i))
	}

	for _, c := range []struct {
		name  string
		plan  func(*fixture) any // nil: there is none
		pages [][]string
		after func(*fixture) // the closing
		want  []string
	}{
		{name: "by its stage", plan: inline(5, "one"), pages: [][]string{{"one"}}},
		{name: "by its parts", plan: inParts(2, nil), pages: [][]string{both, both}},
		{name: "nothing", plan: inline(5), pages: [][]string{{}}},
		{name: "a stage of more than a page", plan: inline(5, many...), pages: [][]string{many[:1000], many[1000:]}},
		{name: "in another order", plan: inline(5, "two", "one"), pages: [][]string{both}},

		{name: "without a plan", pages: [][]string{{"one"}}, want: []string{page, receipt}},
		{name: "another thing", plan: inline(5, "one"), pages: [][]string{{"three"}}, want: []string{page, receipt}},
		{name: "a thing more", plan: inline(5, "one"), pages: [][]string{both}, want: []string{page, receipt}},
		{name: "by another node's stage", plan: inline(6, "one"), pages: [][]string{{"one"}}, want: []string{plan, plan, page, receipt}},
		{name: "by the part of another page", plan: inParts(2, func(p map[string]any) {
			p["items"] = []dsr.Planned{{Item: "three"}, {Item: "four"}}
		}), pages: [][]string{both, both}, want: []string{page, receipt}},

		{name: "a stage without a thing", plan: inline(5, "one", "two"), pages: [][]string{{"one"}}, want: []string{page}},
		{name: "a stage without things", plan: inline(5, "one", "two"), pages: [][]string{{}}, want: []string{page}},
		{name: "a stage without its last page", plan: inline(5, many...), pages: [][]string{many[:1000]}, want: []string{page}},
		{name: "parts, the last one without a thing", plan: inParts(2, nil), pages: [][]string{both, {"two"}}, want: []string{second}},
		{name: "parts without the last", plan: inParts(2, nil), pages: [][]string{both}, want: []string{page}},
		{name: "parts, and another page", plan: inParts(1, nil), pages: [][]string{both, both}, want: []string{page, second,
			"inconsistent 1/receipts/00005/1-000002-00000-delete-runs.json"}},

		{name: "by a plan that is gone", plan: inParts(1, nil), pages: [][]string{{"three"}}, after: func(f *fixture) { f.remove(theAttempt.DeletionPlan()) },
			want: []string{"missing 1/deletion-plan.json"}},
		{name: "by a part that is gone", plan: inParts(1, nil), pages: [][]string{{"three"}}, after: func(f *fixture) {
			f.remove(theAttempt.Prefix() + stored[dsr.DeletionPlan](f, theAttempt.DeletionPlan()).Stages[0].Parts[0].Name)
		}, want: []string{"missing PART"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			part := ""
			f := newFixture(t, func(f *fixture) {
				if c.plan != nil {
					f.record(theAttempt.DeletionPlan(), c.plan(f))
					for _, stage := range stored[dsr.DeletionPlan](f, theAttempt.DeletionPlan()).Stages {
						if len(stage.Parts) > 0 {
							part = "1/" + stage.Parts[0].Name
						}
					}
				}

				f.deleted(c.pages...)
			})

			if c.after != nil {
				c.after(f)
			}

			for i, want := range c.want {
				c.want[i] = strings.Replace(want, "PART", part, 1)
			}

			wantFaults(t, f.verify(nil), c.want...)
		})
	}
}

// A stage that was given up has a page that failed, whatever was planned.
func TestAStageThatWasGivenUpIsNoFault(t *testing.T) {
	f := newFixture(t, func(f *fixture) {
		f.record(theAttempt.DeletionPlan(), inParts(2, nil)(f))
		f.deletes()
		task := f.at(5, 1, 1, 0, "delete-runs")
		f.page(task, dsr.PageFailed, nil, nil)
		r := dsr.NewReceipt(task, dsr.Failed, theTime)
		r.PageRecord = f.ref(task.PageBlob())
		r.Fail(dsr.Failure{
			Endpoint: "D01",
			Target:   projectID,
			Reason:   dsr.ReasonOthers,
			Error:    "refused",
		})
		f.record(task.ReceiptBlob(), r)
	})
	wantFaults(t, f.verify(nil))
}

func TestATaskThatDeletesHasAProofOfEachThing(t *testing.T) {
	const receipt = "inconsistent 1/receipts/00005/1-000001-00000-delete-runs.json"
	for _, c := range []struct {
		name   string
		change func(*dsr.Entry) // of the second thing
		want   []string
	}{
		{"deleted", func(*dsr.Entry) {}, nil},
		{"held", func(e *dsr.Entry) {
			e.Deletion.Outcome, e.Error = dsr.OutcomeHeld, &dsr.ItemError{Code: dsr.ReasonHeld, Message: "kept"}
		}, nil},
		{"without a proof", func(e *dsr.Entry) { e.Deletion = nil }, []string{receipt}},
		{"with another's proof", func(e *dsr.Entry) { e.Deletion.Item = "one" }, []string{receipt}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, func(f *fixture) {
				f.record(theAttempt.DeletionPlan(), inline(5, "one", "two")(f))
				f.deleted([]string{"one", "two"})
				task := f.at(5, 1, 1, 0, "delete-runs")
				entries := f.entries[task.PartBlob(f.target(task))]
				c.change(&entries[1])
				f.again(task, entries...)
			})

			wantFaults(t, f.verify(nil), c.want...)
		})
	}
}

// deletes adds a node that deletes to the plan, the fifth.
func (f *fixture) deletes() {
	f.t.Helper()
	for i, typ := range []string{"projects", "workspaces"} {
		f.plan.Nodes = append(f.plan.Nodes, dsr.Node{
			Number:    3 + i,
			Type:      typ,
			Followers: []string{},
			Target:    projectID,
		})
		task := f.at(3+i, 1, 1, 0, typ)
		f.page(task, dsr.PageLast, []string{projectID}, nil)
		f.again(task, entry("E29", projectID))
	}
	f.plan.Nodes = append(f.plan.Nodes, dsr.Node{
		Number:    5,
		Type:      "delete-runs",
		Followers: []string{},
		Target:    projectID,
	})
	f.record(theAttempt.Plan(), f.plan)
}

// deleted is a node that deletes the things of some pages, as the worker would leave it.
func (f *fixture) deleted(pages ...[]string) {
	f.t.Helper()
	f.deletes()

	for i, items := range pages {
		task := f.at(5, 1, i+1, 0, "delete-runs")
		state := dsr.PageNext
		if i+1 == len(pages) {
			state = dsr.PageLast
		}

		f.page(task, state, items, nil)
		page := stored[dsr.Page](f, task.PageBlob())
		for task.Chunk = range page.Chunks {
			var entries []dsr.Entry
			for _, item := range page.Chunk(task.Chunk) {
				e := entry("D01", item)
				e.Deletion = &dsr.DeletionProof{
					Endpoint: "D01",
					Target:   projectID,
					Item:     item,
					URL:      e.URL,
					Outcome:  dsr.OutcomeDeleted,
					Status:   204,
				}
				entries = append(entries, e)
			}
			f.again(task, entries...)
		}
	}
}
