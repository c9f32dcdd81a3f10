package infra_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// published is what Microsoft has published of files and resources: by where and property.
type published map[string]map[string]rule

// rule is what one property may be.
type rule struct {
	kind    string
	allowed string // a|b, lo..hi, ~regexp; "" is anything of the kind
}

// readPublished reads testdata/published.txt.
func readPublished(t *testing.T) published {
	t.Helper()
	out := published{}
	for row := range strings.Lines(readText(t, "test/infra/testdata/published.txt")) {
		fields := strings.SplitN(strings.TrimSpace(row), " ", 4)
		if len(fields) < 3 || fields[0] == "#" {
			continue
		}
		if out[fields[0]] == nil {
			out[fields[0]] = map[string]rule{}
		}
		r := rule{kind: fields[2]}
		if len(fields) == 4 {
			r.allowed = fields[3]
		}
		out[fields[0]][fields[1]] = r
	}
	return out
}

// resolver returns what an expression of a template may come to, or false where that is not
// known before it is deployed.
type resolver func(expression string) ([]any, bool)

// check returns what is not as it was published in a document of that kind.
func (p published) check(where string, document any, resolve resolver) (faults []string) {
	rules, ok := p[where]
	if !ok {
		return []string{where + ": no such thing was published"}
	}
	c := checker{where, rules, resolve, nil}
	c.walk("", document)
	slices.Sort(c.faults)
	return c.faults
}

type checker struct {
	where   string
	rules   map[string]rule
	resolve resolver
	faults  []string
}

func (c *checker) fault(path, format string, args ...any) {
	c.faults = append(c.faults, c.where+" "+path+": "+fmt.Sprintf(format, args...))
}

func (c *checker) walk(path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if at, ok := c.member(path, key); ok {
				c.walk(at, v[key])
			} else {
				c.fault(strings.TrimPrefix(path+"."+key, "."), "no such property was published")
			}
		}
	case []any:
		for _, item := range v {
			c.walk(path+"[]", item)
		}
	case string:
		if values, ok := c.values(v); ok {
			for _, value := range values {
				c.leaf(path, value)
			}
		}
	default:
		c.leaf(path, value)
	}
}

// member returns the path of an object's member, by its name or as one of any name.
func (c *checker) member(path, key string) (string, bool) {
	for _, name := range []string{key, "*"} {
		at := strings.TrimPrefix(path+"."+name, ".")
		for known := range c.rules {
			if rest, ok := strings.CutPrefix(known, at); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
				return at, true
			}
		}
	}
	return "", false
}

// values returns what a text stands for. ok is false for an expression that only Azure knows.
func (c *checker) values(text string) (values []any, ok bool) {
	if c.resolve == nil || !strings.HasPrefix(text, "[") {
		return []any{text}, true
	}
	return c.resolve(text)
}

func (c *checker) leaf(path string, value any) {
	if items, ok := value.([]any); ok && c.rules[path].kind != "array" {
		c.walk(path, items)
		return
	}
	if object, ok := value.(map[string]any); ok && c.rules[path].kind != "object" {
		c.walk(path, object)
		return
	}

	r, ok := c.rules[path]
	switch {
	case value == nil:
	case !ok:
		c.fault(path, "%v is no value: it has properties, or is a list", value)
	case !r.isKind(value):
		c.fault(path, "%v is no %s", value, r.kind)
	case !r.allows(value):
		c.fault(path, "%v is not of %s", value, r.allowed)
	}
}

func (r rule) isKind(value any) bool {
	switch v := value.(type) {
	case string:
		return r.kind == "string"
	case bool:
		return r.kind == "boolean"
	case float64:
		return r.kind == "number" || (r.kind == "integer" && v == float64(int(v)))
	case []any:
		return r.kind == "array"
	default:
		return r.kind == "object"
	}
}

func (r rule) allows(value any) bool {
	text := fmt.Sprint(value)
	if pattern, ok := strings.CutPrefix(r.allowed, "~"); ok {
		return regexp.MustCompile(pattern).MatchString(text)
	}
	if low, high, ok := strings.Cut(r.allowed, ".."); ok {
		n, err := strconv.Atoi(text)
		least, err1 := strconv.Atoi(low)
		most, err2 := strconv.Atoi(high)
		return err == nil && err1 == nil && err2 == nil && least <= n && n <= most
	}
	return r.allowed == "" || slices.Contains(strings.Split(r.allowed, "|"), text)
}
