package functionshost

import (
	"errors"
	"fmt"
	"strings"
)

// HTTPTrigger is an httpTrigger binding with its http output.
type HTTPTrigger struct {
	Route   Route    // without the app's prefix
	Methods []string // upper case; none: all
	// AuthLevel says who may call: anonymous, function (the default) or admin.
	AuthLevel string
	Output    string // the http output's name, or $return
}

const returnOutput = "$return"

// http reads the trigger of a function; its route is the function's name when it
// names none.
func (b binding) http(function string, others []binding) (*HTTPTrigger, error) {
	if len(others) != 1 || !strings.EqualFold(others[0].text("type"), "http") {
		return nil, unsupported("an httpTrigger without exactly one http output", "give it one, and no other binding")
	}
	t := HTTPTrigger{AuthLevel: strings.ToLower(b.text("authLevel")), Output: others[0].text("name")}
	if t.Output == "" {
		return nil, errors.New("name: the http output has none")
	}

	switch t.AuthLevel {
	case "":
		t.AuthLevel = levelFunction
	case levelAnonymous, levelFunction, levelAdmin:
	default:
		return nil, fmt.Errorf("authLevel: %q is none of anonymous, function and admin", b.text("authLevel"))
	}

	methods, err := b.texts("methods")
	if err != nil {
		return nil, err
	}

	for _, m := range methods {
		t.Methods = append(t.Methods, strings.ToUpper(m))
	}

	template := b.text("route")
	if template == "" {
		template = function
	}

	t.Route, err = ParseRoute(template)
	return &t, err
}

// Values of authLevel.
const (
	levelAnonymous = "anonymous"
	levelFunction  = "function"
	levelAdmin     = "admin"
)
