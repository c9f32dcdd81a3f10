package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// settingFault says what is wrong with a setting and what to do. It never
// quotes the value, which may be a secret.
type settingFault struct {
	Setting string // its name
	Problem string
}

// settingsError is everything that is wrong with the settings.
type settingsError []settingFault

// Error names every setting that is wrong, a line each.
func (e settingsError) Error() string {
	lines := make([]string, 0, len(e)+1)
	lines = append(lines, "the settings are not usable:")
	for _, f := range e {
		lines = append(lines, "  "+f.Setting+": "+f.Problem)
	}
	return strings.Join(lines, "\n")
}

// lookupFunc finds a setting.
type lookupFunc func(name string) (string, bool)

// settingsReader reads settings and collects what is wrong with them, so that
// all of it can be told together.
type settingsReader struct {
	lookup lookupFunc
	faults settingsError
}

func (r *settingsReader) fault(name, format string, args ...any) {
	r.faults = append(r.faults, settingFault{Setting: name, Problem: fmt.Sprintf(format, args...)})
}

func (r *settingsReader) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	return r.faults
}

// text gives a setting without the space around it. An empty one is one that
// isn't set.
func (r *settingsReader) text(name, unset string) string {
	v, _ := r.lookup(name)
	if v = strings.TrimSpace(v); v == "" {
		return unset
	}
	return v
}

// number reads a whole number from least to most.
func (r *settingsReader) number(name string, unset, least, most int) int {
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

// boolean reads true or false.
func (r *settingsReader) boolean(name string, unset bool) bool {
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

// durations reads a list like 1m,5m; each must be positive.
func (r *settingsReader) durations(name, unset string) []time.Duration {
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
