package infra_test

import (
	"regexp"
	"strconv"
	"strings"
)

// scope is a template, or one within it, with what it was given for its parameters.
type scope struct {
	template map[string]any
	given    map[string]any
	outer    *scope
}

// each calls do for every resource of the template and of those within it.
func (s *scope) each(do func(r map[string]any, resolve resolver)) {
	for _, item := range s.template["resources"].([]any) {
		r := item.(map[string]any)
		if r["type"] != "Microsoft.Resources/deployments" {
			do(r, s.resolve)
			continue
		}
		properties := r["properties"].(map[string]any)
		given, _ := properties["parameters"].(map[string]any)
		within := scope{properties["template"].(map[string]any), given, s}
		within.each(do)
	}
}

var (
	ofVariable  = regexp.MustCompile(`^\[variables\('([^']+)'\)((?:\.\w+|\[\d+\]|\[copyIndex\(\)\])*)\]$`)
	ofParameter = regexp.MustCompile(`^\[parameters\('(\w+)'\)\]$`)
	ofChoice    = regexp.MustCompile(`^\[if\(.*, '([^']*)', '([^']*)'\)\]$`)
	oneStep     = regexp.MustCompile(`\.\w+|\[\d+\]|\[copyIndex\(\)\]`)
)

// resolve returns what an expression may come to, as far as the template tells.
func (s *scope) resolve(expression string) ([]any, bool) {
	if m := ofVariable.FindStringSubmatch(expression); m != nil {
		variables, _ := s.template["variables"].(map[string]any)
		return s.follow([]any{variables[m[1]]}, oneStep.FindAllString(m[2], -1))
	}
	if m := ofParameter.FindStringSubmatch(expression); m != nil {
		return s.parameter(m[1])
	}
	if m := ofChoice.FindStringSubmatch(expression); m != nil {
		return []any{m[1], m[2]}, true
	}
	return nil, false
}

// follow takes steps from values into them.
func (s *scope) follow(values []any, steps []string) ([]any, bool) {
	values, ok := s.known(values)
	if !ok || len(steps) == 0 {
		return values, ok
	}

	var out []any
	for _, v := range values {
		switch step := steps[0]; v := v.(type) {
		case map[string]any:
			out = append(out, v[strings.TrimPrefix(step, ".")])
		case []any:
			if n, err := strconv.Atoi(strings.Trim(step, "[]")); err == nil {
				v = v[n : n+1]
			}
			out = append(out, v...)
		default:
			return nil, false
		}
	}

	return s.follow(out, steps[1:])
}

// known resolves values that are expressions themselves.
func (s *scope) known(values []any) (out []any, ok bool) {
	for _, v := range values {
		text, _ := v.(string)
		if !strings.HasPrefix(text, "[") {
			out = append(out, v)
			continue
		}
		more, ok := s.resolve(text)
		if !ok {
			return nil, false
		}
		out = append(out, more...)
	}
	return out, true
}

// parameter returns what a parameter may be: what it was given, or what it allows, or its
// default with its bounds.
func (s *scope) parameter(name string) (values []any, ok bool) {
	if s.outer != nil {
		entry, _ := s.given[name].(map[string]any)
		return s.outer.known([]any{entry["value"]})
	}
	declared, _ := s.template["parameters"].(map[string]any)[name].(map[string]any)
	if allowed, ok := declared["allowedValues"].([]any); ok {
		return allowed, true
	}
	for _, key := range []string{"defaultValue", "minValue", "maxValue"} {
		if v, ok := declared[key]; ok && v != "" {
			values = append(values, v)
		}
	}
	return values, len(values) > 0
}
