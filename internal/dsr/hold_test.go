package dsr_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

func TestAHoldKeepsWhatItNamesAndWhatThatIsIn(t *testing.T) {
	const account = "/subscriptions/s/resourceGroups/g/providers/p/accounts/h"
	for _, tt := range []struct {
		on, target, item string
		keeps            bool
	}{
		{account, account, "m-1", true},
		{account + "/", account, "m-1", true},
		{account, account + "/", "m-1", true},
		{"/SUBSCRIPTIONS/S", account, "m-1", true},
		{account + "/models/m-1", account, "m-1", true},
		{account + "/MODELS/M-1/", account, "m-1", true},
		{account + "/models/m-1/versions/2", account, "m-1", true},
		{account + "/models/m-1", account, "m-10", false},
		{account + "/models/m-10", account, "m-1", false},
		{account + "/models/m-1", account, "", true},
		{account + "/m-1", account, "m-1", true},
		{account + "-2/models/m-1", account, "m-1", false},
		{account + "-2", account, "", false},
		{"m-1", account, "m-1", true},
		{"M-1", account, "m-1", true},
		{"m-1", account, "m-10", false},
		{"m-1", account, "", true},
		{"m-2", account, "", false},
		// A version has two names, its container's and its own.
		{account + "/models/m-1/versions/3", account, "m-1/3", true},
		{account + "/models/m-1/versions/4", account, "m-1/3", false},
		{account + "/models/m-1", account, "m-1/3", true},
		{account + "/models/m-2/versions/3", account, "m-1/3", false},
		{"m-1/3", account, "m-1/3", true},
		{"m-1/3", account, "m-1", true},
		{"m-1/3", account, "m-1/4", false},
		{"m-10/3", account, "m-1", false},
	} {
		contains := func(id string) (bool, error) { return id == "m-1", nil }
		_, keeps, err := dsr.Keeps([]dsr.Hold{{ID: "h", On: tt.on}}, time.Time{}, tt.target, tt.item, contains)
		if err != nil || keeps != tt.keeps {
			t.Errorf("a hold on %s, %q in %s: kept %t, %v", tt.on, tt.item, tt.target, keeps, err)
		}
	}
}

func TestAHoldKeepsAThingAsWhatItIsElsewhere(t *testing.T) {
	const space = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
	for _, tt := range []struct {
		on, target, item string
		inner            dsr.Level
		keeps            bool
	}{
		{space + "/jobs/run-1", space + "/experimentids/e", "run-1", dsr.LevelNone, true},
		{space + "/jobs/run-2", space + "/experimentids/e", "run-1", dsr.LevelNone, false},
		{space + "/experimentids/e/runs/run-1", space, "run-1", dsr.LevelNone, true},
		{space + "/experimentids/e/runs/run-1", space, "e", dsr.MachineLearningExperiment, true},
		{"run-1", space, "e", dsr.MachineLearningExperiment, true},
		{"run-1", space, "f", dsr.MachineLearningExperiment, false},
		{space + "/featuresets/e", space, "e", dsr.MachineLearningExperiment, true},
		{space + "/experimentids/e", space, "f", dsr.MachineLearningExperiment, false},
		{space, space + "/experimentids/e", "run-1", dsr.LevelNone, true},
	} {
		contains := func(target, id string) (bool, error) { return target == space+"/experimentids/e" && id == "run-1", nil }
		_, keeps, err := dsr.KeepsItem([]dsr.Hold{{ID: "h", On: tt.on}}, time.Time{}, tt.target, tt.item, tt.inner, contains)
		if err != nil || keeps != tt.keeps {
			t.Errorf("a hold on %s, %q in %s: kept %t, %v", tt.on, tt.item, tt.target, keeps, err)
		}
	}
}

func TestAHoldEndsWithItsTimeOrItsRelease(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		hold dsr.Hold
		want bool
	}{
		"without a time":     {dsr.Hold{}, true},
		"before its time":    {dsr.Hold{Until: now.Add(time.Second)}, true},
		"at its time":        {dsr.Hold{Until: now}, false},
		"released":           {dsr.Hold{Released: true}, false},
		"released before it": {dsr.Hold{Until: now.Add(time.Second), Released: true}, false},
	} {
		if got := tt.hold.Holds(now); got != tt.want {
			t.Errorf("%s: %t, want %t", name, got, tt.want)
		}
	}
}

func TestTheHoldThatKeepsIsTold(t *testing.T) {
	holds := []dsr.Hold{{ID: "ended", On: "m-1", Released: true}, {ID: "elsewhere", On: "m-2"}, {ID: "on a document", On: "m-1"}, {ID: "on all", On: "/subscriptions/s"}}
	contains := func(id string) (bool, error) { return id == "m-1", nil }
	h, kept, err := dsr.Keeps(holds, time.Time{}, "/subscriptions/s/resourceGroups/g", "", contains)
	if err != nil || !kept || h.ID != "on a document" {
		t.Errorf("kept %t by %q, %v", kept, h.ID, err)
	}
}
