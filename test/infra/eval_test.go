package infra_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"azureml-dsr/test/infra/bicep"
)

// values evaluates what a Bicep file says with values for its parameters.
type values struct {
	t     *testing.T
	file  *bicep.File
	known map[string]any
}

func parse(t *testing.T, name string) *bicep.File {
	t.Helper()
	f, err := bicep.Parse(root + "infra/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// find returns a resource or module of a file.
func find(t *testing.T, f *bicep.File, symbol string) bicep.Resource {
	t.Helper()
	for _, r := range f.Resources {
		if r.Symbol == symbol {
			return r
		}
	}
	t.Fatalf("%s has no %s", f.Path, symbol)
	return bicep.Resource{}
}

// variable returns the value of one of the file's variables.
func (v values) variable(name string) any {
	v.t.Helper()
	for _, b := range v.file.Vars {
		if b.Name == name {
			return v.of(b.Value)
		}
	}
	v.t.Fatalf("%s: no value for %s", v.file.Path, name)
	return nil
}

func (v values) with(name string, value any) values {
	known := map[string]any{name: value}
	for k, x := range v.known {
		if k != name {
			known[k] = x
		}
	}
	return values{v.t, v.file, known}
}

// of evaluates an expression.
func (v values) of(n bicep.Node) any {
	v.t.Helper()
	switch n := n.(type) {
	case bicep.Text:
		text := ""
		for _, p := range n.Parts {
			if literal, ok := p.(string); ok {
				text += literal
			} else {
				text += v.of(p).(string)
			}
		}
		return text
	case bicep.Int:
		return int(n)
	case bicep.Bool:
		return bool(n)
	case bicep.Null:
		return nil
	case bicep.Name:
		if x, ok := v.known[string(n)]; ok {
			return x
		}
		return v.variable(string(n))
	case bicep.Array:
		out := []any{}
		for _, item := range n {
			out = append(out, v.of(item))
		}
		return out
	case bicep.Object:
		out := map[string]any{}
		for _, p := range n {
			out[v.of(p.Key).(string)] = v.of(p.Value)
		}
		return out
	case bicep.Cond:
		if v.of(n.If).(bool) {
			return v.of(n.Then)
		}
		return v.of(n.Else)
	case bicep.Unary:
		return !v.of(n.Of).(bool)
	case bicep.Binary:
		return v.compare(n)
	case bicep.Index:
		return v.of(n.Of).([]any)[v.of(n.At).(int)]
	case bicep.Member:
		return v.member(n)
	case bicep.Call:
		return v.call(n)
	}
	v.t.Fatalf("an expression without a value: %#v", n)
	return nil
}

func (v values) member(m bicep.Member) any {
	v.t.Helper()
	object, ok := v.of(m.Of).(map[string]any)
	if !ok {
		v.t.Fatalf("%s: %s of what is no object", v.file.Path, m.Name)
	}
	value, there := object[m.Name]
	if !there && !m.Safe {
		v.t.Fatalf("%s: there is no %s", v.file.Path, m.Name)
	}
	return value
}

func (v values) compare(b bicep.Binary) bool {
	v.t.Helper()
	left, right := v.of(b.Left), v.of(b.Right)
	switch b.Op {
	case "==":
		return left == right
	case "!=":
		return left != right
	case ">":
		return left.(int) > right.(int)
	}
	v.t.Fatalf("the operator %s has no value", b.Op)
	return false
}

func (v values) call(c bicep.Call) any {
	v.t.Helper()
	switch c.Name {
	case "map", "filter":
		return v.each(c)
	case "loadJsonContent", "loadTextContent":
		return v.load(c.Name, v.of(c.Args[0]).(string))
	}

	args := v.of(bicep.Array(c.Args)).([]any)
	switch c.Name {
	case "empty":
		return args[0] == nil || args[0] == "" || length(args[0]) == 0
	case "length":
		return length(args[0])
	case "toLower":
		return strings.ToLower(args[0].(string))
	case "replace":
		return strings.ReplaceAll(args[0].(string), args[1].(string), args[2].(string))
	case "split":
		out := []any{}
		for part := range strings.SplitSeq(args[0].(string), args[1].(string)) {
			out = append(out, part)
		}
		return out
	case "string":
		return text(v.t, args[0])
	case "tenant":
		return map[string]any{"tenantId": "72f988bf-86f1-41af-91ab-2d7cd011db47"}
	case "union":
		out := map[string]any{}
		for _, a := range args {
			for k, x := range a.(map[string]any) {
				out[k] = x
			}
		}
		return out
	}
	v.t.Fatalf("the function %s has no value", c.Name)
	return nil
}

func length(x any) int {
	switch x := x.(type) {
	case string:
		return len(x)
	case []any:
		return len(x)
	case map[string]any:
		return len(x)
	}
	return -1
}

// text is the function string of templates: booleans begin with a capital.
func text(t *testing.T, x any) string {
	t.Helper()
	switch x := x.(type) {
	case string:
		return x
	case bool:
		return map[bool]string{true: "True", false: "False"}[x]
	}
	body, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func (v values) each(c bicep.Call) any {
	v.t.Helper()
	lambda := c.Args[1].(bicep.Lambda)
	out := []any{}
	for _, item := range v.of(c.Args[0]).([]any) {
		got := v.with(lambda.Param, item).of(lambda.Body)
		switch {
		case c.Name == "map":
			out = append(out, got)
		case got.(bool):
			out = append(out, item)
		}
	}
	return out
}

func (v values) load(function, path string) any {
	v.t.Helper()
	body, err := os.ReadFile(filepath.Join(filepath.Dir(v.file.Path), path))
	if err != nil {
		v.t.Fatal(err)
	}
	if function == "loadTextContent" {
		return string(body)
	}
	return decode(v.t, body)
}

func decode(t *testing.T, body []byte) (out any) {
	t.Helper()
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
