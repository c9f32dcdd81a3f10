package bicep

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// deploymentVersion is the api-version of the deployments that modules become.
const deploymentVersion = "2025-04-01"

// Compile returns the template that a file and its modules make, indented.
func Compile(path string) (template []byte, err error) {
	defer func() {
		if fault, ok := recover().(parseError); ok {
			template, err = nil, fault
		}
	}()

	f, err := Parse(path)
	if err != nil {
		return nil, err
	}
	compact, err := encode(newCompiler(f).template())
	if err != nil {
		return nil, err
	}

	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')

	return out.Bytes(), nil
}

// compiler compiles one file.
type compiler struct {
	file      *File
	params    map[string]bool
	vars      map[string]bool
	resources map[string]Resource
	modules   map[string]*File
	// loaded names the variables that hold the files which are loaded, by path.
	loaded map[string]string
	texts  members
	// locals are the variables of loops and lambdas, as expressions.
	locals map[string]string
	// needs are the symbols that the resource which is compiled depends on.
	needs map[string]bool
}

func newCompiler(f *File) *compiler {
	c := &compiler{
		file:      f,
		params:    map[string]bool{},
		vars:      map[string]bool{},
		resources: map[string]Resource{},
		modules:   map[string]*File{},
		loaded:    map[string]string{},
		locals:    map[string]string{},
		needs:     map[string]bool{},
	}

	for _, p := range f.Params {
		c.params[p.Name] = true
	}
	for _, v := range f.Vars {
		c.vars[v.Name] = true
	}
	for _, r := range f.Resources {
		c.resources[r.Symbol] = r
		if r.Module != "" {
			c.modules[r.Symbol] = c.parse(r.Module)
		}
	}

	return c
}

func (c *compiler) fail(format string, args ...any) {
	panic(parseError(c.file.Path + ": " + fmt.Sprintf(format, args...)))
}

func (c *compiler) parse(path string) *File {
	f, err := Parse(filepath.Join(filepath.Dir(c.file.Path), path))
	if err != nil {
		c.fail("%v", err)
	}
	return f
}

func (c *compiler) template() members {
	const schemas = "https://schema.management.azure.com/schemas/"
	schema := schemas + "2019-04-01/deploymentTemplate.json#"
	if c.file.Scope == "subscription" {
		schema = schemas + "2018-05-01/subscriptionDeploymentTemplate.json#"
	}

	var params, vars, outputs members
	for _, p := range c.file.Params {
		params.add(p.Name, c.param(p))
	}
	for _, v := range c.file.Vars {
		vars.add(v.Name, c.value(v.Value))
	}

	resources := []members{}
	for _, r := range c.file.Resources {
		if !r.Existing {
			resources = append(resources, c.resource(r))
		}
	}
	for _, o := range c.file.Outputs {
		outputs.add(o.Name, members{{"type", o.Type}, {"value", c.value(o.Value)}})
	}

	out := members{{"$schema", schema}, {"contentVersion", "1.0.0.0"}}
	for _, part := range []member{{"parameters", params}, {"variables", slices.Concat(c.texts, vars)}} {
		if len(part.value.(members)) > 0 {
			out = append(out, part)
		}
	}
	out.add("resources", resources)
	if len(outputs) > 0 {
		out.add("outputs", outputs)
	}

	return out
}

func (c *compiler) param(p Param) members {
	out := members{{"type", p.Type}}
	if p.Default != nil {
		out.add("defaultValue", c.value(p.Default))
	}
	for _, d := range p.Decorators {
		switch d.Name {
		case "description":
			out.add("metadata", members{{"description", c.value(d.Arg)}})
		case "allowed":
			out.add("allowedValues", c.value(d.Arg))
		case "minValue", "maxValue", "minLength", "maxLength":
			out.add(d.Name, c.value(d.Arg))
		default:
			c.fail("the decorator %s of %s is not known", d.Name, p.Name)
		}
	}
	return out
}

// load returns the variable that holds a file's content.
func (c *compiler) load(function, path string) string {
	if name, ok := c.loaded[path]; ok {
		return name
	}

	body, err := os.ReadFile(filepath.Join(filepath.Dir(c.file.Path), path))
	if err != nil {
		c.fail("%v", err)
	}

	name := fmt.Sprintf("$fxv#%d", len(c.loaded))
	c.loaded[path] = name
	switch {
	case function == "loadTextContent":
		c.texts.add(name, string(body))
	case json.Valid(body):
		c.texts.add(name, json.RawMessage(body))
	default:
		c.fail("%s is no JSON", path)
	}

	return name
}

// dependencies returns what the resource that was compiled depends on, and forgets it.
func (c *compiler) dependencies() (ids []string) {
	for _, symbol := range slices.Sorted(maps.Keys(c.needs)) {
		r := c.resources[symbol]
		switch {
		case r.Existing:
		case r.Loop != nil:
			ids = append(ids, symbol)
		default:
			ids = append(ids, "["+c.id(symbol, nil)+"]")
		}
	}
	c.needs = map[string]bool{}
	return ids
}
