package infra_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/config"
	"azureml-dsr/test/infra/bicep"
)

func readText(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(root + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestEveryParameterHasItsVariable compares main.bicep with main.parameters.json, and both
// with the table of docs/deploy.md.
func TestEveryParameterHasItsVariable(t *testing.T) {
	f := parse(t, "main.bicep")
	v := values{t, f, nil}
	given := decode(t, []byte(readText(t, "infra/main.parameters.json"))).(map[string]any)["parameters"].(map[string]any)
	page := readText(t, "docs/deploy.md")
	variable := regexp.MustCompile(`^\$\{(\w+)(?:=([^}]*))?\}$`)

	for _, p := range f.Params {
		entry, ok := given[p.Name].(map[string]any)
		if !ok {
			t.Errorf("%s is not in main.parameters.json", p.Name)
			continue
		}
		delete(given, p.Name)

		if object, ok := entry["value"].(map[string]any); ok {
			if len(object) > 0 || !strings.Contains(page, "`"+p.Name+"`") {
				t.Errorf("%s is not empty, or not in docs/deploy.md", p.Name)
			}
			continue
		}

		m := variable.FindStringSubmatch(entry["value"].(string))
		if m == nil {
			t.Errorf("%s is %v, and no variable", p.Name, entry["value"])
			continue
		}
		if p.Default != nil && !strings.EqualFold(text(t, v.of(p.Default)), m[2]) {
			t.Errorf("%s is %q without its variable, and by default %v", p.Name, m[2], v.of(p.Default))
		}
		if !strings.Contains(page, "`"+m[1]+"`") {
			t.Errorf("%s is not in docs/deploy.md", m[1])
		}
	}

	for name := range given {
		t.Errorf("main.bicep has no parameter %s", name)
	}
}

// TestTheDeployPagesTableNamesVariablesThatThereAre reads its rows.
func TestTheDeployPagesTableNamesVariablesThatThereAre(t *testing.T) {
	_, table, ok := strings.Cut(readText(t, "docs/deploy.md"), "| variable | what it says | default |\n|---|---|---|\n")
	if !ok {
		t.Fatal("docs/deploy.md has no table of variables")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	params := readText(t, "infra/main.parameters.json")
	rows := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| .* \\| (.*) \\|$").FindAllStringSubmatch(table, -1)
	for _, m := range rows {
		want := "${" + m[1] + "}"
		if value := strings.Trim(m[2], "`"); value != "–" {
			want = "${" + m[1] + "=" + value + "}"
		}
		if !strings.Contains(params, `"`+want+`"`) {
			t.Errorf("main.parameters.json has no %s", want)
		}
	}
	for _, m := range regexp.MustCompile(`azd env set (\w+) `).FindAllStringSubmatch(readText(t, "docs/deploy.md"), -1) {
		if !strings.Contains(table, "| `"+m[1]+"` |") {
			t.Errorf("the page sets %s, which is not in its table", m[1])
		}
	}
	if len(rows) != strings.Count(table, "\n")+1 || len(rows) < 20 {
		t.Errorf("%d rows could be read", len(rows))
	}
}

// TestAzdDeploysThePackage holds azure.yaml against what `dsr package` writes and the tag
// by which azd finds the function app.
func TestAzdDeploysThePackage(t *testing.T) {
	yaml := readText(t, "azure.yaml")
	for _, want := range []string{
		"\nservices:\n  worker:\n    project: .\n    host: function\n",
		"\n    language: custom\n    dist: dist/azureml-dsr.zip\n",
		"\n      prepackage:\n        shell: sh\n        run: make package\n",
		"\ninfra:\n  provider: bicep\n  path: infra\n  module: main\n",
	} {
		if !strings.Contains(yaml, want) {
			t.Errorf("azure.yaml lacks %q", want)
		}
	}
	if !strings.Contains(readText(t, "cmd/dsr/package.go"), `"azureml-dsr.zip"`) || !strings.Contains(readText(t, "Makefile"), "\npackage: build") {
		t.Error("`make package` does not make the zip that azd deploys")
	}

	f := parse(t, "app/worker.bicep")
	v := values{t, f, map[string]any{"tags": map[string]any{"azd-env-name": "e"}}}
	want := map[string]any{"azd-env-name": "e", "azd-service-name": "worker"}
	if diff := cmp.Diff(want, v.of(body(t, find(t, f, "site"), "tags"))); diff != "" {
		t.Errorf("tags (-want +template):\n%s", diff)
	}
}

// TestTheOutputsAreSettingsOfTheCommands holds that `azd env get-values` makes the
// operator's commands find what was deployed.
func TestTheOutputsAreSettingsOfTheCommands(t *testing.T) {
	outputs := map[string]string{}
	for _, o := range parse(t, "main.bicep").Outputs {
		m, _ := o.Value.(bicep.Member)
		outputs[o.Name] = map[string]string{"host": "sb.servicebus.windows.net", "uri": "https://st.blob.core.windows.net"}[m.Name]
	}
	s, err := config.LoadStores(config.FromMap(outputs))
	if err != nil || s.ServiceBus.Address == "" || s.Storage.Address == "" {
		t.Errorf("the commands understand %+v, %v", s, err)
	}
}

// TestWhatStaysOffIsOff holds the parameters that open or cost something.
func TestWhatStaysOffIsOff(t *testing.T) {
	f := parse(t, "main.bicep")
	v := values{t, f, nil}
	want := map[string]any{
		"deletesEnabled":           false,
		"networkIsolation":         false,
		"alwaysReadyInstances":     0,
		"evidenceImmutabilityDays": 0,
		"bulkExportScopes":         "",
		"authClientId":             "",
	}
	for _, p := range f.Params {
		if value, ok := want[p.Name]; ok && v.of(p.Default) != value {
			t.Errorf("%s is %v by default", p.Name, v.of(p.Default))
		}
	}

	if cond, ok := find(t, f, "auth").If.(bicep.Unary); !ok || !cmp.Equal(cond.Of, bicep.Node(bicep.Call{Name: "empty", Args: []bicep.Node{bicep.Name("authClientId")}})) {
		t.Error("authentication is not off without a client id")
	}
}

// TestTheAppRolesAreThree holds the roles of callers that the app registration defines.
func TestTheAppRolesAreThree(t *testing.T) {
	ids, roles := map[any]bool{}, map[any][]any{}
	for _, r := range decode(t, []byte(readText(t, "infra/auth/app-roles.json"))).([]any) {
		r := r.(map[string]any)
		ids[r["id"]] = true
		roles[r["value"]] = r["allowedMemberTypes"].([]any)
	}
	// Who approves is a person.
	want := map[any][]any{"DSR.Read": {"User", "Application"}, "DSR.Operate": {"User", "Application"}, "DSR.Approve": {"User"}}
	if diff := cmp.Diff(want, roles); diff != "" || len(ids) != len(want) {
		t.Errorf("%d ids (-want +file):\n%s", len(ids), diff)
	}
}
