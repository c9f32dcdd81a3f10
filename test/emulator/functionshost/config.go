package functionshost

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// lookupFunc finds an app setting.
type lookupFunc func(name string) (string, bool)

// config is host.json as .NET's configuration holds it: a flat map from path,
// lower case and joined by colons, to text. An app setting
// AzureFunctionsJobHost__<path> comes before the file.
type config struct {
	values map[string]string
	lookup lookupFunc
	errs   []error // wrong values that were read
}

func parseConfig(data []byte, lookup lookupFunc) (*config, error) {
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		return nil, err
	}
	c := &config{values: map[string]string{}, lookup: lookup}
	c.flatten("", tree)
	return c, nil
}

func (c *config) flatten(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		c.values[path] = ""
		for k, e := range v {
			c.flatten(strings.TrimPrefix(path+":"+strings.ToLower(k), ":"), e)
		}

	case []any:
		for i, e := range v {
			c.flatten(path+":"+strconv.Itoa(i), e)
		}

	case nil:
	case float64:
		c.values[path] = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		c.values[path] = fmt.Sprint(v)
	}
}

// get returns the value at a path like "extensions:serviceBus:prefetchCount".
func (c *config) get(path string) (string, bool) {
	if v, ok := c.lookup("AzureFunctionsJobHost__" + strings.ReplaceAll(path, ":", "__")); ok {
		return v, true
	}
	v, ok := c.values[strings.ToLower(path)]
	return v, ok
}

// list returns the elements of an array.
func (c *config) list(path string) []string {
	var all []string
	for i := 0; ; i++ {
		v, ok := c.get(path + ":" + strconv.Itoa(i))
		if !ok {
			return all
		}
		all = append(all, v)
	}
}

// read returns the value at a path after parse, or unset when it isn't there. A
// wrong value is noted in errs, with its path.
func read[T any](c *config, path string, unset T, parse func(string) (T, error)) T {
	v, ok := c.get(path)
	if !ok {
		return unset
	}
	parsed, err := parse(v)
	if err != nil {
		c.errs = append(c.errs, fmt.Errorf("%s: %w", path, err))
		return unset
	}
	return parsed
}

func parseCount(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a whole number from 0", s)
	}
	return n, nil
}

func parsePositive(s string) (int, error) {
	if n, err := parseCount(s); err != nil || n == 0 {
		return 0, fmt.Errorf("%q is not a whole number from 1", s)
	}
	return parseCount(s)
}

func parsePort(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is not a port from 1 to 65535", s)
	}
	return int(n), nil
}

func parsePositiveSpan(s string) (time.Duration, error) {
	d, err := parseTimeSpan(s)
	if err == nil && d <= 0 {
		err = fmt.Errorf("%q is not positive", s)
	}
	return d, err
}

func parseText(s string) (string, error) { return s, nil }

func parseBool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", s)
}

var percentName = regexp.MustCompile(`%([^%]+)%`)

// resolve replaces each %NAME% in a binding's value by the app setting. One
// that isn't set keeps the function from loading.
func resolve(value string, lookup lookupFunc) (string, error) {
	var missing []error
	out := percentName.ReplaceAllStringFunc(value, func(ref string) string {
		name := strings.Trim(ref, "%")
		v, ok := lookup(name)
		if !ok {
			missing = append(missing, fmt.Errorf("%s: the app setting %s is not set", ref, name))
		}
		return v
	})
	return out, errors.Join(missing...)
}

// expand replaces %NAME% in the handler's command line by the environment's
// value, and leaves it as it is when there is none, as .NET does.
func expand(value string, lookup lookupFunc) string {
	return percentName.ReplaceAllStringFunc(value, func(ref string) string {
		if v, ok := lookup(strings.Trim(ref, "%")); ok {
			return v
		}
		return ref
	})
}
