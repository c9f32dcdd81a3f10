package fanout

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func requestSchema(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("../../docs/schema/request.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// library is the same schema as a full implementation of JSON Schema reads it.
func library(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(requestSchema(t)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("urn:request", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:request")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// judgesAgree holds our reading of the schema against the library's.
func judgesAgree(t *testing.T, ours *schema, theirs *jsonschema.Schema, body []byte) {
	t.Helper()
	var doc any
	if json.Unmarshal(body, &doc) != nil {
		return
	}
	same, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return
	}
	faults := ours.faults("", doc)
	refused := theirs.Validate(same)
	if (len(faults) == 0) != (refused == nil) && !onlyDates(faults) {
		t.Fatalf("%.300s\nours: %q\ntheirs: %v", body, faults, refused)
	}
}

// onlyDates: the library takes a leap second and small letters in a date, which
// time.Time doesn't.
func onlyDates(faults []string) bool {
	for _, f := range faults {
		if !strings.HasSuffix(f, "want a date-time") {
			return false
		}
	}
	return len(faults) > 0
}

const request = `{"schemaVersion":"1.0","id":"r-1","kind":"export","subject":{"objectId":"0f8f","mail":["a@b"]},
 "scope":[{"subscriptionId":"s-1","resourceGroup":"g","location":"eastus2","experimentationAccount":"team",
 "workspaces":[{"name":"w","projects":["p"]}],"machineLearningWorkspaces":["m"],"operationalizationClusters":true}],
 "resourceTypes":["runs","models"],"submittedAt":"2026-01-31T10:00:00Z","submittedBy":"ada","dryRun":false,"confirm":["x"]}`

// Each value of a good request is replaced by each of these, and each member
// left out or doubled under another name.
var replacements = []string{
	`null`, `true`, `1`, `1.0`, `""`, `"a"`, `".."`, `"export"`, `"delete"`, `"exportThenDelete"`, `[]`, `{}`, `["a","a"]`, `[[1],[1]]`, `[{}]`, `"1.0"`,
	`"2026-02-30T10:00:00Z"`, `"2026-02-28T10:00:00.5+01:00"`, `"2026-02-28"`, `"a\u0000b"`, `"a b "`, `"a."`, `"Größe"`,
}

func TestOurReadingOfTheSchemaIsTheLibrarys(t *testing.T) {
	ours, err := compileSchema(requestSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	theirs := library(t)
	for _, text := range []string{request, strings.Replace(request, `"export"`, `"delete"`, 1)} {
		var doc any
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		if faults := ours.faults("", doc); len(faults) > 0 {
			t.Fatalf("a good request is refused: %q", faults)
		}
		n := 0
		for changed := range changes(doc) {
			body, err := json.Marshal(changed)
			if err != nil {
				t.Fatal(err)
			}
			judgesAgree(t, ours, theirs, body)
			n++
		}
		if n < 500 {
			t.Errorf("only %d changes were tried", n)
		}
	}
}

// changes yields a value with one change somewhere below it.
func changes(v any) func(yield func(any) bool) {
	return func(yield func(any) bool) {
		for _, text := range replacements {
			var with any
			if json.Unmarshal([]byte(text), &with) == nil && !yield(with) {
				return
			}
		}
		if text, ok := v.(string); ok && !yield(strings.Repeat(text, 400)) {
			return
		}
		switch v := v.(type) {
		case []any:
			changesOfArray(v, yield)
		case map[string]any:
			changesOfObject(v, yield)
		}
	}
}

func changesOfArray(v []any, yield func(any) bool) {
	for i, item := range v {
		for changed := range changes(item) {
			c := append([]any{}, v...)
			c[i] = changed
			if !yield(c) {
				return
			}
		}
	}
}

func changesOfObject(v map[string]any, yield func(any) bool) {
	without := func(name string) map[string]any {
		c := map[string]any{}
		for n, value := range v {
			if n != name {
				c[n] = value
			}
		}
		return c
	}
	for name, value := range v {
		renamed := without(name)
		renamed[strings.ToUpper(name)] = value
		if !yield(without(name)) || !yield(renamed) {
			return
		}
		for changed := range changes(value) {
			c := without(name)
			c[name] = changed
			if !yield(c) {
				return
			}
		}
	}
}

func FuzzSchema(f *testing.F) {
	ours, err := compileSchema(requestSchema(f))
	if err != nil {
		f.Fatal(err)
	}
	theirs := library(f)
	f.Add([]byte(request))
	f.Add([]byte(`{"kind":"delete","scope":[{"workspaces":[]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) { judgesAgree(t, ours, theirs, body) })
}

func TestASchemaThatWouldBeReadInPartIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"an unknown keyword":           `{"properties":{"a":{"maximum":3}}}`,
		"a keyword in another case":    `{"MinLength":3}`,
		"an unknown type":              `{"type":"integer"}`,
		"several types":                `{"type":["string","null"]}`,
		"an unknown format":            `{"format":"uri"}`,
		"a constant that is no text":   `{"const":1}`,
		"a broken pattern":             `{"pattern":"("}`,
		"a reference to nothing":       `{"items":{"$ref":"#/$defs/x"}}`,
		"a reference beside a keyword": `{"$defs":{"x":{"type":"string"}},"items":{"$ref":"#/$defs/x","maxLength":3}}`,
		"a reference to a reference":   `{"$defs":{"x":{"$ref":"#/$defs/y"},"y":{}},"items":{"$ref":"#/$defs/x"}}`,
		"a schema for other members":   `{"additionalProperties":{"type":"string"}}`,
	} {
		if _, err := compileSchema([]byte(text)); err == nil {
			t.Errorf("%s: it compiled", name)
		}
	}
}
