package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"

	strictjson "github.com/go-json-experiment/json"

	"azureml-dsr/internal/dsr"
)

// write answers with JSON.
func write(w http.ResponseWriter, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encoding the answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // fails only when the caller has gone
	return nil
}

// decode reads a body into value. An empty body leaves value as it is. A member that value
// does not have is an error, for it may be a misspelt one that matters; so is one in other
// letters.
func decode(r *http.Request, value any) error {
	body, err := readBody(r)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return err
	}
	text, err := dsr.StrictJSON(body)
	if err != nil {
		return notJSON(err)
	}

	if err := strictjson.Unmarshal(text, value, strictjson.RejectUnknownMembers(true)); err != nil {
		return shapeFault(err)
	}

	return nil
}

// readBody returns a body, which has been received already.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, brokenBody(err)
	}
	return body, nil
}

func notJSON(err error) error {
	detail := "the body is not JSON"
	if e, ok := errors.AsType[*dsr.Error](err); ok {
		detail = e.Message
	}
	return &problem{Status: http.StatusBadRequest, Code: "InvalidInput", Detail: detail, Errors: []fieldFault{{Message: detail}}}
}

// shapeFault says what is wrong with a body of valid JSON, without its values.
func shapeFault(err error) error {
	e, ok := errors.AsType[*strictjson.SemanticError](err)
	field := ""
	if ok {
		field = strings.TrimPrefix(string(e.JSONPointer), "/")
	}

	switch {
	case !plainMember.MatchString(field):
		return invalidInput("", "the body has a member that this operation does not know, or another shape")
	case errors.Is(err, strictjson.ErrUnknownName):
		return invalidInput(field, field+": this operation has no such member")
	default:
		return invalidInput(field, field+": want "+jsonType(e.GoType))
	}
}

// plainMember matches the places of members that are repeated in an answer: what a caller
// may have misspelt, and nothing else.
var plainMember = regexp.MustCompile(`^[A-Za-z0-9_./-]{1,100}$`)

// jsonType names the JSON that a member is decoded from.
func jsonType(t reflect.Type) string {
	if t == nil {
		return "another type"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "an array"
	default:
		return "an object"
	}
}

// address returns the absolute URL of a path below the prefix.
func (s *server) address(r *http.Request, path string) string {
	u := url.URL{Scheme: "http", Host: r.Host}
	if s.Auth.Platform {
		u.Scheme = "https"
		if s.PublicHost != "" && isLocalHost(r.Host) {
			u.Host = s.PublicHost
		}
	}
	return u.String() + Prefix + path
}

// requestID returns the id in a path.
func requestID(r *http.Request) (string, error) {
	id := r.PathValue("id")
	if !dsr.ValidID(id) {
		return "", invalidInput("id", "id: a request's id has up to 64 letters, digits, hyphens and underscores")
	}
	return id, nil
}

// loggedID returns the id in a path for a log, "" where it is none.
func loggedID(r *http.Request) string {
	if id := r.PathValue("id"); dsr.ValidID(id) {
		return id
	}
	return ""
}
