package bicep

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// notProperties are what a resource's body says and its template says elsewhere.
var notProperties = []string{"name", "parent", "scope", "dependsOn"}

func (c *compiler) resource(r Resource) members {
	c.needs = map[string]bool{}
	var out members
	if r.If != nil {
		out.add("condition", c.value(r.If))
	}

	leave := func() {}
	if r.Loop != nil {
		out.add("copy", members{{"name", r.Symbol}, {"count", "[length(" + c.expr(r.Loop.In) + ")]"}})
		leave = c.enter(r.Loop, "copyIndex()")
	}

	if r.Module != "" {
		out = append(out, c.moduleBody(r)...)
	} else {
		out = append(out, c.resourceBody(r)...)
	}
	c.explicit(r)
	leave()

	delete(c.needs, r.Symbol)
	if ids := c.dependencies(); len(ids) > 0 {
		out.add("dependsOn", ids)
	}

	return out
}

// enter gives a loop's variables their values until leave is called.
func (c *compiler) enter(f *For, index string) (leave func()) {
	item, hadItem := c.locals[f.Item]
	c.locals[f.Item] = c.expr(f.In) + "[" + index + "]"
	if f.Counter != "" {
		c.locals[f.Counter] = index
	}
	return func() {
		delete(c.locals, f.Counter)
		if delete(c.locals, f.Item); hadItem {
			c.locals[f.Item] = item
		}
	}
}

// explicit adds what the body says that it depends on.
func (c *compiler) explicit(r Resource) {
	on, _ := r.Body.Get("dependsOn")
	list, _ := on.(Array)
	for _, n := range list {
		symbol, ok := n.(Name)
		if _, known := c.resources[string(symbol)]; !ok || !known {
			c.fail("%s depends on what is no resource", r.Symbol)
		}
		c.needs[string(symbol)] = true
	}
}

func (c *compiler) resourceBody(r Resource) members {
	out := members{{"type", r.Type}, {"apiVersion", r.Version}}
	if scope, ok := r.Body.Get("scope"); ok {
		out.add("scope", "["+c.idOf(scope)+"]")
	}

	names := c.names(r)
	if len(names) == 1 {
		out.add("name", c.value(must(r.Body.Get("name"))))
	} else {
		holes := make([]string, len(names))
		for i := range names {
			holes[i] = fmt.Sprintf("{%d}", i)
		}
		out.add("name", fmt.Sprintf("[format('%s', %s)]", strings.Join(holes, "/"), strings.Join(names, ", ")))
	}

	for _, p := range r.Body {
		if key, _ := p.Key.Literal(); !slices.Contains(notProperties, key) {
			out.add(key, c.value(p.Value))
		}
	}

	return out
}

func must(n Node, _ bool) Node { return n }

// names returns the name of a resource and before it those of its parents. It comes to
// depend on its parent.
func (c *compiler) names(r Resource) []string {
	name := c.expr(must(r.Body.Get("name")))
	parent, ok := c.parent(r)
	if !ok {
		return []string{name}
	}

	needs := maps.Clone(c.needs)
	above := c.names(parent)
	c.needs = needs // the parent sees to its own
	c.needs[parent.Symbol] = true

	return append(above, name)
}

func (c *compiler) parent(r Resource) (Resource, bool) {
	n, ok := r.Body.Get("parent")
	if !ok {
		return Resource{}, false
	}
	parent, known := c.resources[string(nameOf(n))]
	if !known {
		c.fail("the parent of %s is no resource", r.Symbol)
	}
	return parent, true
}

// idOf returns the id of what a symbol, or an element of a loop, stands for.
func (c *compiler) idOf(n Node) string {
	switch n := n.(type) {
	case Name:
		return c.id(string(n), nil)
	case Index:
		if symbol, ok := n.Of.(Name); ok {
			return c.id(string(symbol), n.At)
		}
	}
	c.fail("what is meant is no resource")
	return ""
}

// id returns the id of a resource or a module; at is its place in its loop.
func (c *compiler) id(symbol string, at Node) string {
	r, ok := c.resources[symbol]
	if !ok {
		c.fail("there is no resource %s", symbol)
	}
	c.needs[symbol] = true
	if (r.Loop != nil) != (at != nil) {
		c.fail("%s is asked for in a way that is not known", symbol)
	}
	if r.Loop != nil {
		defer c.enter(r.Loop, c.expr(at))()
	}
	if r.Module != "" {
		return c.moduleID(r)
	}

	needs := maps.Clone(c.needs)
	names := c.names(r)
	c.needs = needs // the resource sees to its parents

	segments := strings.Count(r.Type, "/")
	if len(names) == 1 && segments > 1 {
		whole := names[0]
		names = nil
		for i := range segments {
			names = append(names, fmt.Sprintf("split(%s, '/')[%d]", whole, i))
		}
	}

	return fmt.Sprintf("%s('%s', %s)", c.idFunction(r.Type), r.Type, strings.Join(names, ", "))
}

func (c *compiler) idFunction(kind string) string {
	if c.file.Scope == "subscription" || kind == "Microsoft.Resources/resourceGroups" {
		return "subscriptionResourceId"
	}
	return "resourceId"
}
