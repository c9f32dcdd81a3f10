package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// mask stands for what is not shown.
const mask = "***"

// shownMembers are the members of a request, a CloudEvent around it or a task
// whose values say nothing of the person. All others are masked: a refused body
// may have the person's data where no request has any.
func shownMembers() []string {
	return []string{
		"schemaVersion", "id", "kind", "scope", "resourceTypes", "submittedAt", "submittedBy", "dueAt", "source", "regulation",
		"confirm", "acknowledgeOthers", "dryRun", "eraseExports", "hold",
		"subscriptionId", "resourceGroup", "location", "experimentationAccount", "workspaces", "name", "projects",
		"modelManagementAccount", "machineLearningWorkspaces", "operationalizationClusters",
		"specversion", "type", "time", "datacontenttype", "data",
		"requestId", "attempt", "node", "generation", "page", "chunk", "hop",
	}
}

// subjectMembers are the members of a subject.
func subjectMembers() []string {
	return []string{"objectId", "tenantId", "userPrincipalName", "displayName", "puid", "mail"}
}

// maskBody gives a body that is a JSON object without what it tells of the
// person; false when it is none.
func maskBody(body []byte) (json.RawMessage, bool) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var object map[string]any
	if decoder.Decode(&object) != nil || object == nil {
		return nil, false
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	person := map[string]bool{}
	collectSubject(object, person)
	masked, err := json.Marshal(maskObject(object, person))
	return masked, err == nil
}

// collectSubject finds the strings that tell who the person is.
func collectSubject(object map[string]any, person map[string]bool) {
	for name, v := range object {
		if inner, ok := v.(map[string]any); ok && name == "data" {
			collectSubject(inner, person)
		}
		if strings.EqualFold(name, "subject") {
			collectStrings(v, person)
		}
	}
}

func collectStrings(v any, into map[string]bool) {
	switch v := v.(type) {
	case string:
		if v != "" {
			into[strings.ToLower(v)] = true
		}
	case []any:
		for _, e := range v {
			collectStrings(e, into)
		}
	case map[string]any:
		for _, e := range v {
			collectStrings(e, into)
		}
	}
}

// maskObject masks the members of a request: what a subject is told by stays, so
// that one sees how the person was to be found.
func maskObject(object map[string]any, person map[string]bool) map[string]any {
	out := make(map[string]any, len(object))
	for name, v := range object {
		inner, isObject := v.(map[string]any)
		switch {
		case name == "subject" && isObject:
			out[name] = maskSubject(inner)
		case slices.Contains(shownMembers(), name):
			out[name] = maskPerson(v, person)
		default:
			out[shownName(name, person)] = mask
		}
	}
	return out
}

func maskSubject(subject map[string]any) map[string]string {
	out := make(map[string]string, len(subject))
	for name := range subject {
		if !slices.Contains(subjectMembers(), name) {
			name = mask
		}
		out[name] = mask
	}
	return out
}

// shownName is that of a member that no request has: one that looks like a name
// of JSON's stays, to see a slip of the pen; others may be the data itself.
func shownName(name string, person map[string]bool) string {
	const longest = 40
	isLetter := func(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
	if len(name) > longest || strings.ContainsFunc(name, func(r rune) bool { return !isLetter(r) }) || tells(name, person) {
		return mask
	}
	return name
}

// tells whether a text is one of the person's strings or holds one. A short one
// would be found by chance, so it must be the whole text.
func tells(text string, person map[string]bool) bool {
	const telling = 3
	low := strings.ToLower(text)
	for p := range person {
		if low == p || len(p) >= telling && strings.Contains(low, p) {
			return true
		}
	}
	return false
}

// maskPerson masks strings that hold one of the person's, at any depth.
func maskPerson(v any, person map[string]bool) any {
	switch v := v.(type) {
	case string:
		if tells(v, person) {
			return mask
		}
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = maskPerson(e, person)
		}
		return out
	case map[string]any:
		return maskObject(v, person)
	}
	return v
}
