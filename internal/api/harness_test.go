package api_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/operator/operatortest"
)

const (
	token  = "0123456789abcdef0123456789abcdef"
	tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47"
	ada    = "5c1d2f8e-6a34-4b7e-9d21-0f7b6a3c9e11"
	bob    = "6d2e3f90-7b45-4c8f-8e32-108c7b4d0f22"
)

var newValidator = sync.OnceValues(func() (*fanout.Validator, error) {
	schema, err := os.ReadFile("../../docs/schema/request.v1.json")
	if err != nil {
		return nil, err
	}
	return fanout.NewValidator(schema, []string{"models", "runs"})
})

// site is an API over what is stored in memory.
type site struct {
	http.Handler
	*operatortest.Stored
	queues *operatortest.Queues
}

// local returns an API as the local stack runs it.
func local(t *testing.T, s *operatortest.Stored) site {
	return newSite(t, s, api.Options{Auth: api.Auth{Token: token}})
}

// deployed returns an API as the platform runs it, with its authentication.
func deployed(t *testing.T, s *operatortest.Stored) site {
	return newSite(t, s, api.Options{Auth: api.Auth{Platform: true, TenantID: tenant}})
}

func newSite(t *testing.T, s *operatortest.Stored, opts api.Options) site {
	t.Helper()
	o, queues := s.Operator(operatortest.Time)
	opts.Operator, opts.Validator = o, newValidator
	if opts.Now == nil {
		opts.Now = func() time.Time { return operatortest.Time }
	}
	return site{Handler: api.New(opts), Stored: s, queues: queues}
}

// call is a request, with what makes it differ from a good one.
type call struct {
	method, path, body string
	header             map[string]string
	host               string
	without            []string // headers that are left out
}

func (c call) request() *http.Request {
	r := httptest.NewRequest(c.method, "http://127.0.0.1:7071"+c.path, strings.NewReader(c.body))
	if c.host != "" {
		r.Host = c.host
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	for _, name := range c.without {
		r.Header.Del(name)
	}
	return r
}

// do sends a call and returns its answer.
func (s site) do(c call) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, c.request())
	return w
}

func (s site) get(path string) *httptest.ResponseRecorder {
	return s.do(call{method: http.MethodGet, path: path})
}

func (s site) post(path, body string) *httptest.ResponseRecorder {
	return s.do(call{method: http.MethodPost, path: path, body: body})
}

// decoded returns the JSON of an answer.
func decoded[T any](t *testing.T, w *httptest.ResponseRecorder) (value T) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &value); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return value
}

// want checks the status of an answer, and of an error its code.
func want(t *testing.T, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	if w.Code != status || w.Header().Get("x-ms-error-code") != code {
		t.Fatalf("answered %d %s, want %d %s: %s", w.Code, w.Header().Get("x-ms-error-code"), status, code, w.Body)
	}
}

// principalOf returns the platform's header of somebody.
func principalOf(oid, tid string, roles ...string) string {
	type claim struct {
		Type  string `json:"typ"`
		Value string `json:"val"`
	}
	claims := []claim{{"preferred_username", oid[:4] + "@example.org"}}
	if oid != "" {
		claims = append(claims, claim{"http://schemas.microsoft.com/identity/claims/objectidentifier", oid})
	}
	if tid != "" {
		claims = append(claims, claim{"http://schemas.microsoft.com/identity/claims/tenantid", tid})
	}
	for _, r := range roles {
		claims = append(claims, claim{"roles", r})
	}
	body, _ := json.Marshal(map[string]any{"auth_typ": "aad", "claims": claims, "name_typ": "n", "role_typ": "roles"})
	return base64.StdEncoding.EncodeToString(body)
}

// as returns the headers of a program that the platform has signed in.
func as(oid string, roles ...string) map[string]string {
	return map[string]string{"X-Ms-Client-Principal": principalOf(oid, tenant, roles...)}
}

const exportRequest = `{"id":"req-1","kind":"export","subject":{"objectId":"ada"},"scope":[{"subscriptionId":"s"}]}`
