package bicep_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"azureml-dsr/test/infra/bicep"
)

// compile compiles a file with this text, beside a module and a file to load.
func compile(t *testing.T, text string) (map[string]any, error) {
	t.Helper()
	dir := t.TempDir()
	for name, body := range map[string]string{
		"main.bicep":   text,
		"module.bicep": "param name string\nparam size int = 1\noutput id string = name\n",
		"data.json":    `{"a": [1, 2]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	body, err := bicep.Compile(filepath.Join(dir, "main.bicep"))
	if err != nil {
		return nil, err
	}
	var out map[string]any
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatal(err)
	}
	return out, nil
}

func TestExpressionsBecomeThoseOfTemplates(t *testing.T) {
	for source, want := range map[string]any{
		`'plain'`:                         "plain",
		`'[looks like an expression'`:     "[[looks like an expression",
		`'it\'s ${p}, {braced}'`:          "[format('it''s {0}, {{braced}}', parameters('p'))]",
		`3`:                               3.0,
		`true`:                            true,
		`null`:                            "[null()]",
		`[p, 'x']`:                        []any{"[parameters('p')]", "x"},
		`{ a: p }`:                        map[string]any{"a": "[parameters('p')]"},
		`{ '${p}': {} }`:                  map[string]any{"[format('{0}', parameters('p'))]": map[string]any{}},
		`empty(p) ? [] : [p]`:             "[if(empty(parameters('p')), createArray(), createArray(parameters('p')))]",
		`!empty(p) && n > 0`:              "[and(not(empty(parameters('p'))), greater(parameters('n'), 0))]",
		`p == 'a' || p != 'b'`:            "[or(equals(parameters('p'), 'a'), not(equals(parameters('p'), 'b')))]",
		`split(p, '/')[2]`:                "[split(parameters('p'), '/')[2]]",
		`map(split(p, ','), x => '${x}')`: "[map(split(parameters('p'), ','), lambda('x', format('{0}', lambdaVariables('x'))))]",
		`loadJsonContent('data.json').a`:  "[variables('$fxv#0').a]",
		`o.?missing`:                      "[tryGet(parameters('o'), 'missing')]",
	} {
		template, err := compile(t, "param p string\nparam n int\nparam o object\noutput out object = "+source+"\n")
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		got := template["outputs"].(map[string]any)["out"].(map[string]any)["value"]
		if wantText, gotText := marshal(t, want), marshal(t, got); wantText != gotText {
			t.Errorf("%s is %s, want %s", source, gotText, wantText)
		}
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestResourcesKnowTheirParentsAndWhatTheyDependOn(t *testing.T) {
	template, err := compile(t, `
param p string
param names array
resource top 'Microsoft.X/tops@2020-01-01' = {
  name: p
}
resource old 'Microsoft.X/olds@2020-01-01' existing = {
  name: 'old'
}
// One for each.
resource below 'Microsoft.X/tops/belows@2020-01-01' = [for (item, i) in names: {
  parent: top
  name: item
  properties: {
    place: i
    old: old.id
    state: top.properties.state
  }
}]
module part './module.bicep' = if (p == 'a') {
  name: 'part'
  params: {
    name: p
    size: empty(p) ? 1 : 2
  }
  dependsOn: [
    below
  ]
}
output part string = part.outputs.id
`)
	if err != nil {
		t.Fatal(err)
	}

	resources := template["resources"].([]any)
	if len(resources) != 3 { // what exists is not made
		t.Fatalf("%d resources", len(resources))
	}
	below, part := resources[1].(map[string]any), resources[2].(map[string]any)
	for what, pair := range map[string][2]any{
		"the name of a child":          {below["name"], "[format('{0}/{1}', parameters('p'), parameters('names')[copyIndex()])]"},
		"a child's dependencies":       {below["dependsOn"], []any{"[resourceId('Microsoft.X/tops', parameters('p'))]"}},
		"a loop":                       {below["copy"], map[string]any{"name": "below", "count": "[length(parameters('names'))]"}},
		"what a loop makes":            {below["properties"], map[string]any{"place": "[copyIndex()]", "old": "[resourceId('Microsoft.X/olds', 'old')]", "state": "[reference(resourceId('Microsoft.X/tops', parameters('p')), '2020-01-01').state]"}},
		"a condition":                  {part["condition"], "[equals(parameters('p'), 'a')]"},
		"a dependency on a whole loop": {part["dependsOn"], []any{"below"}},
		"a module's parameters": {part["properties"].(map[string]any)["parameters"], map[string]any{
			"name": map[string]any{"value": "[parameters('p')]"},
			"size": "[if(empty(parameters('p')), createObject('value', 1), createObject('value', 2))]",
		}},
		"a module's output": {template["outputs"].(map[string]any)["part"].(map[string]any)["value"], "[reference(resourceId('Microsoft.Resources/deployments', 'part'), '2025-04-01').outputs.id.value]"},
	} {
		if got, want := marshal(t, pair[0]), marshal(t, pair[1]); got != want {
			t.Errorf("%s is %s, want %s", what, got, want)
		}
	}
}

func TestWhatIsNotKnownIsRefused(t *testing.T) {
	for source, want := range map[string]string{
		"type t = string":                                `"type" is not known`,
		"param p string\noutput o string = q":            "there is no q",
		"output o string = listKeys('x', 'y')":           "listKeys is not known",
		"@secure()\nparam p string":                      "secure of p is not known",
		"output o string = 'a":                           "does not end",
		"output o string = '''a'''":                      "want a name",
		"output o string = loadJsonContent('none.json')": "none.json",
		"module m './module.bicep' = {\n  name: 'm'\n}":  "wants the parameter name",
		"module m './none.bicep' = {\n  name: 'm'\n}":    "none.bicep",
		"module m './module.bicep' = {\n  name: 'm'\n  params: {\n    name: 'a'\n    b: 1\n  }\n}":                         "no parameter b",
		"module m './module.bicep' = {\n  name: 'm'\n  params: {\n    name: 'a'\n  }\n}\noutput o string = m.outputs.none": "outputs.none is not known",
	} {
		if _, err := compile(t, source+"\n"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", source, err, want)
		}
	}
}
