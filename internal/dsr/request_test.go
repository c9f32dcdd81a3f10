package dsr_test

import (
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestNamesThatBecomePartOfOthersAreChecked(t *testing.T) {
	for name, c := range map[string]struct {
		valid func(string) bool
		text  string
		want  bool
	}{
		"an id of one character":      {dsr.ValidID, "a", true},
		"an id of all characters":     {dsr.ValidID, "Az09_-", true},
		"an id as long as may be":     {dsr.ValidID, strings.Repeat("a", 64), true},
		"an id that is too long":      {dsr.ValidID, strings.Repeat("a", 65), false},
		"an empty id":                 {dsr.ValidID, "", false},
		"an id that begins with _":    {dsr.ValidID, "_open", false},
		"an id with a slash":          {dsr.ValidID, "a/b", false},
		"an id with a line end":       {dsr.ValidID, "a\n", false},
		"a region":                    {dsr.ValidLocation, "eastus2", true},
		"a region as long as may be":  {dsr.ValidLocation, strings.Repeat("a", 40), true},
		"a region that is too long":   {dsr.ValidLocation, strings.Repeat("a", 41), false},
		"an empty region":             {dsr.ValidLocation, "", false},
		"a region with a dot":         {dsr.ValidLocation, "evil.com", false},
		"a region with a capital":     {dsr.ValidLocation, "EastUS", false},
		"a region with a line's end":  {dsr.ValidLocation, "eastus\n", false},
		"a region that leads to root": {dsr.ValidLocation, "eastus/", false},
	} {
		if got := c.valid(c.text); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
