package opendsr

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json"

	"azureml-dsr/internal/dsr"
)

// Reasons of faults.
const (
	reasonMalformed   = "malformed"
	reasonRequired    = "required"
	reasonInvalid     = "invalid"
	reasonUnsupported = "unsupported"
)

// Fault is what is wrong with a controller's request. It has no value of the request.
type Fault struct {
	Domain  string `json:"domain"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// Faults are all that is wrong with a request.
type Faults []Fault

// Error joins the messages.
func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i := range f {
		texts[i] = f[i].Message
	}
	return strings.Join(texts, "; ")
}

func fault(member, reason, what string) Fault {
	return Fault{Reason: reason, Message: member + ": " + what}
}

// malformed returns the fault of a body that is not JSON.
func malformed(err error) Faults {
	text := "the body is not JSON"
	if e, ok := errors.AsType[*dsr.Error](err); ok {
		text = e.Message
	}
	return Faults{{Reason: reasonMalformed, Message: text}}
}

// misfit says which member has another shape. The library's own text may quote values.
func misfit(err error) string {
	e, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return "want an object"
	}
	if member := strings.TrimPrefix(string(e.JSONPointer), "/"); member != "" && plainMember(member) {
		return member + " is of another type"
	}
	return "want an object"
}

// plainMember reports whether a path has only names of our own: those below extensions are
// the sender's.
func plainMember(path string) bool { return !strings.HasPrefix(path, "extensions") }
