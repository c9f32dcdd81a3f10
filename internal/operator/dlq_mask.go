package operator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"azureml-dsr/internal/dsr"
)

// mask replaces what is not shown.
const mask = "***"

// Body returns a dead letter's body as JSON: masked, or unchanged with reveal. A body that
// is not JSON is returned as a JSON string.
func (d DeadLetter) Body(reveal bool) json.RawMessage { return shownBody(d.body, reveal) }

func shownBody(body []byte, reveal bool) json.RawMessage {
	body = dsr.WithoutByteOrderMark(body)
	if reveal {
		if json.Valid(body) {
			return body
		}
		return jsonString(string(body))
	}

	if masked, ok := maskBody(body); ok {
		return masked
	}
	return jsonString(mask + " (" + strconv.Itoa(len(body)) + " bytes that are no JSON object)")
}

// jsonString quotes a text; bytes that are no UTF-8 are replaced.
func jsonString(text string) json.RawMessage {
	quoted, _ := json.Marshal(text) // a string can't fail
	return quoted
}

// shownMembers returns the members of a request, a CloudEvent around it or a task that
// hold no personal data. All others are masked, because a refused body may have personal
// data in members that no valid request has.
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

// subjectMembers returns the members of a subject.
func subjectMembers() []string {
	return []string{"objectId", "tenantId", "userPrincipalName", "displayName", "puid", "mail"}
}

// maskBody returns a JSON object with its personal data masked; false when the body is
// not one JSON object.
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

// collectSubject finds the strings that identify the person.
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

// maskObject masks the members of a request. The names of a subject's members stay, so
// that an operator sees by which of them the person was to be found.
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

// shownName returns the name of a member that no request has. A name of letters stays, so
// that a typing error can be seen; any other may itself be personal data and is masked.
func shownName(name string, person map[string]bool) string {
	const longest = 40
	isLetter := func(r rune) bool { return ('a' <= r && r <= 'z') || ('A' <= r && r <= 'Z') }
	if len(name) > longest || strings.ContainsFunc(name, func(r rune) bool { return !isLetter(r) }) || identifies(name, person) {
		return mask
	}
	return name
}

// identifies reports whether a text is one of the person's strings or contains one. A
// short string would be found by chance, so it must be the whole text.
func identifies(text string, person map[string]bool) bool {
	const shortest = 3 // bytes of a string that counts as part of a text
	low := strings.ToLower(text)
	for p := range person {
		if low == p || (len(p) >= shortest && strings.Contains(low, p)) {
			return true
		}
	}
	return false
}

// maskPerson masks strings that identify the person, at any depth.
func maskPerson(v any, person map[string]bool) any {
	switch v := v.(type) {
	case string:
		if identifies(v, person) {
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
