package functionshost

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Route is a route template of ASP.NET Core, as HTTP triggers use it: literals,
// which ignore case, and {name}, {name:constraint}, {name=default}, {name?} and
// {*name}. The constraints int, long, bool, guid and alpha are known.
type Route struct{ segments []segment }

type segment struct {
	literal    string // when name is empty
	name       string
	constraint *regexp.Regexp // nil: none
	standard   *string        // nil: none
	optional   bool
	catchAll   bool // the rest of the path
}

// constraints as ASP.NET Core has them, in their usual spelling.
var constraints = map[string]*regexp.Regexp{
	"int":   regexp.MustCompile(`^[+-]?\d{1,10}$`),
	"long":  regexp.MustCompile(`^[+-]?\d{1,19}$`),
	"bool":  regexp.MustCompile(`(?i)^(true|false)$`),
	"guid":  regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
	"alpha": regexp.MustCompile(`(?i)^[a-z]+$`),
}

// ParseRoute reads a template. What ASP.NET Core knows beyond the above fails
// with ErrUnsupported.
func ParseRoute(template string) (Route, error) {
	var r Route
	parts := strings.Split(strings.Trim(template, "/"), "/")
	for i, part := range parts {
		s, err := parseSegment(part)
		if err != nil {
			return Route{}, fmt.Errorf("route: %q: %w", template, err)
		}
		if last := i == len(parts)-1; (s.catchAll || s.optional) && !last {
			return Route{}, fmt.Errorf("route: %q: only the last segment can be optional or catch all", template)
		}
		r.segments = append(r.segments, s)
	}

	return r, nil
}

var parameterForm = regexp.MustCompile(`^\{(\*{0,2})([A-Za-z_][A-Za-z0-9_]*)((?::[^:={}?]+)?)((?:=[^{}?]*)?)(\??)\}$`)

func parseSegment(part string) (segment, error) {
	if !strings.ContainsAny(part, "{}") {
		return segment{literal: part}, nil
	}
	m := parameterForm.FindStringSubmatch(part)
	if m == nil {
		return segment{}, unsupported(fmt.Sprintf("the segment %q", part), "make it a literal or one {parameter}")
	}

	s := segment{name: m[2], catchAll: m[1] != "", optional: m[5] != ""}

	if m[4] != "" {
		value := m[4][1:]
		s.standard = &value
	}

	if constraint := strings.TrimPrefix(m[3], ":"); constraint != "" {
		if s.constraint = constraints[strings.ToLower(constraint)]; s.constraint == nil {
			return segment{}, unsupported(fmt.Sprintf("the constraint %q", constraint), "check the value in the handler")
		}
	}

	return s, nil
}

// param is a route value; one without is null.
type param struct {
	name  string
	value *string
}

// match reports whether an escaped path is of this route, and with which values.
func (r Route) match(path string) ([]param, bool) {
	rest := strings.Trim(path, "/")
	var params []param
	for _, s := range r.segments {
		part, after, _ := strings.Cut(rest, "/")
		if s.catchAll {
			part, after = rest, ""
		}

		text, err := url.PathUnescape(part)
		if err != nil {
			return nil, false
		}
		value, ok := s.accept(text)
		if !ok {
			return nil, false
		}

		if s.name != "" {
			params = append(params, param{s.name, value})
		}

		rest = after
	}

	return params, rest == ""
}

// accept reports whether a segment may have this text, and returns its value.
func (s segment) accept(text string) (*string, bool) {
	switch {
	case s.name == "":
		return nil, strings.EqualFold(s.literal, text)
	case text == "" && s.standard != nil:
		return s.standard, true
	case text == "":
		return nil, s.optional || s.catchAll
	}
	return &text, s.constraint == nil || s.constraint.MatchString(text)
}

// under is the route with a prefix of literals.
func (r Route) under(prefix string) Route {
	if prefix == "" {
		return r
	}
	var all []segment
	for _, literal := range strings.Split(prefix, "/") {
		all = append(all, segment{literal: literal})
	}
	return Route{append(all, r.segments...)}
}
