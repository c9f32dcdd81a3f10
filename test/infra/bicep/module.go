package bicep

import (
	"fmt"
	"maps"
)

const deployments = "Microsoft.Resources/deployments"

func (c *compiler) moduleBody(r Resource) members {
	module := c.modules[r.Symbol]
	out := members{{"type", deployments}, {"apiVersion", deploymentVersion}, {"name", c.value(must(r.Body.Get("name")))}}
	out = append(out, c.moduleScope(r)...)

	var params members
	given, _ := r.Body.Get("params")
	object, _ := given.(Object)
	for _, p := range object {
		key, _ := p.Key.Literal()
		params.add(key, c.argument(p.Value))
	}
	c.checkArguments(r, module, params)

	properties := members{
		{"expressionEvaluationOptions", members{{"scope", "inner"}}},
		{"mode", "Incremental"},
		{"parameters", params},
		{"template", newCompiler(module).template()},
	}
	out.add("properties", properties)

	return out
}

// argument returns the value of a module's parameter.
func (c *compiler) argument(n Node) any {
	cond, ok := n.(Cond)
	if !ok {
		return members{{"value", c.value(n)}}
	}
	return fmt.Sprintf("[if(%s, createObject('value', %s), createObject('value', %s))]", c.expr(cond.If), c.expr(cond.Then), c.expr(cond.Else))
}

// checkArguments refuses a module whose parameters are not those that it is given.
func (c *compiler) checkArguments(r Resource, module *File, given members) {
	known := map[string]bool{}
	for _, p := range module.Params {
		known[p.Name] = p.Default != nil
	}
	for _, g := range given {
		if _, ok := known[g.key]; !ok {
			c.fail("the module %s has no parameter %s", r.Symbol, g.key)
		}
		delete(known, g.key)
	}
	for name, optional := range known {
		if !optional {
			c.fail("the module %s wants the parameter %s", r.Symbol, name)
		}
	}
}

// moduleScope returns where a module is deployed.
func (c *compiler) moduleScope(r Resource) members {
	scope, scoped := r.Body.Get("scope")
	call, isCall := scope.(Call)
	switch module := c.modules[r.Symbol]; {
	case !scoped && module.Scope != c.file.Scope:
		c.fail("the module %s is of another scope", r.Symbol)
		return nil
	case !scoped && module.Scope == "subscription":
		return members{{"location", "[deployment().location]"}}
	case !scoped:
		return nil
	case isCall && call.Name == "resourceGroup" && len(call.Args) == 2:
		return members{{"subscriptionId", c.value(call.Args[0])}, {"resourceGroup", c.value(call.Args[1])}}
	case isCall && call.Name == "subscription" && len(call.Args) == 1:
		return members{{"subscriptionId", c.value(call.Args[0])}, {"location", "[deployment().location]"}}
	default:
		return members{{"resourceGroup", c.value(c.groupName(r, scope))}}
	}
}

// groupName returns the name of the resource group that a module's scope is.
func (c *compiler) groupName(r Resource, scope Node) Node {
	symbol, ok := scope.(Name)
	group := c.resources[string(symbol)]
	if !ok || group.Type != "Microsoft.Resources/resourceGroups" {
		c.fail("the scope of %s is not known", r.Symbol)
	}
	c.needs[string(symbol)] = true
	return must(group.Body.Get("name"))
}

// moduleID returns the id of a module's deployment.
func (c *compiler) moduleID(r Resource) string {
	name := c.expr(must(r.Body.Get("name")))
	scope, scoped := r.Body.Get("scope")
	if !scoped {
		return fmt.Sprintf("%s('%s', %s)", c.idFunction(deployments), deployments, name)
	}

	needs := maps.Clone(c.needs)
	group := c.expr(c.groupName(r, scope))
	c.needs = needs // the module sees to its group

	return fmt.Sprintf("extensionResourceId(format('/subscriptions/{0}/resourceGroups/{1}', subscription().subscriptionId, %s), '%s', %s)", group, deployments, name)
}

func nameOf(n Node) Name {
	name, _ := n.(Name)
	return name
}
