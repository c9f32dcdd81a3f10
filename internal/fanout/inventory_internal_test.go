package fanout

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

func TestWhatGoesWithTheSubjectsOwnIsNotForAPersonToDecide(t *testing.T) {
	const space = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
	c := &Closer{Deletions: []DeletionType{
		{ID: "DW29", Type: "ml-jobs", Reads: "W29", Level: dsr.MachineLearningWorkspace, Personal: true, Joins: "W53", JoinedType: "ml-runs"},
		{ID: "DW53", Type: "ml-runs", Reads: "W53", Level: dsr.MachineLearningExperiment, Personal: true},
		{ID: "DW05", Type: "ml-computes", Reads: "W05", Level: dsr.MachineLearningWorkspace, Personal: true},
		{ID: "DW15", Type: "ml-model-versions", Reads: "W15", Level: dsr.MachineLearningWorkspace, Personal: true, Joins: "W62i"},
	}}
	i := &inventory{items: map[string][]counted{}, joined: map[string]dsr.Ownership{}}
	for _, d := range []struct {
		target, typ, endpoint, item string
		own                         dsr.Ownership
		matches                     int
	}{
		{space, "computes", "E11", "c", dsr.OwnerUnknown, 1},
		{space, "ml-computes", "W05", "c", dsr.OwnerSubject, 1},
		{space, "ml-jobs", "W29", "run-1", dsr.OwnerPossible, 0},
		{space + "/experimentids/e", "ml-runs", "W53", "run-1", dsr.OwnerSubject, 2},
		{space + "/experimentids/e", "ml-run-data", "W55d", "run-1", dsr.OwnerUnknown, 2},
		{space + "/experimentids/e", "ml-artifacts", "W60", "run-1/a/b.txt", dsr.OwnerUnknown, 1},
		{space, "ml-registered-models", "W62i", "m:3", dsr.OwnerSubject, 1},
		{space, "ml-model-versions", "W15", "m/3", dsr.OwnerPossible, 0},
		// What stays: another's run that names her, one that may be hers, and a thing of
		// another type that has the name of her run.
		{space + "/experimentids/e", "ml-runs", "W53", "run-2", dsr.OwnerUnknown, 1},
		{space, "ml-jobs", "W29", "run-3", dsr.OwnerPossible, 0},
		{space, "ml-data", "W09", "run-1", dsr.OwnerUnknown, 1},
		// A namesake's job is nobody's business, unless it names her.
		{space, "ml-jobs", "W29", "run-4", dsr.OwnerPossible, 0},
		{space + "/experimentids/e", "ml-runs", "W53", "run-4", dsr.OwnerUnknown, 0},
		{space, "ml-jobs", "W29", "run-5", dsr.OwnerPossible, 1},
		{space + "/experimentids/e", "ml-runs", "W53", "run-5", dsr.OwnerUnknown, 0},
		{space, "ml-data", "W09", "nobody", dsr.OwnerUnknown, 0},
	} {
		c.count(i, d.target, d.typ, dsr.Entry{Endpoint: d.endpoint, Item: d.item, SubjectMatches: d.matches, Inventory: &dsr.Inventory{Owner: d.own}}, dsr.WhatSubject)
	}
	plan := dsr.DeletionPlan{Stages: []dsr.Deletions{
		{Type: "ml-computes", Target: space, Items: []dsr.Planned{{Item: "c"}}},
		{Type: "ml-jobs", Target: space, Items: []dsr.Planned{{Item: "run-1"}}},
		{Type: "ml-runs", Target: space + "/experimentids/e", Items: []dsr.Planned{{Item: "run-1"}}},
		{Type: "ml-model-versions", Target: space, Items: []dsr.Planned{{Item: "m/3"}}},
	}}
	i.mention(&plan)
	var got []string
	for _, m := range plan.Mentions {
		got = append(got, m.Endpoint+" "+m.Item+" "+string(m.Owner))
	}
	want := []string{"W53 run-2 ", "W29 run-3 possible", "W09 run-1 ", "W29 run-5 "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	jobs := c.Deletions[0]
	if own := i.owner(jobs, space, i.items[nodeKey("ml-jobs", space)][0]); own != dsr.OwnerSubject {
		t.Errorf("the job's owner is %q: its run says whose it is", own)
	}
}

func TestMentionsBeyondTheLimitAreCounted(t *testing.T) {
	i := &inventory{naming: make([]naming, dsr.MaxMentions+3)}
	var plan dsr.DeletionPlan
	i.mention(&plan)
	if len(plan.Mentions) != dsr.MaxMentions || plan.MentionsOmitted != 3 {
		t.Errorf("%d named, %d omitted", len(plan.Mentions), plan.MentionsOmitted)
	}
}
