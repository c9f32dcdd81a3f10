package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
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
	onlyCheck, err := validatesOnly(r)
	if err != nil {
		return err
	}
	names, err := decodeRequest(r)
	if err != nil {
		return err
	}

	id, byKey := idOf(names, r.Header)
	submission, err := s.submission(r, names, id)
	if onlyCheck {
		return s.answerValidity(w, submission, err)
	}
	if err != nil {
		return err
	}

	known, err := s.submit(r.Context(), submission)
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
	onlyCheck, err := validatesOnly(r)
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

	submission, err := s.submission(r, names, id)
	if onlyCheck {
		return s.answerValidity(w, submission, err)
	}
	if err != nil {
		return err
	}
	known, err := s.submit(r.Context(), submission)
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

// submission makes a request of a body's members and checks its form. Who asks is who has
// signed in, whatever the body says.
func (s *server) submission(r *http.Request, names members, id string) (operator.Submission, error) {
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
	return submission, explained(err)
}

// submit sends a request that is new and that the worker will take.
func (s *server) submit(ctx context.Context, sent operator.Submission) (known bool, err error) {
	known, err = s.Operator.SubmitOnce(ctx, sent, s.Check)
	return known, explained(err)
}

// explained returns an error of a request that is wrong as the problem that tells it.
func explained(err error) error {
	if operator.KindOf(err) == operator.Invalid {
		return invalidRequest(err)
	}
	return err
}

// invalidRequest tells each fault of a request with its field. The code is the reason that
// the request's dead letter would have.
func invalidRequest(err error) *problem {
	text, code := err.Error(), dsr.ReasonInvalidRequest
	if e, ok := errors.AsType[*dsr.Error](err); ok {
		text, code = e.Message, cmp.Or(e.Reason, code)
	}

	p := invalidInput("", text)
	p.Code, p.Errors = code, faultsIn(text)
	return p
}

// faultsIn returns the faults that a text names, each with its field. A fault may have a
// semicolon of its own, before the remedy.
func faultsIn(text string) (faults []fieldFault) {
	for part := range strings.SplitSeq(text, "; ") {
		field, message, ok := strings.Cut(part, ": ")
		if !ok || !strings.HasPrefix(field, "/") {
			field, message = "", part
		}

		goesOn := field == "" && !strings.HasPrefix(part, "and ") // as in "and 3 more"
		if last := len(faults) - 1; goesOn && last >= 0 {
			faults[last].Message += "; " + part
			continue
		}
		faults = append(faults, fieldFault{Field: field, Message: message})
	}
	return faults
}

// answerValidity answers whether a request could be sent.
func (s *server) answerValidity(w http.ResponseWriter, sent operator.Submission, err error) error {
	if err == nil && s.Check != nil {
		err = explained(sent.Check(s.Check))
	}

	body := validity{Valid: err == nil, Errors: []fieldFault{}}
	if p, ok := errors.AsType[*problem](err); ok {
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

// validatesOnly reports whether a request is only to be checked. A parameter that is not
// understood is refused: a misspelt one would send what was meant to be checked.
func validatesOnly(r *http.Request) (bool, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return false, invalidInput("", "the query is not well formed")
	}
	for name := range query {
		if name != paramValidateOnly && name != paramVersion {
			return false, invalidInput(name, name+": this operation has no such parameter; it has "+paramValidateOnly)
		}
	}

	switch value := query[paramValidateOnly]; {
	case value == nil, slices.Equal(value, []string{"false"}):
		return false, nil
	case slices.Equal(value, []string{"true"}):
		return true, nil
	default:
		return false, invalidInput(paramValidateOnly, paramValidateOnly+": want true or false, once")
	}
}

// Parameters of submitting. Clients of Azure name a version, of which there is one.
const (
	paramValidateOnly = "validateOnly"
	paramVersion      = "api-version"
)

func isTrue(text string) bool { return strings.EqualFold(text, "true") }
