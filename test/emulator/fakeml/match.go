package fakeml

import (
	"net/url"
	"strings"
)

// matchSegments compares an escaped path with a pattern, segment by segment, so
// that an escaped slash stays inside its segment. No variable is empty.
func matchSegments(wants, has []string, ignoreCase bool) (map[string]string, bool) {
	if !fits(wants, has, ignoreCase) {
		return nil, false
	}

	vars := make(map[string]string)
	for i, want := range wants {
		if name, ok := strings.CutSuffix(want, "...}"); ok {
			rest, ok := unescapeAll(has[i:])
			vars[name[1:]] = rest
			return vars, ok
		}

		if strings.HasPrefix(want, "{") {
			segment, err := url.PathUnescape(has[i])
			if err != nil || segment == "" {
				return nil, false
			}
			vars[want[1:len(want)-1]] = segment
		}
	}

	return vars, true
}

// fits compares the segments that are no variables, and the number of segments. A
// colon must be sent unescaped.
func fits(wants, has []string, ignoreCase bool) bool {
	for i, want := range wants {
		switch {
		case i >= len(has):
			return false
		case strings.HasSuffix(want, "...}"):
			return true
		case strings.HasPrefix(want, "{") || want == has[i]:
			continue
		case strings.Contains(want, ":"):
			return false
		}

		segment, err := url.PathUnescape(has[i])
		if err != nil || (segment != want && (!ignoreCase || !strings.EqualFold(segment, want))) {
			return false
		}
	}
	return len(wants) == len(has)
}

// unescapeAll joins segments again. A segment that hides a slash is refused:
// the path is one of separators, each segment escaped on its own.
func unescapeAll(segments []string) (string, bool) {
	plain := make([]string, len(segments))
	for i, segment := range segments {
		unescaped, err := url.PathUnescape(segment)
		if err != nil || unescaped == "" || strings.Contains(unescaped, "/") {
			return "", false
		}
		plain[i] = unescaped
	}
	return strings.Join(plain, "/"), true
}
