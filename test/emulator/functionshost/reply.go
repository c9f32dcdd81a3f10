package functionshost

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// response is the form of an http output. Names ignore case.
type response struct {
	StatusCode, Status json.RawMessage
	Headers            map[string]json.RawMessage
	Body               json.RawMessage
}

var errOutputForm = errors.New("the http output is no object with statusCode, headers and body")

// replyOf makes what the caller gets of a handler's answer. Without the output it
// is 200 and {} (HttpScriptInvocationResultExtensions, HttpBinding and
// RawScriptResult in azure-functions-host).
func replyOf(output string, a answer) (reply, error) {
	if output == returnOutput {
		return replyOfValue(a.value)
	}
	raw, ok := a.outputs[output]
	if !ok {
		return textReply(http.StatusOK, nil, "{}"), nil
	}
	return replyOfObject(raw)
}

// replyOfValue is for the output $return: an object without a body is the body
// itself, and a text that is Base64 stands for bytes.
func replyOfValue(raw json.RawMessage) (reply, error) {
	var text string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return reply{status: http.StatusOK}, nil
	case raw[0] == '{' && hasBody(raw):
		return replyOfObject(raw)
	case json.Unmarshal(raw, &text) == nil:
		if data, err := base64.StdEncoding.DecodeString(text); err == nil {
			return reply{status: http.StatusOK, body: data}, nil
		}
	}
	return textReply(http.StatusOK, nil, netString(raw)), nil
}

func hasBody(raw json.RawMessage) bool {
	var names map[string]json.RawMessage
	_ = json.Unmarshal(raw, &names)
	for name := range names {
		if strings.EqualFold(name, "body") {
			return true
		}
	}
	return false
}

func replyOfObject(raw json.RawMessage) (reply, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil { // an object in a text is one too
		raw = json.RawMessage(text)
	}

	var r response
	if err := json.Unmarshal(raw, &r); err != nil {
		return reply{}, errOutputForm
	}

	header := http.Header{}
	for name, value := range r.Headers {
		header.Set(name, netString(value))
	}

	return textReply(r.code(), header, netString(r.Body)), nil
}

// code is statusCode, or else status, as number or text; otherwise 200.
func (r response) code() int {
	for _, raw := range []json.RawMessage{r.StatusCode, r.Status} {
		n, err := strconv.Atoi(netString(raw))
		if err == nil && n >= 100 && n <= 999 {
			return n
		}
	}
	return http.StatusOK
}

// textReply has a content type with a character set, and text/plain for one
// when the handler has named none.
func textReply(status int, header http.Header, body string) reply {
	if header == nil {
		header = http.Header{}
	}

	kind := header.Get("Content-Type")
	if kind == "" {
		kind = "text/plain"
	}
	if _, params, err := mime.ParseMediaType(kind); err == nil && params["charset"] == "" {
		kind += "; charset=utf-8"
	}

	header.Set("Content-Type", kind)
	header.Del("Content-Length")

	return reply{status: status, header: header, body: []byte(body)}
}

// netString is a JSON value as .NET makes a text of it: an object or array is
// written again, indented.
func netString(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	d := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if kind := d.PeekKind(); kind == '{' || kind == '[' {
		return indented(d)
	}

	t, err := d.ReadToken()
	switch {
	case err != nil || t.Kind() == 'n':
		return ""
	case t.Kind() == 't':
		return "True"
	case t.Kind() == 'f':
		return "False"
	case t.Kind() == '0':
		return jsonNumber(t.String(), double)
	}

	return t.String()
}

func indented(d *jsontext.Decoder) string {
	text, err := rewritten(d)
	if err != nil {
		return ""
	}
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		return ""
	}
	return b.String()
}
