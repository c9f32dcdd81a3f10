package fanout

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// schema is a JSON Schema (draft 2020-12) of the keywords that the request's
// uses; one with any other does not compile, so that none is ignored. The
// libraries that know all keywords compile their own schemas whenever the
// program starts, for longer than the handler takes for everything else.
type schema struct {
	Schema, ID, Title, Description string // annotations

	Ref  string             // #/$defs/NAME
	Defs map[string]*schema // of the root

	Type  string
	Const *string
	Enum  []string

	Pattern              string
	Format               string // date-time
	MinLength, MaxLength int    // a limit of 0 is none

	Items              *schema
	MinItems, MaxItems int
	UniqueItems        bool

	Properties           map[string]*schema
	AdditionalProperties *bool // nil allows them
	MinProperties        int
	Required             []string
	DependentRequired    map[string][]string

	If, Then *schema

	pattern *regexp.Regexp
}

// keywords are where a schema's fields stand in JSON. Their names are exact,
// which encoding/json's are not.
func (s *schema) keywords() map[string]any {
	return map[string]any{
		"$schema": &s.Schema, "$id": &s.ID, "title": &s.Title, "description": &s.Description,
		"$ref": &s.Ref, "$defs": &s.Defs, "type": &s.Type, "const": &s.Const, "enum": &s.Enum,
		"pattern": &s.Pattern, "format": &s.Format, "minLength": &s.MinLength, "maxLength": &s.MaxLength,
		"items": &s.Items, "minItems": &s.MinItems, "maxItems": &s.MaxItems, "uniqueItems": &s.UniqueItems,
		"properties": &s.Properties, "additionalProperties": &s.AdditionalProperties, "minProperties": &s.MinProperties,
		"required": &s.Required, "dependentRequired": &s.DependentRequired, "if": &s.If, "then": &s.Then,
	}
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *schema) UnmarshalJSON(text []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	known := s.keywords()
	for name, value := range members {
		field, ok := known[name]
		if !ok {
			return fmt.Errorf("keyword %q is not one that requests are checked by", name)
		}
		if err := json.Unmarshal(value, field); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if s.Ref != "" && len(members) > 1 {
		return errors.New("$ref stands beside other keywords")
	}
	return s.check()
}

// check refuses values of keywords that would not be checked, and compiles the
// pattern.
func (s *schema) check() (err error) {
	switch s.Type {
	case "", "object", "array", "string", "boolean":
	default:
		return fmt.Errorf("type %q is not one that requests are checked by", s.Type)
	}
	if s.Format != "" && s.Format != "date-time" {
		return fmt.Errorf("format %q is not one that requests are checked by", s.Format)
	}
	if s.Pattern != "" {
		s.pattern, err = regexp.Compile(s.Pattern)
	}
	return err
}

// compileSchema reads a schema and leads its references to their definitions.
func compileSchema(text []byte) (*schema, error) {
	var root schema
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	return &root, root.resolve(root.Defs)
}

// resolve replaces each schema that refers to a definition by what it says.
func (s *schema) resolve(defs map[string]*schema) error {
	if s == nil {
		return nil
	}
	if s.Ref != "" {
		def := defs[strings.TrimPrefix(s.Ref, "#/$defs/")]
		if def == nil || def.Ref != "" || def.holdsSchemas() {
			return fmt.Errorf("$ref %q leads to no definition of a plain value", s.Ref)
		}
		*s = *def
		return nil
	}
	for _, below := range slices.Concat([]*schema{s.Items, s.If, s.Then}, slices.Collect(maps.Values(s.Properties))) {
		if err := below.resolve(defs); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) holdsSchemas() bool {
	return s.Items != nil || s.If != nil || s.Then != nil || len(s.Properties) > 0
}
