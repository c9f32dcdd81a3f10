package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/dsr"
)

const (
	scopesSetting       = "DSR_SCOPES"
	defaultScopeSetting = "DSR_DEFAULT_SCOPE"
)

// scopesExample shows how the scopes are written.
const scopesExample = `{"research":[{"subscriptionId":"…","resourceGroup":"…","machineLearningWorkspaces":["*"]}]}`

// LoadScopes reads the names of scopes alone. The error is an Error.
func LoadScopes(lookup Lookup) (dsr.ScopeNames, error) {
	r := &reader{lookup: lookup}
	names := r.scopes()
	return names, r.err()
}

// scopes reads the places that have names, and which of them is the default.
func (r *reader) scopes() dsr.ScopeNames {
	names := dsr.ScopeNames{
		Places:  r.placesByName(),
		Default: r.text(defaultScopeSetting, ""),
	}

	switch {
	case r.faulty(scopesSetting) || names.Default == "" || names.Places[names.Default] != nil:
	case len(names.Places) == 0:
		r.fault(defaultScopeSetting, "names a scope, but %s is not set; set that, or leave this out", scopesSetting)
	default:
		r.fault(defaultScopeSetting, "must be a name of %s, which has %s; leave it out for no default", scopesSetting, strings.Join(names.Names(), ", "))
	}

	return names
}

// placesByName reads a JSON object that has a scope, or a list of them, under each name. It
// adds one fault for all that is wrong.
func (r *reader) placesByName() map[string][]dsr.Scope {
	text := r.text(scopesSetting, "")
	if text == "" {
		return nil
	}

	body, err := dsr.StrictJSON([]byte(text))
	var byName map[string]json.RawMessage
	if err != nil || json.Unmarshal(body, &byName) != nil || len(byName) == 0 {
		r.fault(scopesSetting, "must be a JSON object of scopes as in a request, each name once, like %s; leave it out if no scope has a name", scopesExample)
		return nil
	}

	places, faults := map[string][]dsr.Scope{}, []string{}
	schema := scopeSchema()
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		scopes, wrong := namedPlaces(schema, name, byName[name])
		if wrong != "" {
			faults = append(faults, wrong)
		}
		places[name] = scopes
	}
	if len(faults) > 0 {
		r.fault(scopesSetting, "%s; write scopes as in a request, by name, like %s", strings.Join(faults, ", "), scopesExample)
	}

	return places
}

// namedPlaces reads what a name stands for. wrong says what is wrong with it, "" for
// nothing.
func namedPlaces(schema *jsonschema.Schema, name string, text json.RawMessage) (scopes []dsr.Scope, wrong string) {
	if !dsr.ValidScopeName(name) {
		return nil, "a name must be up to 64 letters, digits, dots, hyphens and underscores, and begin with a letter or digit"
	}
	if !bytes.HasPrefix(text, []byte("[")) {
		text = slices.Concat([]byte("["), text, []byte("]"))
	}

	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err == nil {
		err = schema.Validate(doc)
	}
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		return nil, strings.Join(append([]string{name}, firstFault(invalid)...), "/") + " is not as in a request"
	}
	if err != nil || json.Unmarshal(text, &scopes) != nil { // one of them is a name itself
		return nil, name + " is no scope and no list of scopes"
	}

	for i, s := range scopes {
		if wrong := s.FaultOfPlaces(); wrong != "" {
			return nil, fmt.Sprintf("%s/%d%s", name, i, wrong)
		}
	}

	return scopes, ""
}

// firstFault returns where the first fault without a further cause is.
func firstFault(err *jsonschema.ValidationError) []string {
	for len(err.Causes) > 0 {
		err = err.Causes[0]
	}
	return err.InstanceLocation
}

// scopeSchema returns the schema of a request's scope. It is compiled only where scopes have
// names, since the host waits for the handler to start.
func scopeSchema() *jsonschema.Schema {
	const name = "urn:azureml-dsr:request:v1"
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(azuremldsr.RequestSchema))
	c := jsonschema.NewCompiler()
	if err = errors.Join(err, c.AddResource(name, doc)); err != nil {
		panic(err) // it is embedded, and a test compiles it
	}
	return c.MustCompile(name + "#/properties/scope")
}
