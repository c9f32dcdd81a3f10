package azureml

import (
	"bytes"
	"slices"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"

	"github.com/go-json-experiment/json/jsontext"
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
	if hasOtherMember(doc) {
		return nil
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

// hasOtherMember reports whether an object has a member that error answers do not have.
// Of nearly every document that is the first one, so no more of it is read. What is no
// JSON ends there: it is refused where it is copied.
func hasOtherMember(object []byte) bool {
	dec := jsontext.NewDecoder(bytes.NewBuffer(object), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := dec.ReadToken(); err != nil { // the brace
		return false
	}

	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return false
		}
		if !slices.Contains(envelope, name.String()) {
			return true
		}
		if err := dec.SkipValue(); err != nil {
			return false
		}
	}

	return false
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
