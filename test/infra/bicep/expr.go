package bicep

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// functions are those of templates that the files call.
var functions = map[string]bool{
	"cidrSubnet": true, "empty": true, "environment": true, "filter": true, "guid": true, "length": true, "map": true,
	"replace": true, "resourceGroup": true, "resourceId": true, "split": true, "string": true, "subscription": true,
	"subscriptionResourceId": true, "tenant": true, "toLower": true, "union": true, "uniqueString": true,
}

// value returns an expression as a value of the template.
func (c *compiler) value(n Node) any {
	switch n := n.(type) {
	case Text:
		if text, ok := n.Literal(); ok {
			if strings.HasPrefix(text, "[") {
				return "[" + text
			}
			return text
		}
	case Int, Bool:
		return n
	case Array:
		out := make([]any, len(n))
		for i, item := range n {
			out[i] = c.value(item)
		}
		return out
	case Object:
		out := members{}
		for _, p := range n {
			key, literal := p.Key.Literal()
			if !literal {
				key = "[" + c.expr(p.Key) + "]"
			}
			out.add(key, c.value(p.Value))
		}
		return out
	}
	return "[" + c.expr(n) + "]"
}

// expr returns an expression in the language of templates.
func (c *compiler) expr(n Node) string {
	switch n := n.(type) {
	case Text:
		return c.text(n)
	case Int:
		return strconv.FormatInt(int64(n), 10)
	case Bool:
		return strconv.FormatBool(bool(n)) + "()"
	case Null:
		return "null()"
	case Name:
		return c.name(string(n))
	case Array:
		return "createArray(" + c.list(n) + ")"
	case Object:
		var args []string
		for _, p := range n {
			args = append(args, c.expr(p.Key), c.expr(p.Value))
		}
		return "createObject(" + strings.Join(args, ", ") + ")"
	case Cond:
		return fmt.Sprintf("if(%s, %s, %s)", c.expr(n.If), c.expr(n.Then), c.expr(n.Else))
	case Unary:
		return "not(" + c.expr(n.Of) + ")"
	case Binary:
		return c.binary(n)
	case Index:
		return c.expr(n.Of) + "[" + c.expr(n.At) + "]"
	case Member:
		return c.member(n)
	case Lambda:
		defer func(before map[string]string) { c.locals = before }(maps.Clone(c.locals))
		c.locals[n.Param] = "lambdaVariables('" + n.Param + "')"
		return fmt.Sprintf("lambda('%s', %s)", n.Param, c.expr(n.Body))
	case Call:
		return c.call(n)
	}
	c.fail("an expression that is not known: %T", n)
	return ""
}

func (c *compiler) list(items []Node) string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = c.expr(item)
	}
	return strings.Join(out, ", ")
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func (c *compiler) text(t Text) string {
	if text, ok := t.Literal(); ok {
		return quote(text)
	}

	format, args := "", []string{}
	for _, p := range t.Parts {
		if text, ok := p.(string); ok {
			format += strings.NewReplacer("{", "{{", "}", "}}").Replace(text)
			continue
		}
		format += fmt.Sprintf("{%d}", len(args))
		args = append(args, c.expr(p))
	}

	return fmt.Sprintf("format(%s, %s)", quote(format), strings.Join(args, ", "))
}

func (c *compiler) name(name string) string {
	switch local, ok := c.locals[name]; {
	case ok:
		return local
	case c.params[name]:
		return "parameters('" + name + "')"
	case c.vars[name]:
		return "variables('" + name + "')"
	}
	c.fail("there is no %s", name)
	return ""
}

func (c *compiler) binary(b Binary) string {
	name, ok := map[string]string{
		"==": "equals", "&&": "and", "||": "or", "??": "coalesce", "+": "add", "-": "sub",
		"<": "less", "<=": "lessOrEquals", ">": "greater", ">=": "greaterOrEquals",
	}[b.Op]
	sides := c.expr(b.Left) + ", " + c.expr(b.Right)
	switch {
	case ok:
		return name + "(" + sides + ")"
	case b.Op == "!=":
		return "not(equals(" + sides + "))"
	}
	c.fail("the operator %s is not known", b.Op)
	return ""
}

func (c *compiler) call(call Call) string {
	if call.Name == "loadJsonContent" || call.Name == "loadTextContent" {
		path, _ := call.Args[0].(Text).Literal()
		return "variables('" + c.load(call.Name, path) + "')"
	}
	if !functions[call.Name] {
		c.fail("the function %s is not known", call.Name)
	}
	return call.Name + "(" + c.list(call.Args) + ")"
}

// member returns a member of a value, or what a resource or module says of itself.
func (c *compiler) member(m Member) string {
	if name, ok := m.Of.(Name); ok {
		if r, known := c.resources[string(name)]; known && c.locals[string(name)] == "" {
			return c.ofResource(r, m)
		}
	}
	if of, ok := m.Of.(Member); ok {
		if name, ok := of.Of.(Name); ok {
			if r, known := c.resources[string(name)]; known && c.locals[string(name)] == "" {
				return c.ofRuntime(r, of.Name, m.Name)
			}
		}
	}
	if m.Safe {
		return fmt.Sprintf("tryGet(%s, '%s')", c.expr(m.Of), m.Name)
	}
	return c.expr(m.Of) + "." + m.Name
}

func (c *compiler) ofResource(r Resource, m Member) string {
	switch {
	case m.Name == "id" && r.Module == "":
		return c.id(r.Symbol, nil)
	case m.Name == "name" && r.Module == "" && r.Loop == nil:
		c.needs[r.Symbol] = true
		return c.expr(must(r.Body.Get("name")))
	}
	c.fail("%s.%s is not known", r.Symbol, m.Name)
	return ""
}

// ofRuntime returns what is known of a resource or module once it is deployed.
func (c *compiler) ofRuntime(r Resource, group, name string) string {
	switch {
	case group == "outputs" && r.Module != "":
		for _, o := range c.modules[r.Symbol].Outputs {
			if o.Name == name {
				return fmt.Sprintf("reference(%s, '%s').outputs.%s.value", c.id(r.Symbol, nil), deploymentVersion, name)
			}
		}
	case group == "properties" && r.Module == "":
		return fmt.Sprintf("reference(%s, '%s').%s", c.id(r.Symbol, nil), r.Version, name)
	}
	c.fail("%s.%s.%s is not known", r.Symbol, group, name)
	return ""
}
