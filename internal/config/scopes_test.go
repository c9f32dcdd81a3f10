package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

func TestScopesHaveNames(t *testing.T) {
	research := dsr.Scope{SubscriptionID: "a", ResourceGroup: "g", MachineLearningWorkspaces: []string{"*"}}
	sales := dsr.Scope{SubscriptionID: "b"}
	want := dsr.ScopeNames{
		Places:  map[string][]dsr.Scope{"research": {research, sales}, "sales-2.b": {sales}},
		Default: "sales-2.b",
	}

	got, err := LoadScopes(FromMap(map[string]string{
		"DSR_SCOPES":        `{"research":[{"subscriptionId":"a","resourceGroup":"g","machineLearningWorkspaces":["*"]},{"subscriptionId":"b"}], "sales-2.b": {"subscriptionId":"b"}}`,
		"DSR_DEFAULT_SCOPE": "sales-2.b",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"research", "sales-2.b"}, got.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

// TestWrongScopesAreNamed holds that a scope with a name is one that a request could have.
func TestWrongScopesAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		scopes, def string
		setting     string
		want        string
	}{
		"no JSON":                          {`research`, "", "DSR_SCOPES", "must be a JSON object"},
		"a list":                           {`[{"subscriptionId":"a"}]`, "", "DSR_SCOPES", "must be a JSON object"},
		"no name":                          {`{}`, "", "DSR_SCOPES", "must be a JSON object"},
		"null":                             {`null`, "", "DSR_SCOPES", "must be a JSON object"},
		"a name twice":                     {`{"r":{"subscriptionId":"a"},"r":{"subscriptionId":"b"}}`, "", "DSR_SCOPES", "each name once"},
		"a name that is a path":            {`{"a/b":{"subscriptionId":"a"}}`, "", "DSR_SCOPES", "a name must be up to 64"},
		"a name that is too long":          {`{"` + strings.Repeat("n", 65) + `":{"subscriptionId":"a"}}`, "", "DSR_SCOPES", "a name must be up to 64"},
		"a name of a name":                 {`{"r":["secret"]}`, "", "DSR_SCOPES", "r is no scope and no list"},
		"a text":                           {`{"r":"secret"}`, "", "DSR_SCOPES", "r is no scope and no list"},
		"nothing":                          {`{"r":null}`, "", "DSR_SCOPES", "r/0 is not as in a request"},
		"an empty list":                    {`{"r":[]}`, "", "DSR_SCOPES", "r is not as in a request"},
		"no subscription":                  {`{"r":[{"subscriptionId":"a"},{"resourceGroup":"g"}]}`, "", "DSR_SCOPES", "r/1 is not as in a request"},
		"an empty group":                   {`{"r":{"subscriptionId":"a","resourceGroup":""}}`, "", "DSR_SCOPES", "r/0/resourceGroup is not"},
		"an account without its location":  {`{"r":{"subscriptionId":"a","resourceGroup":"g","experimentationAccount":"secret"}}`, "", "DSR_SCOPES", "r/0 is not"},
		"an account that is a path":        {`{"r":{"subscriptionId":"a","resourceGroup":"g","location":"l","experimentationAccount":"secret/.."}}`, "", "DSR_SCOPES", "r/0/experimentationAccount is not"},
		"a member that no scope has":       {`{"r":{"subscriptionId":"a","secret":1}}`, "", "DSR_SCOPES", "r/0 is not"},
		"a member in other case":           {`{"r":{"SubscriptionId":"a"}}`, "", "DSR_SCOPES", "r/0 is not"},
		"all and one":                      {`{"r":{"subscriptionId":"a","registries":["*","secret"]}}`, "", "DSR_SCOPES", `r/0/registries: "*" means all`},
		"a workspace without its group":    {`{"r":{"subscriptionId":"a","machineLearningWorkspaces":["secret"]}}`, "", "DSR_SCOPES", "r/0: machineLearningWorkspaces needs resourceGroup"},
		"two faults at once":               {`{"r":{},"s":[]}`, "", "DSR_SCOPES", "r/0 is not as in a request, s is not"},
		"a default that is no name":        {`{"r":{"subscriptionId":"a"}}`, "secret", "DSR_DEFAULT_SCOPE", "has r"},
		"a default where nothing is named": {"", "secret", "DSR_DEFAULT_SCOPE", "DSR_SCOPES is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(FromMap(withBase("DSR_SCOPES", c.scopes, "DSR_DEFAULT_SCOPE", c.def)))
			faults, _ := errors.AsType[Error](err)
			if len(faults) != 1 || faults[0].Setting != c.setting || !strings.Contains(faults[0].Problem, c.want) {
				t.Fatalf("%v, want one fault of %s: %q", err, c.setting, c.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%q quotes a value", err)
			}
		})
	}
}
