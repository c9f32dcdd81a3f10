// Package config reads the settings of the app and returns clients of what they name. It
// knows where queues, blobs and identities are, and not what they are used for.
package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is what is wrong with a setting. It never quotes the value, which may be a secret.
type Fault struct {
	Setting string // its name
	Problem string // and the remedy
	Command string // that is the remedy; "" where the setting has to be set anew
}

// Error is everything that is wrong with the settings.
type Error []Fault

// Error names every setting that is wrong, a line each.
func (e Error) Error() string {
	lines := make([]string, 0, len(e)+1)
	lines = append(lines, "the settings are not usable:")
	for _, f := range e {
		lines = append(lines, "  "+f.Setting+": "+f.Problem)
	}
	return strings.Join(lines, "\n")
}

// Lookup finds a setting by its name.
type Lookup func(name string) (string, bool)

// FromMap returns a Lookup in values.
func FromMap(values map[string]string) Lookup {
	return func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok
	}
}

// reader reads settings and collects what is wrong with them, so that a single error can
// name all of it.
type reader struct {
	lookup Lookup
	faults Error
}

func (r *reader) fault(name, format string, args ...any) {
	r.faults = append(r.faults, Fault{Setting: name, Problem: fmt.Sprintf(format, args...)})
}

func (r *reader) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	return r.faults
}

// faulty reports whether something is wrong with a setting.
func (r *reader) faulty(name string) bool {
	return slices.ContainsFunc(r.faults, func(f Fault) bool { return f.Setting == name })
}

// text returns a setting without the space around it, or unset where that is empty or a
// reference that the platform has not resolved.
func (r *reader) text(name, unset string) string {
	v, _ := r.lookup(name)
	v = strings.TrimSpace(v)
	switch {
	case v == "":
		return unset
	case isReference(v):
		if !r.faulty(name) {
			r.fault(name, "is a reference to a vault or store that was not resolved; give the app's identity the role Key Vault Secrets User (or App Configuration Data Reader), and see the setting's status in the portal")
			r.faults[len(r.faults)-1].Command = resolveCommand
		}
		return unset
	}
	return v
}

// resolveCommand lets the app's identity read what the references of a vault name.
const resolveCommand = `az role assignment create --role "Key Vault Secrets User" --assignee IDENTITY --scope "$(az keyvault show --name VAULT --query id --output tsv)"`

// isReference reports whether a setting is what the platform should have replaced by what
// it refers to.
func isReference(v string) bool {
	low := strings.ToLower(v)
	return strings.HasPrefix(low, "@microsoft.keyvault(") || strings.HasPrefix(low, "@microsoft.appconfiguration(")
}

// number reads a whole number from least to most. It returns unset where there is none.
func (r *reader) number(name string, unset, least, most int) int {
	v := r.text(name, "")
	if v == "" {
		return unset
	}

	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		r.fault(name, "must be a whole number from %d to %d; leave it out for %d", least, most, unset)
		return unset
	}

	return n
}

// boolean reads true or false. It returns unset where there is neither.
func (r *reader) boolean(name string, unset bool) bool {
	switch strings.ToLower(r.text(name, "")) {
	case "":
	case "true":
		return true
	case "false":
		return false
	default:
		r.fault(name, "must be true or false; leave it out for %t", unset)
	}
	return unset
}

// durations reads a list of positive durations like 1m,5m.
func (r *reader) durations(name, unset string) []time.Duration {
	var out []time.Duration
	for item := range strings.SplitSeq(r.text(name, unset), ",") {
		d, err := time.ParseDuration(strings.TrimSpace(item))
		if err != nil || d <= 0 {
			r.fault(name, "must be positive durations parted by commas, like %s; leave it out for these", unset)
			return nil
		}
		out = append(out, d)
	}
	return out
}
