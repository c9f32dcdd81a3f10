package azureml

import (
	"net/http"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream"
)

// refusedCall returns the error of an answer that isn't a 200, and closes the answer. It
// is upstream.Refused's, but CursorExpired where a list's cursor is no longer known.
func refusedCall(call Call, resp *http.Response) *dsr.Error {
	e := upstream.Refused(call.Operation.ID, resp)
	if e.Class == dsr.Permanent && call.Cursor != "" && cursorExpired(e.Status, e.Code) {
		e.Reason = dsr.ReasonCursorExpired
		upstream.Describe(e, call.Operation.ID, "the upstream no longer knows the list's cursor")
	}
	return e
}

func cursorExpired(status int, code string) bool {
	if status == http.StatusBadRequest || status == http.StatusGone {
		return true
	}
	code = strings.ToLower(code)
	ofCursor := strings.Contains(code, "continuationtoken") || strings.Contains(code, "skiptoken")
	bad := strings.Contains(code, "expired") || strings.Contains(code, "invalid")
	return status >= http.StatusBadRequest && ofCursor && bad
}
