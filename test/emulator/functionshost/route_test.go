package functionshost

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestRoutes(t *testing.T) {
	tests := []struct {
		name, template, path string
		want                 string // empty: no match
	}{
		{"a literal", "orders", "/orders", "()"},
		{"a literal in another case, with a slash", "/Orders/all", "/orders/ALL/", "()"},
		{"too short", "orders/all", "/orders", ""},
		{"too long", "orders", "/orders/all", ""},
		{"a parameter", "orders/{id}/lines", "/orders/a%2Fb%20c/lines", "(id=a/b c)"},
		{"a parameter that is missing", "orders/{id}", "/orders", ""},
		{"an optional one that is missing", "orders/{id?}", "/orders", "(id=null)"},
		{"an optional one that is there", "orders/{id?}", "/orders/7", "(id=7)"},
		{"a default", "orders/{id=5}", "/orders", "(id=5)"},
		{"the rest", "files/{*path}", "/files/a/b", "(path=a/b)"},
		{"no rest", "files/{*path}", "/files", "(path=null)"},
		{"a number", "orders/{id:int}", "/orders/-12", "(id=-12)"},
		{"no number", "orders/{id:int}", "/orders/x", ""},
		{"a constraint that may be missing", "orders/{id:int?}", "/orders", "(id=null)"},
		{"letters", "{a:alpha}", "/abc", "(a=abc)"},
		{"a guid", "{a:guid}", "/24ad4c06-24ad-4e5b-8294-3da9714877e9", "(a=24ad4c06-24ad-4e5b-8294-3da9714877e9)"},
		{"a broken escape", "{a}", "/%zz", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := ParseRoute(tt.template)
			if err != nil {
				t.Fatal(err)
			}

			got := ""
			if params, ok := r.match(tt.path); ok {
				got = fmt.Sprintf("(%s)", shown(params))
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func shown(params []param) string {
	var all []string
	for _, p := range params {
		value := "null"
		if p.value != nil {
			value = *p.value
		}
		all = append(all, p.name+"="+value)
	}
	return strings.Join(all, " ")
}

func TestRoutesThatAreRefused(t *testing.T) {
	for template, unsupported := range map[string]bool{
		"a{b}":               true,
		"{a}-{b}":            true,
		"{a:range(1,2)}":     true,
		"{a:int:long}":       true,
		"{*rest}/more":       false,
		"{a?}/more":          false,
		"orders/{unfinished": true,
	} {
		_, err := ParseRoute(template)
		if err == nil || errors.Is(err, ErrUnsupported) != unsupported || !strings.Contains(err.Error(), "route: ") {
			t.Errorf("%s: got %v", template, err)
		}
	}
}
