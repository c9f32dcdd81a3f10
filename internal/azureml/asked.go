package azureml

import (
	"encoding/json"
	"slices"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// envelope are the members that Azure ML's error answers have besides the error.
var envelope = []string{
	"error", "errors", "code", "message", "details", "innerError", "innererror", "statusCode", "status", "correlation",
	"environment", "location", "time", "componentName", "traceId", "requestId", "activityId",
}

// passing are the codes of errors that may be gone soon.
var passing = []string{
	"TooManyRequests", "Throttled", "RateLimitExceeded", "ServiceUnavailable", "ServerBusy", "InternalServerError", "InternalError",
	"ServiceError", "Timeout", "GatewayTimeout", "BadGateway", "OperationTimedOut",
}

// AsAsked returns nil where the answer with status 200 is a document that the row may
// have: an object, the bare text of a link, or a list of whatever shape. It refuses null and every other type as
// MalformedAnswer, and an error in the place of the document by the error's code.
func (op Operation) AsAsked(doc []byte) error {
	switch first := firstByte(doc); {
	case first == 0 && len(doc) > 0:
		return nil // its beginning is blank; what follows is read as it is copied
	case first == 'n':
		return op.notAsked("the answer is null")
	case first == '{':
		return op.noError(doc)
	case op.HasPages():
		return nil // a list is read by its shape
	case first == '"' && op.isText():
		return nil
	default:
		return op.notAsked("the answer is of another type than the document")
	}
}

// isText reports whether the row's document may be a bare text, which is a link.
func (op Operation) isText() bool {
	return slices.ContainsFunc(op.Secrets, func(s document.Secret) bool { return s.Pointer == "" && s.Link })
}

// noError returns an error where an object is only an error's envelope.
func (op Operation) noError(doc []byte) error {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(doc, &members) // what is no JSON has no code, and is refused where it is copied
	for name := range members {
		if !slices.Contains(envelope, name) {
			return nil
		}
	}

	codes := errorCodes(doc)
	if len(codes) == 0 {
		return nil
	}
	e := op.notAsked("the answer is an error, though its status is 200")
	if slices.ContainsFunc(codes, func(code string) bool { return slices.Contains(passing, code) }) {
		e.Class = dsr.Transient
	}
	return e
}

func (op Operation) notAsked(what string) *dsr.Error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: %s", op.ID, what)
}

// firstByte returns the byte that the value of a JSON text begins with; 0 for none.
func firstByte(doc []byte) byte {
	for _, c := range doc {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}
