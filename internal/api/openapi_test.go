package api_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator/operatortest"
)

// document is what a test needs of the OpenAPI document.
type document struct {
	OpenAPI string
	Paths   map[string]map[string]operation
}

type operation struct {
	OperationID string `json:"operationId"`
	Role        string `json:"x-role"`
	Security    *[]any
	Responses   map[string]struct {
		Ref     string `json:"$ref"`
		Content map[string]struct {
			Schema struct {
				Ref string `json:"$ref"`
			}
		}
		Headers map[string]any
	}
}

func readDocument(t *testing.T) (d document, text []byte) {
	t.Helper()
	text, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d, text
}

func TestTheDocumentHasTheRoutesAndNoOther(t *testing.T) {
	d, _ := readDocument(t)
	if d.OpenAPI != "3.1.0" {
		t.Errorf("version %q", d.OpenAPI)
	}

	described := map[string]operation{}
	for path, methods := range d.Paths {
		for method, o := range methods {
			described[strings.ToUpper(method)+" "+path] = o
		}
	}

	for _, r := range api.Routes() {
		at := r.Method + " /" + r.Path
		o, ok := described[at]
		delete(described, at)
		anonymous := o.Security != nil && len(*o.Security) == 0
		if !ok || o.OperationID != r.ID || o.Role != r.Role || anonymous != (r.Role == "") {
			t.Errorf("%s is %+v, described as %+v", at, r, o)
		}
		if o.Responses["default"].Ref != "#/components/responses/Problem" {
			t.Errorf("%s describes no error", at)
		}
	}
	for at := range described {
		t.Errorf("%s is described and has no route", at)
	}
}

// schemas compiles the schemas of the document.
type schemas struct {
	t        *testing.T
	document document
	compiler *jsonschema.Compiler
	seen     map[string]bool // operationId and status that an answer was held against
}

func newSchemas(t *testing.T) *schemas {
	t.Helper()
	d, text := readDocument(t)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("file:///openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return &schemas{t: t, document: d, compiler: c, seen: map[string]bool{}}
}

func (s *schemas) validate(name string, body []byte) {
	s.t.Helper()
	schema, err := s.compiler.Compile("file:///openapi.json#/components/schemas/" + name)
	if err != nil {
		s.t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		s.t.Fatalf("%s: %v", body, err)
	}
	if err := schema.Validate(value); err != nil {
		s.t.Errorf("%s is no %s: %v", body, name, err)
	}
}

// hold sends a call and holds its answer against the document.
func (s *schemas) hold(to site, template string, c call, status int) {
	s.t.Helper()
	w := to.do(c)
	if w.Code != status {
		s.t.Errorf("%s %s: answered %d, want %d: %s", c.method, c.path, w.Code, status, w.Body)
		return
	}

	o := s.document.Paths[template][strings.ToLower(c.method)]
	described, ok := o.Responses[strconv.Itoa(status)]
	if !ok || described.Ref != "" {
		if status < 400 {
			s.t.Errorf("%s %s: %d is not described", c.method, template, status)
		}
		s.validate("Problem", w.Body.Bytes())
		if code := w.Header().Get("x-ms-error-code"); code == "" || !strings.Contains(w.Body.String(), `"code":"`+code+`"`) {
			s.t.Errorf("%s %s: code %q: %s", c.method, c.path, code, w.Body)
		}
		return
	}

	s.seen[o.OperationID+" "+strconv.Itoa(status)] = true
	media, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	content, ok := described.Content[media]
	if !ok {
		s.t.Errorf("%s %s: a body of type %q is not described", c.method, template, media)
		return
	}
	if ref := content.Schema.Ref; ref != "" {
		s.validate(strings.TrimPrefix(ref, "#/components/schemas/"), w.Body.Bytes())
	}
	over := strings.Contains(w.Body.String(), `"status":"Succeeded"`) || strings.Contains(w.Body.String(), `"status":"Failed"`) || strings.Contains(w.Body.String(), `"status":"Canceled"`)
	for name := range described.Headers {
		if w.Header().Get(name) == "" && (name != "Retry-After" || !over) {
			s.t.Errorf("%s %s: no %s", c.method, c.path, name)
		}
	}
}

// TestEachAnswerIsAsTheDocumentSays asks each operation for each answer that the document
// describes.
func TestEachAnswerIsAsTheDocumentSays(t *testing.T) {
	s := newSchemas(t)
	empty, open, closed := func() site { return local(t, operatortest.New(t)) }, func() site {
		stored := operatortest.New(t)
		stored.Subject = &dsr.Subject{ObjectID: ada}
		stored.Open()
		stored.MakePlan()
		return local(t, stored)
	}, func() site { return local(t, operatortest.ClosedAbout(t, &dsr.Subject{ObjectID: ada})) }
	partial := func() site {
		stored := operatortest.New(t)
		stored.Open()
		stored.MakePlan()
		stored.List(stored.Task(1, 0), operatortest.AccountID)
		stored.Fail(stored.Task(1, 0))
		stored.List(stored.Task(2, 0), "one")
		stored.Work(stored.Task(2, 0), "E03", "one")
		stored.CloseAttempt()
		return local(t, stored)
	}

	for _, path := range []string{"/health", "/openapi.json", "/me", "/overview", "/requests", "/holds", "/deadletters"} {
		for _, to := range []site{empty(), open(), closed()} {
			s.hold(to, path, call{method: "GET", path: "/api" + path}, 200)
		}
	}

	s.hold(empty(), "/requests", call{method: "POST", path: "/api/requests", body: exportRequest}, 202)
	s.hold(empty(), "/requests", call{method: "POST", path: "/api/requests", body: "{}"}, 400)
	s.hold(empty(), "/requests", call{method: "POST", path: "/api/requests?validateOnly=true", body: "{}"}, 200)
	put := call{method: "PUT", path: "/api/requests/req-1", body: exportRequest}
	again := empty()
	s.hold(again, "/requests/{id}", put, 201)
	again.queues.Waits = again.queues.Messages
	s.hold(again, "/requests/{id}", put, 200)

	of := func(rest string) string { return "/requests/{id}" + rest }
	at := func(rest string) string { return "/api/requests/req-1" + rest }
	for _, to := range []site{open(), closed(), partial()} {
		s.hold(to, of(""), call{method: "GET", path: at("")}, 200)
	}
	for _, rest := range []string{"/manifest", "/results"} {
		s.hold(closed(), of(rest), call{method: "GET", path: at(rest)}, 200)
		s.hold(open(), of(rest), call{method: "GET", path: at(rest)}, 409)
	}
	for _, rest := range []string{"", "/plan", "/manifest", "/certificate", "/results", "/copy"} {
		s.hold(empty(), of(rest), call{method: "GET", path: at(rest)}, 404)
	}
	s.copies(of("/copy"), at("/copy"), closed(), open())
	s.reviews()
	s.hold(closed(), of("/verify"), call{method: "POST", path: at("/verify")}, 200)
	s.hold(open(), of("/verify"), call{method: "POST", path: at("/verify")}, 409)

	s.hold(open(), of(""), call{method: "DELETE", path: at(""), body: `{"reason":"a mistake"}`}, 202)
	s.hold(closed(), of(""), call{method: "DELETE", path: at("")}, 409)
	s.hold(partial(), of("/retry"), call{method: "POST", path: at("/retry"), body: `{"reason":"repaired"}`}, 202)
	s.hold(closed(), of("/retry"), call{method: "POST", path: at("/retry")}, 409)
	s.hold(open(), of("/extend"), call{method: "POST", path: at("/extend"), body: `{"reason":"many accounts"}`}, 200)
	s.hold(open(), of("/extend"), call{method: "POST", path: at("/extend"), body: `{}`}, 400)

	holds := empty()
	s.hold(holds, "/holds", call{method: "POST", path: "/api/holds", body: `{"on":"run-1","reason":"case 4711","until":"2027-01-01"}`}, 201)
	s.hold(holds, "/holds", call{method: "GET", path: "/api/holds?all=true"}, 200)
	held, err := holds.Ledger.Holds(t.Context())
	if err != nil || len(held) != 1 {
		t.Fatal(held, err)
	}
	s.hold(holds, "/holds/{id}", call{method: "DELETE", path: "/api/holds/" + held[0].ID, body: `{"reason":"over"}`}, 200)
	s.hold(holds, "/holds/{id}", call{method: "DELETE", path: "/api/holds/none?reason=over"}, 404)

	s.deletions(t)
	s.deadLetters(t)

	for _, methods := range s.document.Paths {
		for _, o := range methods {
			for status, r := range o.Responses {
				if r.Ref == "" && !s.seen[o.OperationID+" "+status] {
					t.Errorf("%s: no answer %s was held against the document", o.OperationID, status)
				}
			}
		}
	}
}

// copies holds the answers about a copy at each of its states.
func (s *schemas) copies(template, path string, closed, open site) {
	s.t.Helper()
	read := call{method: "GET", path: path}
	fetch := call{method: "GET", path: path + "?download"}
	s.hold(closed, template, read, 200)
	s.hold(closed, template, fetch, 404)
	s.hold(closed, template, call{method: "DELETE", path: path}, 404)
	s.hold(open, template, call{method: "POST", path: path, body: "{}"}, 409)

	s.hold(closed, template, call{method: "POST", path: path, body: `{"partial":false}`}, 202)
	s.hold(closed, template, fetch, 409)
	closed.MakeCopies(closed.queues, operatortest.Time)
	s.hold(closed, template, read, 200)
	s.hold(closed, template, fetch, 200)
	s.hold(closed, template, call{method: "DELETE", path: path, body: `{"reason":"a mistake"}`}, 200)
	s.hold(closed, template, fetch, 410)
	s.hold(closed, template, read, 200)
}

func (s *schemas) deadLetters(t *testing.T) {
	const below = "/deadletters/{queue}/{sequence}/"
	park := func() site {
		stored := operatortest.New(t)
		stored.Must(stored.Ledger.RecordPoison(t.Context(), dsr.DeadLetter{Queue: dsr.QueueExports, SequenceNumber: 7, EnqueuedTime: operatortest.Time, Body: []byte("{}")}))
		return local(t, stored)
	}
	parked := "/api/deadletters/poison/dsr-exports~20261123T100000Z-7/"

	s.hold(park(), "/deadletters", call{method: "GET", path: "/api/deadletters?queue=poison"}, 200)
	s.hold(park(), "/deadletters", call{method: "GET", path: "/api/deadletters?queue=x"}, 400)
	s.hold(park(), below+"purge", call{method: "POST", path: parked + "purge", body: `{"reason":"useless"}`}, 200)
	s.hold(park(), below+"resubmit", call{method: "POST", path: parked + "resubmit"}, 200)
	s.hold(park(), below+"resubmit", call{method: "POST", path: "/api/deadletters/poison/8/resubmit"}, 404)
	s.hold(park(), below+"park", call{method: "POST", path: parked + "park"}, 400)

	dead := local(t, operatortest.New(t))
	dead.queues.DeadLetters = map[string][]bus.DeadMessage{dsr.QueueRequests: {{DeadLetter: dsr.DeadLetter{SequenceNumber: 3, Reason: dsr.ReasonInvalidRequest, Body: []byte(`{"id":"req-9"}`)}}}}
	s.hold(dead, "/deadletters", call{method: "GET", path: "/api/deadletters"}, 200)
	s.hold(dead, "/requests/{id}", call{method: "GET", path: "/api/requests/req-9"}, 200)
	s.hold(dead, "/overview", call{method: "GET", path: "/api/overview"}, 200)

	s.seen["parkDeadLetter 200"] = true // needs a queue: TestADeadLetterIsParkedByHTTP in cmd/dsr-local
}
