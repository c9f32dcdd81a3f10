// Package fakegraph plays the part of Microsoft Graph that finds people by an address, as
// its documentation describes it: GET /v1.0/users/{id or userPrincipalName}, and
// GET /v1.0/users with $filter, $select and $top. It knows nothing of the client that it
// answers.
package fakegraph

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Person is a user of the directory.
type Person struct {
	ID                string
	UserPrincipalName string
	Mail              string // "" for none
	DisplayName       string
}

// Options configure a Server.
type Options struct {
	// People are the users of the directory.
	People []Person
	// Token is the bearer token that every call needs. Empty accepts any token, not none.
	Token string
}

// Fault is how the server answers instead of looking.
type Fault struct {
	Status int
	Header map[string]string
	// Body is the answer's; "" is an error as Microsoft Graph writes them, of Code.
	Body, Code string
	// Times is how many calls are answered so; 0 is all.
	Times int
}

// Server is the fake; it is an http.Handler. Its methods may be called from any goroutine.
type Server struct {
	token string

	mu     sync.Mutex
	people []Person
	fault  *Fault
	served []string
}

var _ http.Handler = (*Server)(nil)

// New makes a server. It starts nothing: serve it with net/http.
func New(opts Options) *Server {
	return &Server{token: opts.Token, people: opts.People}
}

// SetPeople replaces the users of the directory.
func (s *Server) SetPeople(people ...Person) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people = people
}

// SetFault makes the next calls fail; nil ends that.
func (s *Server) SetFault(f *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Served returns path and query of each call, in their order.
func (s *Server) Served() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.served...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	people, fault := s.begin(r)
	token, bears := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	path := strings.TrimSuffix(r.URL.EscapedPath(), "/")
	name, isOne := strings.CutPrefix(path, "/v1.0/users/")

	switch {
	case fault != nil:
		fault.answer(w)
	case !bears || (s.token != "" && token != s.token):
		fail(w, http.StatusUnauthorized, "InvalidAuthenticationToken")
	case r.Method != http.MethodGet:
		fail(w, http.StatusMethodNotAllowed, "Request_BadRequest")
	case path == "/v1.0/users":
		listUsers(w, r, people)
	case isOne && !strings.Contains(name, "/"):
		getUser(w, r, people)
	default:
		fail(w, http.StatusBadRequest, "BadRequest")
	}
}

// begin notes a call and returns what it finds.
func (s *Server) begin(r *http.Request) (people []Person, fault *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.served = append(s.served, r.URL.RequestURI())
	fault = s.fault
	if fault != nil && fault.Times > 0 {
		fault.Times--
		if fault.Times == 0 {
			s.fault = nil
		}
	}

	return s.people, fault
}

func (f *Fault) answer(w http.ResponseWriter) {
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	if f.Body == "" {
		fail(w, f.Status, f.Code)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(f.Body))
}

// getUser answers with one user.
func getUser(w http.ResponseWriter, r *http.Request, people []Person) {
	name := strings.TrimPrefix(r.URL.Path, "/v1.0/users/")
	for _, p := range people {
		if strings.EqualFold(p.UserPrincipalName, name) || strings.EqualFold(p.ID, name) {
			send(w, http.StatusOK, p.selected(r))
			return
		}
	}
	fail(w, http.StatusNotFound, "Request_ResourceNotFound")
}

// listUsers answers with the users that a filter lets through.
func listUsers(w http.ResponseWriter, r *http.Request, people []Person) {
	query := r.URL.Query()
	matches, ok := parseFilter(query.Get("$filter"))
	top := len(people)
	if text := query.Get("$top"); text != "" {
		n, err := strconv.Atoi(text)
		ok = ok && err == nil && n > 0 && n < 1000
		top = min(top, n)
	}
	if !ok {
		fail(w, http.StatusBadRequest, "Request_UnsupportedQuery")
		return
	}

	value := []map[string]any{}
	for _, p := range people {
		if matches(p) && len(value) < top {
			value = append(value, p.selected(r))
		}
	}
	send(w, http.StatusOK, map[string]any{
		"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users",
		"value":          value,
	})
}

func send(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// fail answers with an error as Microsoft Graph writes them.
func fail(w http.ResponseWriter, status int, code string) {
	send(w, status, map[string]any{"error": map[string]any{
		"code":       code,
		"message":    "made up",
		"innerError": map[string]any{"date": "2026-11-29T05:00:00", "request-id": "11111111-1111-1111-1111-111111111111"},
	}})
}
