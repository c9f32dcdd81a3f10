package azureml

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"

	"github.com/google/go-cmp/cmp"
)

func TestCatalogueRowsFitTogether(t *testing.T) {
	for _, op := range Catalogue() {
		of, ok := Find(op.Of)
		hangs := slices.Contains([]Shape{Item, ItemList, ItemEntry, Children}, op.Shape)
		if hangs != ok {
			t.Errorf("%s: shape %d, but its Of is %q", op.ID, op.Shape, op.Of)
		}
		if hangs && (of.Level != op.Level || !of.IsList() || of.Key == "") {
			t.Errorf("%s hangs on %s, which names nothing at its level", op.ID, op.Of)
		}
		if op.Shape == Children && (of.Shape != List || of.Key != op.Key || of.Type != op.Type) {
			t.Errorf("%s doesn't name further items of %s", op.ID, op.Of)
		}
		if call := op.Path + op.Body; hangs != strings.Contains(call, "{item}") || (op.Shape == ItemEntry) != strings.Contains(call, "{entry") {
			t.Errorf("%s: the path %s and body %s don't fit its shape", op.ID, op.Path, op.Body)
		}

		named := []dsr.Level{dsr.MachineLearningExperiment, dsr.FeatureSet, dsr.Registry}
		if strings.Contains(op.Path, "{name}") && !slices.Contains(named, op.Level) {
			t.Errorf("%s: a target at its level has no name of its own", op.ID)
		}
		if same, ok := Find(op.Same); op.Same != "" && (!ok || same.Path != op.Path) {
			t.Errorf("%s is said to be the same call as %s", op.ID, op.Same)
		}
		if op.Level == dsr.LevelNone || op.Type == "" {
			t.Errorf("%s has no level or type", op.ID)
		}
		inPath := regexp.MustCompile(`^/(history|metric|artifact|modelregistry|dataset|data|notification)/v`).MatchString(op.Path)
		if inPath != (op.APIVersion == "") {
			t.Errorf("%s: api-version %q", op.ID, op.APIVersion)
		}
		if (op.Paged && op.Shape != ItemEntry) || (op.Token != "" && (!op.HasPages() || op.Body != "")) {
			t.Errorf("%s: a token, or pages, for what has none", op.ID)
		}
		if (op.Behind != "" && op.Key == "") || (op.OfAIProjects && !op.Optional) {
			t.Errorf("%s: names without a key, or a list that no workspace may lack", op.ID)
		}
	}
}

// The first generation comes first, in order. Of the second, each number of the reference
// has a row. Where a number has several, a letter distinguishes them.
func TestEveryNumberOfTheReferenceHasItsRows(t *testing.T) {
	seen, numbers := map[string]bool{}, map[string]bool{}
	for i, op := range table() {
		if seen[op.ID] {
			t.Errorf("%s is there twice", op.ID)
		}

		seen[op.ID] = true

		if want := fmt.Sprintf("E%02d", i+1); i < 29 && op.ID != want {
			t.Errorf("row %d is %s, want %s", i, op.ID, want)
		}

		if op.ID == DiscoverWorkspaces || op.ID == DiscoverProjects || i < 29 {
			continue
		}
		if !regexp.MustCompile(`^W[0-9]{2}[a-z]?$`).MatchString(op.ID) {
			t.Errorf("%s is no number of the reference", op.ID)
			continue
		}

		numbers[op.ID[:3]] = true
	}

	for n := 1; n <= 78; n++ {
		if id := fmt.Sprintf("W%02d", n); !numbers[id] {
			t.Errorf("%s has no row", id)
		}
	}
}

// A request may name 40 bytes, and a task's message of a deletion as well.
func TestTypesAreShortEnoughForMessages(t *testing.T) {
	for _, r := range Resources() {
		if typ := dsr.DeleteType(r.Type); len(typ) > 40 {
			t.Errorf("%s has %d bytes", typ, len(typ))
		}
	}
}

func TestBodiesHoldWhatTheirRowsNeed(t *testing.T) {
	mark := regexp.MustCompile(`\{[a-z.]+\}`)
	for _, op := range table() {
		if op.Body == "" {
			continue
		}

		var holds []string
		filled := mark.ReplaceAllStringFunc(op.Body, func(m string) string {
			holds = append(holds, m)
			return "null"
		})

		var members map[string]any
		if err := json.Unmarshal([]byte(filled), &members); err != nil {
			t.Errorf("%s: the body %s is no JSON object", op.ID, op.Body)
		}

		for _, m := range holds {
			if !slices.Contains([]string{"{item}", "{cursor}", "{entry.name}", "{entry.namespace}"}, m) {
				t.Errorf("%s: its body has %s, which nothing fills", op.ID, m)
			}
		}

		if op.HasPages() != slices.Contains(holds, "{cursor}") {
			t.Errorf("%s: pages %v, but its body is %s", op.ID, op.HasPages(), op.Body)
		}
		if slices.Contains(holds, "{item}") && strings.Contains(op.Path, "{item}") {
			t.Errorf("%s names its item in path and body", op.ID)
		}
		if op.Plane != MLWorkspace {
			t.Errorf("%s is read by POST on a plane that has no such lists", op.ID)
		}
	}
}

func TestListsThatAloneHoldDocuments(t *testing.T) {
	for id, want := range map[string]bool{"W64": true, "W64c": true, "W64v": true, "E17": true, "E26": true, "W61": true, "W10": false, "E14": false, "W52": false, "W53": false, "none": false} {
		if ListOnly(id) != want {
			t.Errorf("%s: %t", id, !want)
		}
	}
}

func TestCatalogueIsACopy(t *testing.T) {
	Catalogue()[0].ID = "changed"
	if Catalogue()[0].ID != "E01" {
		t.Error("a caller changed the catalogue")
	}
}

func TestResourcesAreDerivedFromTheRows(t *testing.T) {
	id := func(op *Operation) string {
		if op == nil {
			return ""
		}
		return op.ID
	}

	var got []string
	for _, r := range Resources() {
		line := []string{r.Type, id(r.Document), id(r.List), id(r.Item), id(r.ItemList), id(r.ItemEntry), id(r.Children), r.Follows, r.OfSubject}
		got = append(got, strings.TrimRight(strings.Join(line, " | "), "| "))
	}

	// type | document | list | item | item's list | its entry | children | follows | of one subject
	want := []string{
		"hosting-account | E01",
		"models |  | E02 | E03",
		"manifests |  | E04 | E05",
		"services |  | E06 | E07",
		"images |  | E08 | E09",
		"experimentation-account | E27",
		"workspaces | E28",
		"projects | E29",
		"runs |  | E14 | E16",
		"experiments |  | E15 | E18",
		"run-metrics |  | E17",
		"run-artifacts |  | E14 |  | E19 | E20 |  | runs",
		"assets |  | E21 | E25",
		"artifacts |  | E14 |  | E22 | E23 |  | runs",
		"notifications |  | E26 |  |  |  |  |  | E26",
		"ml-workspaces | W03",
		"computes |  | E10 | E11",
		"ml-computes |  | W04 | W05",
		"ml-datastores |  | W06 | W07",
		"ml-data |  | W08 | W09",
		"ml-data-versions |  | W08 |  | W10 | W11 |  | ml-data",
		"ml-models |  | W12 | W13",
		"ml-model-versions |  | W12 |  | W14 | W15 |  | ml-models",
		"ml-environments |  | W16 | W17",
		"ml-environment-versions |  | W16 |  | W18 | W19 |  | ml-environments",
		"ml-components |  | W20 | W21",
		"ml-component-versions |  | W20 |  | W22 | W23 |  | ml-components",
		"ml-codes |  | W24 | W25",
		"ml-code-versions |  | W24 |  | W26 | W27 |  | ml-codes",
		"ml-jobs |  | W28 | W29",
		"ml-schedules |  | W30 | W31",
		"ml-online-endpoints |  | W32 | W33",
		"ml-online-deployments |  | W32 |  | W34 | W35 |  | ml-online-endpoints",
		"ml-batch-endpoints |  | W36 | W37",
		"ml-batch-deployments |  | W36 |  | W38 | W39 |  | ml-batch-endpoints",
		"ml-serverless-endpoints |  | W40 | W41",
		"ml-marketplace-subscriptions |  | W40m | W41m",
		"ml-connections |  | W42 | W43",
		"ml-featuresets |  | W44 | W45",
		"ml-featurestore-entities |  | W46 | W47",
		"ml-featurestore-entity-versions |  | W46 |  | W46v | W47v |  | ml-featurestore-entities",
		"ml-labeling-jobs |  | W48 | W49",
		"ml-experiments |  | W50 | W51",
		"ml-registered-models |  | W62 | W62i",
		"ml-assets |  | W63 | W63i",
		"ml-datasets |  | W64",
		"ml-data-containers |  | W64c",
		"ml-data-container-versions |  | W64c |  | W64v |  |  | ml-data-containers",
		"ml-agent-threads |  | W68 | W68i",
		"ml-agent-messages |  | W68 |  | W69 |  |  | ml-agent-threads",
		"ml-agent-runs |  | W68 |  | W70 | W70s |  | ml-agent-threads",
		"ml-agents |  | W71 | W71i",
		"ml-agent-files |  | W72 | W72i",
		"ml-agent-vector-stores |  | W73 | W73i",
		"ml-agent-vector-store-files |  | W73 |  | W73f |  |  | ml-agent-vector-stores",
		"ml-evaluations |  | W74 | W74i",
		"ml-evaluation-schedules |  | W75 | W75i",
		"ml-indexes |  | W76",
		"ml-index-versions |  | W76 |  | W76v | W76i |  | ml-indexes",
		"ml-prompts |  | W77",
		"ml-prompt-versions |  | W77 |  | W77v | W77i |  | ml-prompts",
		"ml-outbound-rules |  | W67 | W67i",
		"ml-private-endpoint-connections |  | W67p | W67q",
		"ml-capability-hosts |  | W67c | W67d",
		"operationalization-clusters |  | E12 | E13",
		"ml-runs |  | W52 | W53 |  |  | W54",
		// What follows runs finds those that hang on others by W54 too, also where it is
		// asked for alone.
		"ml-run-details |  | W52 | W55 |  |  | W54 | ml-runs",
		"ml-run-data |  | W52 | W55d |  |  | W54 | ml-runs",
		"ml-run-metrics |  | W52 |  | W56 | W57 | W54 | ml-runs",
		"ml-run-artifacts |  | W52 |  | W58 |  | W54 | ml-runs",
		"ml-artifacts |  | W52 |  | W59 | W60 | W54 | ml-runs",
		"ml-run-spans |  | W52 |  | W61 |  | W54 | ml-runs",
		"ml-featureset-versions |  | W44v | W45v",
		"ml-features |  | W44v |  | W44f | W45f |  | ml-featureset-versions",
		"ml-registries | W65",
		"ml-registry-data |  | W66a | W66b",
		"ml-registry-data-versions |  | W66a |  | W66c | W66d |  | ml-registry-data",
		"ml-registry-models |  | W66e | W66f",
		"ml-registry-model-versions |  | W66e |  | W66g | W66h |  | ml-registry-models",
		"ml-registry-environments |  | W66i | W66j",
		"ml-registry-environment-versions |  | W66i |  | W66k | W66l |  | ml-registry-environments",
		"ml-registry-components |  | W66m | W66n",
		"ml-registry-component-versions |  | W66m |  | W66o | W66p |  | ml-registry-components",
		"ml-registry-codes |  | W66q | W66r",
		"ml-registry-code-versions |  | W66q |  | W66s | W66t |  | ml-registry-codes",
		"ml-registry-templates |  | W78",
		"ml-registry-template-versions |  | W78 |  | W78v | W78i |  | ml-registry-templates",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	for _, r := range Resources() {
		if list := r.List; r.DataPlane != (list != nil && list.Plane == MLWorkspace) {
			t.Errorf("%s: data plane %v", r.Type, r.DataPlane)
		}
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
		"E02": {
			{Pointer: "/nextLink", Kept: true}, {Pointer: "/continuationToken", Kept: true},
			{Pointer: "/value/*/id", Kept: true}, {Pointer: "/*/id", Kept: true},
			{Pointer: "/value/*/url", Link: true}, {Pointer: "/*/url", Link: true},
		},
		"E03": {{Pointer: "/url", Link: true}},
		"E14": {
			{Pointer: "/nextLink", Kept: true}, {Pointer: "/continuationToken", Kept: true},
			{Pointer: "/value/*/runId", Kept: true}, {Pointer: "/*/runId", Kept: true},
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
