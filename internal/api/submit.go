package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// maxRequest bounds the body of a request. What the API adds to it has room besides.
const maxRequest = dsr.MaxRequest

// source is what a request says of where it came from, unless it says so itself.
const source = "api"

// validity is the answer to a request that is only to be checked.
type validity struct {
	Valid  bool         `json:"valid"`
	Errors []fieldFault `json:"errors"`
}

// postRequest submits a request. The id is that of the body, or of a header by which clients
// name what they may send twice, or a new one.
func (s *server) postRequest(w http.ResponseWriter, r *http.Request) error {
	names, err := decodeRequest(r)
	if err != nil {
		return err
	}

	id, byKey := idOf(names, r.Header)
	submission, err := s.check(r, names, id)
	if isTrue(r.URL.Query().Get("validateOnly")) {
		return answerValidity(w, err)
	}
	if err != nil {
		return err
	}

	known, err := s.Operator.SubmitOnce(r.Context(), submission)
	if byKey && operator.KindOf(err) == operator.Refused {
		return &problem{Status: http.StatusUnprocessableEntity, Code: "IdempotencyKeyReused", Detail: err.Error()}
	}
	if err != nil {
		return err
	}

	return s.answerSubmitted(w, r, submission, known, http.StatusAccepted)
}

// putRequest submits a request under an id. The same request once more is no error.
func (s *server) putRequest(w http.ResponseWriter, r *http.Request) error {
	id, err := requestID(r)
	if err != nil {
		return err
	}
	names, err := decodeRequest(r)
	if err != nil {
		return err
	}
	if given, ok := names.text("id"); ok && given != id {
		return invalidInput("/id", "id: it is not that of the path")
	}

	submission, err := s.check(r, names, id)
	if err != nil {
		return err
	}
	known, err := s.Operator.SubmitOnce(r.Context(), submission)
	if err != nil {
		return err
	}

	status := http.StatusCreated
	if known {
		status = http.StatusOK
	}
	return s.answerSubmitted(w, r, submission, known, status)
}

// answerSubmitted answers where a submitted request is followed.
func (s *server) answerSubmitted(w http.ResponseWriter, r *http.Request, sent operator.Submission, known bool, status int) error {
	body := newStatusBody(sent.Received(s.Now()))
	if known {
		var err error
		if body, err = s.status(r.Context(), sent.ID); err != nil {
			return err
		}
	}

	at := s.address(r, "requests/"+sent.ID)
	w.Header().Set("Operation-Location", at)
	w.Header().Set("Location", at)

	return s.answerStatus(w, status, body, s.Now())
}

// check makes a request of a body's members and checks it as the worker will. Who asks is
// who has signed in, whatever the body says.
func (s *server) check(r *http.Request, names members, id string) (operator.Submission, error) {
	names.set("id", id)
	names.set("submittedBy", caller(r).String())
	names.setUnset("schemaVersion", dsr.SchemaVersion)
	names.setUnset("source", source)

	body, err := json.Marshal(names)
	if err != nil {
		return operator.Submission{}, invalidInput("", "the body is not a request")
	}
	validator, err := s.Validator()
	if err != nil {
		return operator.Submission{}, err
	}

	submission, err := operator.NewSubmission(validator, body, s.Now())
	if operator.KindOf(err) == operator.Invalid {
		return submission, invalidRequest(err)
	}
	return submission, err
}

// invalidRequest tells each fault of a request with its field.
func invalidRequest(err error) *problem {
	text := err.Error()
	if e, ok := errors.AsType[*dsr.Error](err); ok {
		text = e.Message
	}

	p := invalidInput("", text)
	p.Code, p.Errors = dsr.ReasonInvalidRequest, nil
	for fault := range strings.SplitSeq(text, "; ") {
		field, message, ok := strings.Cut(fault, ": ")
		if !ok || !strings.HasPrefix(field, "/") {
			field, message = "", fault
		}
		p.Errors = append(p.Errors, fieldFault{Field: field, Message: message})
	}
	return p
}

// answerValidity answers whether a request could be sent.
func answerValidity(w http.ResponseWriter, err error) error {
	body := validity{Valid: err == nil, Errors: []fieldFault{}}
	if p, ok := errors.AsType[*problem](err); ok && p.Code == dsr.ReasonInvalidRequest {
		body.Errors, err = p.Errors, nil
	}
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, body)
}

// members are those of a request's body. Their values stay as they were sent.
type members map[string]json.RawMessage

func decodeRequest(r *http.Request) (members, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return nil, invalidInput("", "the body is missing; send it with a Content-Length, since the Functions host passes no other on")
	}
	text, err := dsr.StrictJSON(body)
	if err != nil {
		return nil, notJSON(err)
	}

	var m members
	if json.Unmarshal(text, &m) != nil || m == nil {
		return nil, invalidInput("", "the body is not a JSON object")
	}
	return m, nil
}

func (m members) text(name string) (text string, ok bool) {
	ok = json.Unmarshal(m[name], &text) == nil
	return text, ok
}

func (m members) set(name, value string) {
	text, _ := json.Marshal(value) // of a text, which always succeeds
	m[name] = text
}

func (m members) setUnset(name, value string) {
	if _, ok := m[name]; !ok {
		m.set(name, value)
	}
}

// idOf returns the id of a request. byKey means that it comes from Idempotency-Key.
func idOf(m members, h http.Header) (id string, byKey bool) {
	if id, ok := m.text("id"); ok {
		return id, false
	}
	if _, given := m["id"]; given {
		return "", false // of another type than text, which no request may have
	}
	if id := h.Get("Operation-Id"); id != "" {
		return id, false
	}
	if id := strings.Trim(h.Get("Idempotency-Key"), `"`); id != "" {
		return id, true
	}
	return uuid.NewString(), false
}

func isTrue(text string) bool { return strings.EqualFold(text, "true") }
