package closing

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger/ledgertest"
)

const testSpace = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"

// planningFixture is a reconciler on records in memory.
type planningFixture struct {
	*Reconciler
	*ledgertest.Attempt
}

func newPlanningFixture(t *testing.T, rows []dsr.DeletionType) *planningFixture {
	t.Helper()
	b := &planningFixture{Attempt: ledgertest.NewAttempt(t)}
	b.Reconciler = &Reconciler{
		Ledger:    b.Records,
		Deletions: rows,
		DeletionURL: func(row string, _ dsr.Node, item string) (string, error) {
			return "https://arm.example/" + row + "/" + item, nil
		},
		ListOnly: func(string) bool { return false },
		Now:      b.Look,
	}
	return b
}

// planned makes the plan by as many calls as it takes.
func (b *planningFixture) planned(request dsr.RequestRecord) (plan dsr.DeletionPlan, calls int) {
	b.T.Helper()
	for calls = 1; ; calls++ {
		plan, done, err := b.planDeletions(context.Background(), b.Plan, request)
		if err != nil {
			b.T.Fatalf("call %d: %v", calls, err)
		}
		if done {
			return plan, calls
		}
		if calls > 10_000 {
			b.T.Fatal("it does not end")
		}
	}
}

// things returns what is planned, by node.
func (b *planningFixture) things(plan dsr.DeletionPlan) map[int][]string {
	b.T.Helper()
	out := map[int][]string{}
	for _, stage := range plan.Stages {
		for item, err := range b.Records.PlannedThings(context.Background(), dsr.Attempt{RequestID: "r", Number: 1}, stage) {
			if err != nil {
				b.T.Fatal(err)
			}
			out[stage.Node] = append(out[stage.Node], item.Item)
		}
	}
	return out
}

var personalRows = []dsr.DeletionType{
	{ID: "DW29", Type: "ml-jobs", Reads: "W29", Level: dsr.MachineLearningWorkspace, Personal: true, Joins: "W53", JoinedType: "ml-runs"},
	{ID: "DW53", Type: "ml-runs", Reads: "W53", Level: dsr.MachineLearningExperiment, Personal: true},
	{ID: "DW56", Type: "ml-run-metrics", Reads: "W56", Level: dsr.MachineLearningExperiment, Personal: true, ItemsOf: "ml-runs"},
	{ID: "DW05", Type: "ml-computes", Reads: "W05", Level: dsr.MachineLearningWorkspace, Personal: true},
	{ID: "DW15", Type: "ml-model-versions", Reads: "W15", Level: dsr.MachineLearningWorkspace, Personal: true, Joins: "W62i", JoinedType: "ml-registered-models"},
}

// sharedWorkspace records a workspace in which the subject's things are among others'.
func sharedWorkspace(b *planningFixture) {
	experiment := testSpace + "/experimentids/e"
	for _, n := range []struct {
		target, typ string
		documents   []ledgertest.Document
	}{
		{testSpace, "computes", []ledgertest.Document{{Endpoint: "E11", Item: "c", Matches: 1}}},
		{testSpace, "ml-computes", []ledgertest.Document{{Endpoint: "W05", Item: "c", Own: dsr.OwnerSubject}}},
		{testSpace, "ml-jobs", []ledgertest.Document{
			{Endpoint: "W29", Item: "run-1", Own: dsr.OwnerPossible},
			{Endpoint: "W29", Item: "run-3", Own: dsr.OwnerPossible},
			{Endpoint: "W29", Item: "run-4", Own: dsr.OwnerPossible},
			{Endpoint: "W29", Item: "run-5", Own: dsr.OwnerPossible, Matches: 1},
			{Endpoint: "W29", Item: "run-6"},
			{Endpoint: "W29", Item: "run-7", Own: dsr.OwnerPossible, Possible: 1},
			{Endpoint: "W29", Item: "run-8", Own: dsr.OwnerPossible, Possible: 2},
			{Endpoint: "W29", Item: "run-9", Possible: 1},
		}},
		{experiment, "ml-runs", []ledgertest.Document{
			{Endpoint: "W53", Item: "run-1", Own: dsr.OwnerSubject, Matches: 2},
			{Endpoint: "W53", Item: "run-2", Matches: 1},
			{Endpoint: "W53", Item: "run-4"},
			{Endpoint: "W53", Item: "run-5"},
			{Endpoint: "W53", Item: "run-6", Own: dsr.OwnerSubject},
			{Endpoint: "W53", Item: "run-7"},
			{Endpoint: "W53", Item: "run-8"},
			{Endpoint: "W53", Item: "run-9"},
		}},
		{experiment, "ml-run-data", []ledgertest.Document{{Endpoint: "W55d", Item: "run-1", Matches: 2}}},
		{experiment, "ml-artifacts", []ledgertest.Document{{Endpoint: "W60", Item: "run-1/a/b.txt", Matches: 1}}},
		{testSpace, "ml-registered-models", []ledgertest.Document{{Endpoint: "W62i", Item: "m:3", Own: dsr.OwnerSubject}}},
		{testSpace, "ml-model-versions", []ledgertest.Document{{Endpoint: "W15", Item: "m/3", Own: dsr.OwnerPossible}}},
		{testSpace, "ml-data", []ledgertest.Document{{Endpoint: "W09", Item: "run-1", Matches: 1}, {Endpoint: "W09", Item: "nobody"}, {Endpoint: "W09", Item: "named", Possible: 1}}},
	} {
		for i := range n.documents {
			n.documents[i].Target = n.target
		}
		b.Read(b.Node(n.typ, n.target), n.documents, 1, 2)
	}

	for _, row := range b.Deletions {
		target := testSpace
		if row.Level == dsr.MachineLearningExperiment {
			target = experiment
		}
		b.Node(dsr.DeleteType(row.Type), target)
	}
}

func TestOfASharedWorkspaceOnlyThePersonsOwnIsPlanned(t *testing.T) {
	for name, step := range map[string]time.Duration{"in one call": 0, "in many calls": time.Minute} {
		t.Run(name, func(t *testing.T) {
			b := newPlanningFixture(t, personalRows)
			sharedWorkspace(b)
			b.Step = step
			plan, calls := b.planned(dsr.RequestRecord{Request: dsr.Request{ID: "r", What: dsr.WhatSubject}})
			if (calls > 1) != (step > 0) {
				t.Errorf("%d calls", calls)
			}

			want := map[int][]string{10: {"run-1", "run-6"}, 11: {"run-1", "run-6"}, 12: {"run-1", "run-6"}, 13: {"c"}, 14: {"m/3"}}
			if diff := cmp.Diff(want, b.things(plan)); diff != "" {
				t.Errorf("planned (-want +got):\n%s", diff)
			}

			// A person decides on another's run that names her, on a run that may be hers, and
			// on a thing of another type with the name of her run. What is deleted along with
			// her own is left out, and so is a namesake's job, unless it names her, or has the
			// name besides that of its creator.
			var mentions []string
			for _, m := range plan.Mentions {
				mentions = append(mentions, m.Endpoint+" "+m.Item+" "+string(m.Owner))
			}

			if diff := cmp.Diff([]string{"W29 run-3 possible", "W29 run-5 ", "W29 run-8 possible", "W29 run-9 possible", "W53 run-2 ", "W09 run-1 ", "W09 named possible"}, mentions); diff != "" {
				t.Errorf("mentions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOfAWholeWorkspaceAllIsPlannedAndTheOthersAreCounted(t *testing.T) {
	b := newPlanningFixture(t, append(slices.Clone(personalRows), dsr.DeletionType{
		ID:        "DW01",
		Type:      "ml-workspaces",
		Reads:     "W01",
		Level:     dsr.MachineLearningWorkspace,
		Container: true,
	}))
	sharedWorkspace(b)
	plan, _ := b.planned(dsr.RequestRecord{Request: dsr.Request{ID: "r", DryRun: true, Subject: &dsr.Subject{ObjectID: "o"}}})
	got := map[string][2]int64{}
	for _, d := range plan.Stages {
		got[d.Type] = [2]int64{d.Matching, d.Others}
	}

	want := map[string][2]int64{
		"ml-jobs": {2, 6}, "ml-runs": {2, 6}, "ml-run-metrics": {2, 6}, "ml-computes": {1, 0}, "ml-model-versions": {1, 0},
		"ml-workspaces": {7, 18}, // documents that name her, and that don't
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(plan.Mentions) > 0 || !plan.DryRun || plan.ObjectID != "o" {
		t.Errorf("plan %+v", plan)
	}
}

func TestAPlanNamesWhatHoldsKeep(t *testing.T) {
	rows := []dsr.DeletionType{
		{ID: "D02", Type: "models", Reads: "E03", Level: dsr.MachineLearningWorkspace},
		{ID: "DW01", Type: "ml-workspaces", Reads: "W01", Level: dsr.MachineLearningWorkspace, Container: true},
	}
	for name, tt := range map[string]struct {
		on   string
		want []string
	}{
		"a thing":                {"m-1", []string{"D02 m-1", "DW01 "}},
		"nothing that is there":  {"m-9", nil},
		"something read inside":  {"other", []string{"DW01 "}},
		"the place":              {testSpace, []string{"D02 m-0", "D02 m-1", "DW01 "}},
		"something in the place": {testSpace + "/models/m-0", []string{"D02 m-0", "DW01 "}},
	} {
		b := newPlanningFixture(t, rows)
		b.Read(b.Node("models", testSpace), []ledgertest.Document{{Endpoint: "E03", Item: "m-0"}, {Endpoint: "E03", Item: "m-1"}}, 1, 10)
		b.Read(b.Node("ml-workspaces", testSpace), []ledgertest.Document{{Endpoint: "W01", Item: testSpace}}, 1, 10)
		b.Read(b.Node("others", testSpace), []ledgertest.Document{{Endpoint: "E99", Item: "other"}}, 1, 10)
		b.Node(dsr.DeleteType("models"), testSpace)
		b.Node(dsr.DeleteType("ml-workspaces"), testSpace)
		plan, _ := b.planned(dsr.RequestRecord{Request: dsr.Request{ID: "r", Hold: []string{tt.on}}})
		var got []string
		for _, h := range plan.Held {
			got = append(got, h.Endpoint+" "+h.Item)
		}

		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMentionsAndHeldThingsBeyondTheLimitAreCounted(t *testing.T) {
	b := newPlanningFixture(t, []dsr.DeletionType{{ID: "D02", Type: "models", Reads: "E03", Level: dsr.MachineLearningWorkspace, Personal: true}})
	var own, others []ledgertest.Document
	for i := range dsr.MaxMentions + 3 {
		own = append(own, ledgertest.Document{Endpoint: "E03", Item: fmt.Sprintf("m-%d", i), Own: dsr.OwnerSubject})
		others = append(others, ledgertest.Document{Endpoint: "E99", Item: fmt.Sprintf("o-%d", i), Matches: 1})
	}

	b.Read(b.Node("models", testSpace), own, 100, 1000)
	b.Read(b.Node("others", testSpace), others, 100, 1000)
	b.Node(dsr.DeleteType("models"), testSpace)
	plan, _ := b.planned(dsr.RequestRecord{Request: dsr.Request{ID: "r", What: dsr.WhatSubject, Hold: []string{testSpace}}})
	if len(plan.Mentions) != dsr.MaxMentions || plan.MentionsOmitted != 3 || len(plan.Held) != dsr.MaxHeld || plan.HeldOmitted != 3 {
		t.Errorf("%d mentions and %d more, %d held and %d more", len(plan.Mentions), plan.MentionsOmitted, len(plan.Held), plan.HeldOmitted)
	}
}

// A plan of 300,000 things was one record of 95 MB, which could never be read; a tenth
// of that already had more than a plan has now.
func TestALongPlanIsInPartsAndGoesOnWhereItStopped(t *testing.T) {
	const things = 30_000
	rows := []dsr.DeletionType{{ID: "D02", Type: "models", Reads: "E03", Level: dsr.MachineLearningWorkspace}, {ID: "D03", Type: "images", Reads: "E05", Level: dsr.MachineLearningWorkspace}}
	b := newPlanningFixture(t, rows)
	var models, images []ledgertest.Document
	for i := range things {
		models = append(models, ledgertest.Document{Endpoint: "E03", Item: fmt.Sprintf("model-%07d-%032d", i, i)})
	}

	for i := range 1000 {
		images = append(images, ledgertest.Document{Endpoint: "E05", Item: fmt.Sprintf("image-%07d", i)})
	}

	images = append(images, images[999]) // a list named it twice
	b.Read(b.Node("models", testSpace), models, 500, 5000)
	b.Read(b.Node("images", testSpace), images, 500, 5000)
	b.Node(dsr.DeleteType("models"), testSpace)
	b.Node(dsr.DeleteType("images"), testSpace)

	b.Step = 2 * time.Minute
	plan, calls := b.planned(dsr.RequestRecord{Request: dsr.Request{ID: "r"}})
	if calls < 2 {
		t.Errorf("%d calls: the time of one is bounded", calls)
	}

	body, err := json.Marshal(plan)
	if err != nil || len(body) > 4<<20 {
		t.Errorf("the plan has %d bytes, %v", len(body), err)
	}

	stages := plan.Stages
	if len(stages[0].Parts) != (things+999)/1000 || len(stages[0].Items) > 0 || stages[0].Things() != things || len(stages[1].Parts) > 0 || len(stages[1].Items) != 1000 {
		t.Fatalf("stages of %d parts with %d things and %d things", len(stages[0].Parts), stages[0].Things(), stages[1].Things())
	}

	// Its pages name the same things in the same order, and a later check records no more of
	// them.
	b.Step = 0
	first := b.Plan.FirstTask(b.Plan.Nodes[2])
	if done, err := b.recordStage(t.Context(), first, stages[0], b.Time()); done || err != nil {
		t.Errorf("recorded without any time: %t, %v", done, err)
	}

	for range 2 {
		if done, err := b.recordStage(t.Context(), first, stages[0], b.Time().Add(time.Hour)); !done || err != nil {
			t.Fatalf("recorded: %t, %v", done, err)
		}
	}

	for i, ref := range stages[0].Parts {
		task := first
		task.Page = i + 1
		page, _, _, err := b.Records.Page(t.Context(), task)
		if err != nil {
			t.Fatal(err)
		}
		items, err := b.Records.PlanPart(t.Context(), task.Of(), ref)
		if err != nil || !slices.Equal(page.Items, itemsOf(items)) || page.State.Ends() != (i == len(stages[0].Parts)-1) {
			t.Fatalf("page %d names other things than part %s: %v", task.Page, ref.Name, err)
		}
	}
}

func TestShortStagesAreInPartsWhereThePlanIsFull(t *testing.T) {
	var rows []dsr.DeletionType
	for i := range 40 {
		rows = append(rows, dsr.DeletionType{
			ID:    fmt.Sprintf("D%02d", i),
			Type:  fmt.Sprintf("type-%d", i),
			Reads: "E03",
			Level: dsr.MachineLearningWorkspace,
		})
	}

	b := newPlanningFixture(t, rows)
	for _, row := range rows {
		var documents []ledgertest.Document
		for i := range 900 {
			documents = append(documents, ledgertest.Document{Endpoint: "E03", Item: fmt.Sprintf("%s-%0100d", row.Type, i)})
		}
		b.Read(b.Node(row.Type, testSpace), documents, 500, 5000)
	}

	for _, row := range rows {
		b.Node(dsr.DeleteType(row.Type), testSpace)
	}

	plan, _ := b.planned(dsr.RequestRecord{Request: dsr.Request{ID: "r"}})
	inline := 0
	for _, d := range plan.Stages {
		if d.Things() != 900 {
			t.Errorf("node %d has %d things", d.Node, d.Things())
		}
		inline += len(d.Items)
	}

	body, err := json.Marshal(plan)
	if err != nil || len(body) > 4<<20 || inline == 0 {
		t.Errorf("the plan has %d bytes and %d things of its own, %v", len(body), inline, err)
	}
}

func TestPlanningThatCannotContinueStartsAgain(t *testing.T) {
	for name, spoil := range map[string]func(p *dsr.Planning){
		"the receipt is not there": func(p *dsr.Planning) { p.After = "r/1/receipts/00009/none.json" },
		"the hashes are not there": func(p *dsr.Planning) { p.Owners = append(p.Owners, "none") },
	} {
		b := newPlanningFixture(t, personalRows)
		sharedWorkspace(b)
		request := dsr.RequestRecord{Request: dsr.Request{ID: "r", What: dsr.WhatSubject}}
		b.Step = time.Minute

		for range 3 {
			if _, done, err := b.planDeletions(t.Context(), b.Plan, request); done || err != nil {
				t.Fatalf("%s: %t, %v", name, done, err)
			}
		}

		progress, found, err := b.Records.Planning(t.Context(), dsr.Attempt{RequestID: "r", Number: 1})
		if !found || err != nil {
			t.Fatalf("%s: %t, %v", name, found, err)
		}

		spoil(&progress)
		if err := b.Records.SavePlanning(t.Context(), progress); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.planDeletions(t.Context(), b.Plan, request); err == nil {
			t.Errorf("%s: it went on", name)
		}

		b.Step = 0
		plan, _ := b.planned(request)
		if n := len(b.things(plan)); n != 5 {
			t.Errorf("%s: %d stages have things", name, n)
		}
	}
}

// Whose a thing is must not depend on when a call ends: 400 jobs name the subject by
// a name, and 200 of them are others' by id.
func TestAPlanIsTheSameHoweverOftenItsMakingStops(t *testing.T) {
	for _, step := range []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second, 11 * time.Second, 13 * time.Second} {
		b := newPlanningFixture(t, personalRows)
		experiment := testSpace + "/experimentids/e"
		var jobs, runs []ledgertest.Document
		for i := range 400 {
			id, own := fmt.Sprintf("run-%04d", i), dsr.OwnerUnknown
			if i%2 == 0 {
				own = dsr.OwnerSubject
			}
			jobs = append(jobs, ledgertest.Document{
				Target:   testSpace,
				Endpoint: "W29",
				Item:     id,
				Own:      dsr.OwnerSubject,
			}) // by the sign-in name
			runs = append(runs, ledgertest.Document{
				Target:   experiment,
				Endpoint: "W53",
				Item:     id,
				Own:      own,
			}) // by id
		}

		b.Read(b.Node("ml-jobs", testSpace), jobs, 1, 400)
		b.Read(b.Node("ml-runs", experiment), runs, 1, 400)
		b.Node(dsr.DeleteType("ml-jobs"), testSpace)
		b.Deletions, b.Step = personalRows[:2], step

		plan, calls := b.planned(dsr.RequestRecord{Request: dsr.Request{ID: "r", What: dsr.WhatSubject}})
		planned := b.things(plan)[3]
		if len(planned) != 200 {
			t.Errorf("with %s between two looks at the clock, in %d calls: %d jobs are planned, want the 200 that are the subject's", step, calls, len(planned))
		}
	}
}

// A plan is not made of a part of the pages: the next check goes on, and passes over no
// receipt again.
func TestAPlanWaitsForTheWholeLookForDocumentsOnHold(t *testing.T) {
	const looked = 64 // pages that a look passes before it asks for the time
	b := newPlanningFixture(t, []dsr.DeletionType{{ID: "D08", Type: "ml-workspaces", Reads: "W01", Level: dsr.MachineLearningWorkspace, Container: true}})
	b.Read(b.Node("ml-workspaces", testSpace), []ledgertest.Document{{Target: testSpace, Endpoint: "W01", Item: testSpace}}, 1, 1)
	var models []ledgertest.Document
	for n := range 2*looked + 9 {
		models = append(models, ledgertest.Document{Target: testSpace, Endpoint: "W13", Item: fmt.Sprintf("m-%03d", n)})
	}
	b.Read(b.Node("ml-models", testSpace), models, 1, 1)
	deletes := b.Node(dsr.DeleteType("ml-workspaces"), testSpace)
	request := dsr.RequestRecord{Request: dsr.Request{Hold: []string{"m-001"}}}

	b.Step = time.Hour // the time is over at each look at the clock
	calls := 0
	for ; calls < 10_000; calls++ {
		if _, done, err := b.planDeletions(t.Context(), b.Plan, request); err != nil {
			t.Fatal(err)
		} else if done {
			t.Fatal("the plan was made before its last phase was saved")
		}
		saved, found, err := b.Records.Planning(t.Context(), dsr.Attempt{RequestID: "r", Number: 1})
		if err != nil || !found || len(saved.Held) > 0 {
			t.Fatalf("saved %+v, %t, %v", saved, found, err)
		}
		if saved.Phase == 3 {
			break
		}
	}

	// The call that came so far has looked once. The second look doesn't pass all pages either.
	if _, done, err := b.planDeletions(t.Context(), b.Plan, request); done || err != nil {
		t.Fatalf("done %t, %v: not all pages are passed", done, err)
	}

	plan, done, err := b.planDeletions(t.Context(), b.Plan, request)
	if err != nil || !done || len(plan.Held) != 1 || plan.Held[0].Target != deletes.Target || len(plan.Stages) != 1 {
		t.Errorf("done %t, %v, held %+v, %d stages", done, err, plan.Held, len(plan.Stages))
	}
}
