package upstream

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
)

const (
	maxCode      = 64
	maxRequestID = 128
)

var (
	codePattern      = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9_.:-]+$`)
)

// ErrorCode returns the code in the body of an error answer, in any of the usual
// shapes: nested under error (ARM, experiments) or flat (the experimentation provider,
// model management). It returns "" for what doesn't look like a code, since texts may
// quote names.
func ErrorCode(r io.Reader) string {
	text, err := io.ReadAll(io.LimitReader(r, maxErrorBody))
	if err != nil {
		return ""
	}

	var nested struct{ Error json.RawMessage }
	var flat struct{ Code json.RawMessage }
	if json.Unmarshal(text, &nested) != nil {
		return ""
	}

	if code := nested.Error; len(code) > 0 && json.Unmarshal(code, &flat) == nil && flat.Code != nil {
		return plainCode(flat.Code)
	}
	if json.Unmarshal(text, &flat) != nil {
		return ""
	}

	return plainCode(flat.Code)
}

func plainCode(raw json.RawMessage) string {
	var code string
	if json.Unmarshal(raw, &code) != nil || len(code) > maxCode || !codePattern.MatchString(code) {
		return ""
	}
	return code
}

// RequestID returns the upstream's id of a call, or else our own. It returns "" where
// neither looks like an id.
func RequestID(h http.Header) string {
	for _, name := range []string{"X-Ms-Request-Id", "X-Ms-Client-Request-Id"} {
		if id := h.Get(name); len(id) <= maxRequestID && requestIDPattern.MatchString(id) {
			return id
		}
	}
	return ""
}
