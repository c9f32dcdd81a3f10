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
	} {
		contains := func(id string) (bool, error) { return id == "m-1", nil }
		_, keeps, err := dsr.Keeps([]dsr.Hold{{ID: "h", On: tt.on}}, time.Time{}, tt.target, tt.item, contains)
		if err != nil || keeps != tt.keeps {
			t.Errorf("a hold on %s, %q in %s: kept %t, %v", tt.on, tt.item, tt.target, keeps, err)
		}
	}
}
