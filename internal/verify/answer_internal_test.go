package verify

import (
	"slices"
	"testing"

	"azureml-dsr/internal/azureml"
)

func TestListsAreKnownAsTheCatalogueHasThem(t *testing.T) {
	var nothing, post, byID, children []string
	for _, row := range azureml.Catalogue() {
		if row.Shape == azureml.Children {
			children = append(children, row.Of)
		}

		if !row.IsList() || row.Shape == azureml.Children {
			continue
		}

		if row.Key == "" {
			nothing = append(nothing, row.ID)
		} else if !slices.Contains(naming, row.Key) {
			t.Errorf("elements of %s are named by %s", row.ID, row.Key)
		}

		if row.Token == "after" {
			byID = append(byID, row.ID)
		}
		if row.Body != "" {
			post = append(post, row.ID)
		}
	}

	for _, c := range []struct {
		name      string
		got, want []string
	}{
		{"lists that name nothing", namesNothing, nothing},
		{"lists that are read by POST", readByPost, post},
		{"lists as OpenAI's are", pagedByID, byID},
		{"lists with children", withChildren, children},
	} {
		if !slices.Equal(c.got, slices.Sorted(slices.Values(c.want))) {
			t.Errorf("%s: %q, and in the catalogue %q", c.name, c.got, c.want)
		}
	}
}
