package azureml

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream"
)

// usersError is the code of the data plane for what is the caller's fault, whatever the
// status says.
const usersError = "usererror"

// networkWords stand in the error codes, in lower case, of a workspace that answers only
// inside of a network.
var networkWords = []string{"publicnetworkaccess", "privatelink", "privateendpoint", "networkaccess", "virtualnetwork", "firewall"}

// kindWords stand in the error codes, in lower case, of a list that a kind of workspace
// does not have.
var kindWords = []string{"workspacekind", "kindnotsupported", "unsupportedkind", "notsupportedforworkspace", "methodnotallowed"}

// refusedCall returns the error of an answer that isn't a 200, and closes the answer. It is
// upstream.Refused's, but where the codes in the answer say more than its status: that a
// person has to remove something first, or that the network forbids the call. It is
// CursorExpired where a list's cursor is no longer known.
func refusedCall(call Call, resp *http.Response) *dsr.Error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal)) // one that breaks off has no code
	resp.Body = reread{bytes.NewReader(text), resp.Body}
	e := upstream.Refused(call.Operation.ID, resp)

	codes := errorCodes(text)
	switch {
	case e.Status < http.StatusBadRequest, e.Class == dsr.Throttled:
	case ofNetwork(e.Status, codes):
		e.Class, e.Reason = dsr.Permanent, dsr.ReasonPrivateNetwork
		upstream.Describe(e, call.Operation.ID, "the workspace can be reached only from inside of its network")
	case e.Status == http.StatusForbidden && obstructed(e, call.Operation.ID, text):
	case e.Status >= http.StatusInternalServerError && len(codes) > 0 && strings.EqualFold(codes[0], usersError):
		e.Class, e.Reason = dsr.Permanent, dsr.ReasonRefused
		upstream.Describe(e, call.Operation.ID, "the upstream refused the call")
	case e.Class == dsr.Permanent && call.Cursor != "" && cursorExpired(e.Status, e.Code):
		e.Reason = dsr.ReasonCursorExpired
		upstream.Describe(e, call.Operation.ID, "the upstream no longer knows the list's cursor")
	}

	return e
}

// ofNetwork reports whether a refusal is the network's. The data plane's gateway says no
// more than that the caller is at fault where a private link stands before the workspace.
func ofNetwork(status int, codes []string) bool {
	if slices.ContainsFunc(codes, func(code string) bool { return has(code, networkWords) }) {
		return true
	}
	gateway := status == http.StatusBadGateway || status == http.StatusGatewayTimeout
	return gateway && len(codes) > 0 && strings.EqualFold(codes[0], usersError)
}

func has(code string, words []string) bool {
	code = strings.ToLower(code)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(code, word) })
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

// Lacks reports whether the error of a call says that its target has no such list: a 404, a
// 405, or a 400 whose code speaks of the kind of workspace.
func (call Call) Lacks(err error) bool {
	if call.Cursor != "" || !call.Operation.MayLack(call.Target) {
		return false
	}
	if Gone(err) {
		return true
	}

	e, ok := errors.AsType[*dsr.Error](err)
	return ok && (e.Status == http.StatusMethodNotAllowed || (e.Status == http.StatusBadRequest && has(e.Code, kindWords)))
}
