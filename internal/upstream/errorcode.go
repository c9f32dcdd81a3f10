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

// ErrorCode reads the code of an error answer in any of its usual shapes: nested
// under error (ARM, experiments) or flat (the experimentation provider, model
// management). What doesn't look like a code is none: texts quote names.
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

// RequestID returns what the upstream calls the call, else what we called it.
func RequestID(h http.Header) string {
	for _, name := range []string{"X-Ms-Request-Id", "X-Ms-Client-Request-Id"} {
		if id := h.Get(name); len(id) <= maxRequestID && requestIDPattern.MatchString(id) {
			return id
		}
	}
	return ""
}
