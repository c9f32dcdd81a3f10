package fakeml

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// problem is an error answer before it takes the shape of its plane.
type problem struct {
	status        int
	code, message string
}

func notFound(p plane) problem {
	code := "NotFound"
	if p == planeARM {
		code = "ResourceNotFound"
	}
	return problem{http.StatusNotFound, code, "The resource was not found."}
}

// gatewayProblem names what a fault's status means.
func gatewayProblem(status int) problem {
	codes := map[int]string{
		http.StatusBadRequest:          "BadRequest",
		http.StatusUnauthorized:        "AuthenticationFailed",
		http.StatusForbidden:           "AuthorizationFailed",
		http.StatusNotFound:            "NotFound",
		http.StatusConflict:            "Conflict",
		http.StatusPreconditionFailed:  "PreconditionFailed",
		http.StatusTooManyRequests:     "TooManyRequests",
		http.StatusInternalServerError: "InternalServerError",
		http.StatusServiceUnavailable:  "ServiceUnavailable",
	}

	code, ok := codes[status]
	if !ok {
		code = "UnexpectedError"
	}

	return problem{status, code, "The request cannot be served: " + http.StatusText(status) + "."}
}

// fail answers with an error in the shape of the call's plane.
func (c *call) fail(p problem) {
	switch {
	case c.plane == planeContent:
		c.sendAs("application/xml", p.status, storageError(p))
	case c.plane == planeMM:
		c.send(p.status, modelManagementError(p))
	case c.plane == planeRegistry:
		c.send(p.status, registryError(p, c.r.URL.RequestURI()))
	case c.plane == planeAgents:
		c.send(p.status, agentError(p))
	case c.plane == planeML || c.plane == planeGeneric:
		c.w.Header().Set("X-Ms-Error-Code", p.code)
		c.send(p.status, mlError(p, c.r.URL.RequestURI()))
	case c.plane == planeEXP:
		c.send(p.status, experimentsError(p, c.r.URL.RequestURI()))
	case c.route != nil && c.route.flat && !p.fromARM():
		c.send(p.status, []byte(object(1, p.fields()...)))
	default:
		c.send(p.status, []byte(object(0, field{"error", object(0, p.fields()...)})))
	}
}

// fromARM reports whether ARM itself refuses a call before a provider sees it.
func (p problem) fromARM() bool {
	switch p.code {
	case "MissingApiVersionParameter", "InvalidApiVersionParameter", nestedCode:
		return true
	}
	return p.status == http.StatusUnauthorized
}

func (p problem) fields() []field {
	return []field{{"code", text(p.code)}, {"message", text(p.message)}}
}

func modelManagementError(p problem) []byte {
	return []byte(object(0,
		field{"code", text(p.code)},
		field{"statusCode", strconv.Itoa(p.status)},
		field{"message", text(p.message)},
		field{"details", "[" + object(0, p.fields()...) + "]"},
	))
}

// experimentsError has the members of the published ErrorResponse: whatever the
// client did wrong is a UserError, and the inner error is what it was.
func experimentsError(p problem, uri string) []byte {
	code, inner := "UserError", p.code
	if p.status >= http.StatusInternalServerError {
		code = "ServiceError"
	}
	if p.code == expiredCursor {
		code = p.code // clients look for this one at the top
	}

	id := fmt.Sprintf("%016x", hashText(uri))
	return []byte(object(2,
		field{"error", object(0,
			field{"code", text(code)},
			field{"message", text(p.message)},
			field{"target", "null"},
			field{"details", "[]"},
			field{"innerError", object(0, field{"code", text(inner)}, field{"innerError", "null"})},
		)},
		field{"correlation", object(0, field{"operation", text(id)}, field{"request", text(id[8:])})},
		field{"environment", text("eastus2")},
		field{"location", text("eastus2")},
		field{"time", text(time.Now().UTC().Format(time.RFC3339Nano))},
	))
}

// storageError is an error of Azure Storage.
func storageError(p problem) []byte {
	type body struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}
	out, err := xml.Marshal(body{Code: p.code, Message: p.message})
	if err != nil { // strings always marshal
		return nil
	}
	return append([]byte(xml.Header), out...)
}
