package api

import (
	"net/http"
)

// route is one operation of the API.
type route struct {
	id      string // operationId of the OpenAPI document
	method  string
	path    string   // below Prefix, with the parameters of net/http's patterns
	role    role     // that the caller must have
	refused string   // code of an order that the stored state does not allow
	limit   int64    // bytes of a body; 0: defaultLimit
	media   []string // content types of a body; empty: application/json
	handle  func(*server, http.ResponseWriter, *http.Request) error
}

func (r route) pattern() string { return r.method + " " + Prefix + r.path }

// defaultLimit bounds a body that is not a request.
const defaultLimit = 64 << 10

// routes are all operations but those of the page and of signing in.
func routes() []route {
	return []route{
		{id: "getHealth", method: "GET", path: "health", role: anybody, handle: (*server).getHealth},
		{id: "getOpenAPI", method: "GET", path: "openapi.json", role: anybody, handle: (*server).getOpenAPI},
		{id: "getMe", method: "GET", path: "me", role: signedIn, handle: (*server).getMe},
		{id: "getOverview", method: "GET", path: "overview", role: RoleRead, handle: (*server).getOverview},

		{id: "listRequests", method: "GET", path: "requests", role: RoleRead, handle: (*server).listRequests},
		{id: "submitRequest", method: "POST", path: "requests", role: RoleOperate, refused: codeConflicting, limit: maxRequest, handle: (*server).postRequest},
		{id: "putRequest", method: "PUT", path: "requests/{id}", role: RoleOperate, refused: codeConflicting, limit: maxRequest, handle: (*server).putRequest},
		{id: "getRequest", method: "GET", path: "requests/{id}", role: RoleRead, handle: (*server).getRequest},
		{id: "cancelRequest", method: "DELETE", path: "requests/{id}", role: RoleOperate, refused: "NotCancelable", handle: (*server).cancelRequest},
		{id: "retryRequest", method: "POST", path: "requests/{id}/retry", role: RoleOperate, refused: "NotRetryable", handle: (*server).retryRequest},
		{id: "extendRequest", method: "POST", path: "requests/{id}/extend", role: RoleOperate, refused: "NotExtendable", handle: (*server).extendRequest},
		{id: "approveRequest", method: "POST", path: "requests/{id}/approve", role: RoleApprove, refused: "NotApprovable", handle: (*server).approveRequest},
		{id: "refuseRequest", method: "POST", path: "requests/{id}/refuse", role: RoleApprove, refused: "NotRefusable", handle: (*server).refuseRequest},

		{id: "getPlan", method: "GET", path: "requests/{id}/plan", role: RoleRead, refused: "NoPlan", handle: (*server).getPlan},
		{id: "getManifest", method: "GET", path: "requests/{id}/manifest", role: RoleRead, refused: codeNotClosed, handle: (*server).getManifest},
		{id: "getCertificate", method: "GET", path: "requests/{id}/certificate", role: RoleRead, refused: "NoCertificate", handle: (*server).getCertificate},
		{id: "getResults", method: "GET", path: "requests/{id}/results", role: RoleRead, refused: codeNotClosed, handle: (*server).getResults},
		{id: "getCopy", method: "GET", path: "requests/{id}/copy", role: RoleRead, refused: "CopyNotReady", handle: (*server).getCopy},
		{id: "orderCopy", method: "POST", path: "requests/{id}/copy", role: RoleOperate, refused: "NotCopyable", handle: (*server).orderCopy},
		{id: "revokeCopy", method: "DELETE", path: "requests/{id}/copy", role: RoleOperate, handle: (*server).revokeCopy},
		{id: "getReview", method: "GET", path: "requests/{id}/review", role: RoleRead, refused: codeNotReviewable, handle: (*server).getReview},
		{id: "decideReview", method: "POST", path: "requests/{id}/review", role: RoleApprove, refused: codeNotReviewable, handle: (*server).decideReview},
		{id: "releaseReview", method: "POST", path: "requests/{id}/review/release", role: RoleApprove, refused: codeNotReviewable, handle: (*server).releaseReview},
		{id: "verifyRequest", method: "POST", path: "requests/{id}/verify", role: RoleOperate, refused: codeNotClosed, handle: (*server).verifyRequest},

		{id: "listHolds", method: "GET", path: "holds", role: RoleRead, handle: (*server).listHolds},
		{id: "addHold", method: "POST", path: "holds", role: RoleOperate, handle: (*server).addHold},
		{id: "releaseHold", method: "DELETE", path: "holds/{id}", role: RoleOperate, refused: "HoldChanged", handle: (*server).releaseHold},

		{id: "listDeadLetters", method: "GET", path: "deadletters", role: RoleRead, handle: (*server).listDeadLetters},
		{id: "resubmitDeadLetter", method: "POST", path: "deadletters/{queue}/{sequence}/resubmit", role: RoleOperate, refused: codeDeadLetterHeld, handle: (*server).resubmitDeadLetter},
		{id: "parkDeadLetter", method: "POST", path: "deadletters/{queue}/{sequence}/park", role: RoleOperate, refused: codeDeadLetterHeld, handle: (*server).parkDeadLetter},
		{id: "purgeDeadLetter", method: "POST", path: "deadletters/{queue}/{sequence}/purge", role: RoleOperate, refused: codeDeadLetterHeld, handle: (*server).purgeDeadLetter},
	}
}

// unlisted are the routes that are no operations of the API: the page, and signing in on
// one's own machine.
func unlisted() []route {
	return []route{
		{method: "GET", path: "ui", role: anybody, handle: (*server).getPage},
		{method: "GET", path: "ui/{file...}", role: anybody, handle: (*server).getPage},
		{method: "GET", path: "session", role: anybody, handle: (*server).getSession},
		{method: "POST", path: "session/codes", role: signedIn, handle: (*server).postCode},
	}
}

// Codes that several routes share.
const (
	codeConflicting    = "ConflictingRequest"
	codeNotClosed      = "NotClosed"
	codeBusy           = "Busy"
	codeNotReviewable  = "NotReviewable"
	codeDeadLetterHeld = "DeadLetterHeld"
)
