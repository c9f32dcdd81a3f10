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

// maxRefusal is how many bytes are read of the answer to a deletion that was refused.
const maxRefusal = 64 << 10

// obstacles are the error codes, in lower case, by which ARM says that a call is
// forbidden until a person removes what forbids it. The status alone doesn't tell them from
// a missing right, or from what passes by itself.
var obstacles = map[string]struct{ reason, what string }{
	"scopelocked":                       {dsr.ReasonLocked, "a lock on it, on what it is in or on something in it forbids the deletion"},
	"denyassignmentauthorizationfailed": {dsr.ReasonDenyAssignment, "a deny assignment forbids it, whatever rights the identity has"},
	"requestdisallowedbypolicy":         {dsr.ReasonDisallowedByPolicy, "an Azure policy forbids it"},
	"readonlydisabledsubscription":      {dsr.ReasonRefused, "the subscription is disabled, so nothing in it can be deleted"},
}

// blind are the codes, in lower case, of a 404 that says nothing about the thing: it is the
// subscription, the type or the version of the call that is not known.
var blind = []string{
	"subscriptionnotfound",
	"invalidsubscriptionid",
	"invalidresourcetype",
	"invalidresourcenamespace",
	"noregisteredproviderfound",
	"invalidapiversionparameter",
}

// Gone reports whether an error is the upstream's word that a thing is not there: a 404,
// but none that does not know the subscription or the resource type.
func Gone(err error) bool {
	e, ok := errors.AsType[*dsr.Error](err)
	return ok && e.Status == http.StatusNotFound && !isBlind(e.Code)
}

func isBlind(code string) bool { return slices.Contains(blind, strings.ToLower(code)) }

// refusedDeletion is upstream.Refused, but a transient Conflict where what stands in the
// way may go away: something that still depends on the thing, or another change to it. What
// a person has to remove first is permanent, with a reason of its own.
func refusedDeletion(id string, resp *http.Response) *dsr.Error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal)) // one that breaks off has no code
	resp.Body = reread{bytes.NewReader(text), resp.Body}
	e := upstream.Refused(id, resp)

	switch {
	case e.Status < http.StatusBadRequest || obstructed(e, id, text):
	case e.Status == http.StatusConflict || e.Status == http.StatusPreconditionFailed:
		e.Class, e.Reason = dsr.Transient, dsr.ReasonConflict
		upstream.Describe(e, id, "something that depends on it or another change stands in the way")
	case e.Status == http.StatusNotFound && isBlind(e.Code):
		upstream.Describe(e, id, "the upstream knows no such subscription or resource type, so whether the thing is there can't be seen")
	}

	return e
}

// obstructed makes an error that of what forbids the call, if the answer names it.
func obstructed(e *dsr.Error, id string, text []byte) bool {
	for _, code := range errorCodes(text) {
		obstacle, known := obstacles[strings.ToLower(code)]
		if !known {
			continue
		}
		e.Class, e.Reason, e.Code, e.RetryAfter = dsr.Permanent, obstacle.reason, code, 0
		upstream.Describe(e, id, obstacle.what)
		return true
	}
	return false
}

// reread is a body that was read before: it reads from one place and closes another.
type reread struct {
	io.Reader
	io.Closer
}
