package verify

import (
	"slices"
	"testing"

	"azureml-dsr/internal/azureml"
)

func TestTheTypesThatReadNoItemsAreThoseOfTheCatalogue(t *testing.T) {
	var lists, ofItem []string
	for _, r := range azureml.Resources() {
		if r.Document == nil && r.Item == nil && r.ItemList == nil {
			lists = append(lists, r.Type)
		}
		if r.ItemList != nil && r.ItemEntry == nil {
			ofItem = append(ofItem, r.Type)
		}
	}

	for _, c := range []struct {
		name      string
		got, want []string
	}{
		{"lists", listsOnly, lists},
		{"lists of an item", listsOnlyOfItem, ofItem},
	} {
		if !slices.Equal(slices.Sorted(slices.Values(c.got)), slices.Sorted(slices.Values(c.want))) {
			t.Errorf("%s: %q, and in the catalogue %q", c.name, c.got, c.want)
		}
	}
}
