package fanout

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// faults gives what is wrong with a value, each with the field and the remedy,
// never with what stood there. at is the value's place, as in "/scope/0".
func (s *schema) faults(at string, v any) []string {
	f := &faultList{at: at}
	f.sayIf(s.Type != "" && !isType(v, s.Type), "want %s", s.Type)
	if s.Const != nil {
		f.sayIf(v != any(*s.Const), "want %s", *s.Const)
	}
	text, isText := v.(string)
	f.sayIf(s.Enum != nil && (!isText || !slices.Contains(s.Enum, text)), "want one of %v", s.Enum)
	switch v := v.(type) {
	case string:
		s.text(f, v)
	case []any:
		s.array(f, v)
	case map[string]any:
		s.object(f, v)
	}
	if s.If != nil && s.Then != nil && len(s.If.faults(at, v)) == 0 {
		f.all = append(f.all, s.Then.faults(at, v)...)
	}
	return f.all
}

// faultList collects the faults of one value.
type faultList struct {
	at  string
	all []string
}

func (f *faultList) sayIf(wrong bool, format string, args ...any) {
	if wrong {
		at := f.at
		if at == "" {
			at = "/"
		}
		f.all = append(f.all, at+": "+fmt.Sprintf(format, args...))
	}
}

func isType(v any, typ string) (is bool) {
	switch typ {
	case "object":
		_, is = v.(map[string]any)
	case "array":
		_, is = v.([]any)
	case "string":
		_, is = v.(string)
	case "boolean":
		_, is = v.(bool)
	}
	return is
}

func (s *schema) text(f *faultList, v string) {
	length := utf8.RuneCountInString(v)
	f.sayIf(length < s.MinLength, "want at least %d characters", s.MinLength)
	f.sayIf(s.MaxLength > 0 && length > s.MaxLength, "want at most %d characters", s.MaxLength)
	f.sayIf(s.pattern != nil && !s.pattern.MatchString(v), "want text that matches %s", s.Pattern)
	f.sayIf(s.Format != "" && new(time.Time).UnmarshalText([]byte(v)) != nil, "want a %s", s.Format)
}

func (s *schema) array(f *faultList, v []any) {
	f.sayIf(len(v) < s.MinItems, "want at least %d", s.MinItems)
	f.sayIf(s.MaxItems > 0 && len(v) > s.MaxItems, "want at most %d", s.MaxItems)
	f.sayIf(s.UniqueItems && repeats(v), "names something twice")
	if s.Items == nil {
		return
	}
	for i, item := range v {
		f.all = append(f.all, s.Items.faults(f.at+"/"+strconv.Itoa(i), item)...)
	}
}

// repeats compares by JSON, which has one text for equal values.
func repeats(v []any) bool {
	seen := map[string]bool{}
	for _, item := range v {
		text, err := json.Marshal(item)
		if err != nil || seen[string(text)] {
			return true
		}
		seen[string(text)] = true
	}
	return false
}

func (s *schema) object(f *faultList, v map[string]any) {
	f.sayIf(len(v) < s.MinProperties, "want at least %d member", s.MinProperties)
	missing := without(v, s.Required)
	f.sayIf(len(missing) > 0, "missing %s", strings.Join(missing, ", "))
	for name, needed := range s.DependentRequired {
		missing := without(v, needed)
		f.sayIf(has(v, name) && len(missing) > 0, "%s needs %s beside it", name, strings.Join(missing, ", "))
	}
	for name, value := range v {
		below, known := s.Properties[name]
		f.sayIf(!known && s.AdditionalProperties != nil && !*s.AdditionalProperties, "has a member that no request has")
		if known {
			f.all = append(f.all, below.faults(f.at+"/"+name, value)...)
		}
	}
}

// without gives the names that an object does not have.
func without(v map[string]any, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return has(v, name) })
}

func has(v map[string]any, name string) bool {
	_, ok := v[name]
	return ok
}
