package azureml

import (
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"

	"github.com/google/go-cmp/cmp"
)

func TestCatalogueRowsFitTogether(t *testing.T) {
	rows := Catalogue()
	if len(rows) != 29 {
		t.Errorf("%d rows, want E01 to E29", len(rows))
	}
	ids := make([]string, len(rows))
	for i, e := range rows {
		ids[i] = e.ID
		of, ok := Find(e.Of)
		hangs := e.Shape == Item || e.Shape == ItemList || e.Shape == ItemEntry
		if hangs != ok {
			t.Errorf("%s: shape %d, but its Of is %q", e.ID, e.Shape, e.Of)
		}
		if hangs && (of.Level != e.Level || !of.IsList() || of.Key == "") {
			t.Errorf("%s hangs on %s, which names nothing at its level", e.ID, e.Of)
		}
		if hangs != strings.Contains(e.Path, "{item}") || (e.Shape == ItemEntry) != strings.Contains(e.Path, "{entry}") {
			t.Errorf("%s: the path %s doesn't fit its shape", e.ID, e.Path)
		}
		if same, ok := Find(e.Same); e.Same != "" && (!ok || same.Path != e.Path) {
			t.Errorf("%s is said to be the same call as %s", e.ID, e.Same)
		}
		if e.Level == dsr.LevelNone || e.Type == "" {
			t.Errorf("%s has no level or type", e.ID)
		}
		if (e.Plane == Experiments) != (e.APIVersion == "") {
			t.Errorf("%s: api-version %q", e.ID, e.APIVersion)
		}
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("ids are not unique and in order: %v", ids)
	}
}

func TestCatalogueIsACopy(t *testing.T) {
	Catalogue()[0].ID = "changed"
	if Catalogue()[0].ID != "E01" {
		t.Error("a caller changed the catalogue")
	}
}

func TestResourcesAreDerivedFromTheRows(t *testing.T) {
	id := func(e *Endpoint) string {
		if e == nil {
			return ""
		}
		return e.ID
	}
	var got [][]string
	for _, r := range Resources() {
		got = append(got, []string{r.Type, id(r.Document), id(r.List), id(r.Item), id(r.ItemList), id(r.ItemEntry), r.Follows, r.OfSubject})
	}
	want := [][]string{
		{"hosting-account", "E01", "", "", "", "", "", ""},
		{"models", "", "E02", "E03", "", "", "", ""},
		{"manifests", "", "E04", "E05", "", "", "", ""},
		{"services", "", "E06", "E07", "", "", "", ""},
		{"images", "", "E08", "E09", "", "", "", ""},
		{"experimentation-account", "E27", "", "", "", "", "", ""},
		{"workspaces", "E28", "", "", "", "", "", ""},
		{"projects", "E29", "", "", "", "", "", ""},
		{"runs", "", "E14", "E16", "", "", "", ""},
		{"experiments", "", "E15", "E18", "", "", "", ""},
		{"run-metrics", "", "E17", "", "", "", "", ""},
		{"run-artifacts", "", "E14", "", "E19", "E20", "runs", ""},
		{"assets", "", "E21", "E25", "", "", "", ""},
		{"artifacts", "", "E14", "", "E22", "E23", "runs", ""},
		{"notifications", "", "E26", "", "", "", "", "E26"},
		{"computes", "", "E10", "E11", "", "", "", ""},
		{"operationalization-clusters", "", "E12", "E13", "", "", "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, ok := ResourceOf("telemetry"); ok {
		t.Error("an unknown type was found")
	}
	if _, ok := ResourceOf(""); ok {
		t.Error("the discovery lists became a type")
	}
}

func TestSecretsOfAListStandBelowItsElements(t *testing.T) {
	tests := map[string][]document.Secret{
		"E01": nil,
		"E02": {{Pointer: "/value/*/url", Link: true}, {Pointer: "/*/url", Link: true}},
		"E03": {{Pointer: "/url", Link: true}},
		"E14": {
			{Pointer: "/value/*/token"}, {Pointer: "/*/token"},
			{Pointer: "/value/*/cancelUri", Link: true}, {Pointer: "/*/cancelUri", Link: true},
			{Pointer: "/value/*/diagnosticsUri", Link: true}, {Pointer: "/*/diagnosticsUri", Link: true},
		},
		"E05": {{Pointer: "/assets/*/url", Link: true}},
		"E11": {
			{Pointer: "/properties/properties/sslConfiguration/key"}, {Pointer: "/properties/properties/userAccountCredentials/adminUserPassword"},
			{Pointer: "/properties/properties/databricksAccessToken"}, {Pointer: "/properties/properties/administratorAccount/password"},
			{Pointer: "/properties/properties/administratorAccount/privateKeyData"},
		},
		"E20": {{Pointer: "", Link: true}},
		"E16": {{Pointer: "/token"}, {Pointer: "/cancelUri", Link: true}, {Pointer: "/diagnosticsUri", Link: true}},
		"E23": {{Pointer: "/contentUri", Link: true}},
		"E27": {{Pointer: "/properties/storageAccount/accessKey"}},
	}
	for id, want := range tests {
		if diff := cmp.Diff(want, row(t, id).DocumentSecrets()); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
	}
}
