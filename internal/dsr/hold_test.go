package dsr_test

import (
	"slices"
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
		contains := func(_ string, ids []string) (map[string][]string, error) { return only("m-1", ids), nil }
		_, keeps, err := dsr.Keeps([]dsr.Hold{{ID: "h", On: tt.on}}, time.Time{}, tt.target, tt.item, contains)
		if err != nil || keeps != tt.keeps {
			t.Errorf("a hold on %s, %q in %s: kept %t, %v", tt.on, tt.item, tt.target, keeps, err)
		}
	}
}

func TestAHoldKeepsAThingUnderAnyOfItsNames(t *testing.T) {
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
		contains := func(target string, ids []string) (map[string][]string, error) {
			if target != space+"/experimentids/e" {
				return nil, nil
			}
			return only("run-1", ids), nil
		}

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

// only returns the places of one id, if it is asked for.
func only(id string, ids []string) map[string][]string {
	if !slices.Contains(ids, id) {
		return nil
	}
	return map[string][]string{id: {"somewhere"}}
}

func TestTheHoldThatKeepsIsReturned(t *testing.T) {
	ended, elsewhere := dsr.Hold{ID: "ended", On: "m-1", Released: true}, dsr.Hold{ID: "elsewhere", On: "m-2"}
	document, all := dsr.Hold{ID: "on a document", On: "m-1"}, dsr.Hold{ID: "on all", On: "/subscriptions/s"}
	for _, tt := range []struct {
		holds []dsr.Hold
		want  string
		asked int // how often what is in the container is searched
	}{
		{[]dsr.Hold{ended, elsewhere, document}, "on a document", 1},
		{[]dsr.Hold{ended, elsewhere, document, all}, "on all", 0},
		{[]dsr.Hold{ended}, "", 0},
		{[]dsr.Hold{elsewhere}, "", 1},
	} {
		asked := 0
		h, kept, err := dsr.Keeps(tt.holds, time.Time{}, "/subscriptions/s/resourceGroups/g", "", func(_ string, ids []string) (map[string][]string, error) {
			asked++
			return only("m-1", ids), nil
		})
		if err != nil || kept != (tt.want != "") || h.ID != tt.want || asked != tt.asked {
			t.Errorf("%v: kept %t by %q after asking %d times, %v", tt.holds, kept, h.ID, asked, err)
		}
	}
}
