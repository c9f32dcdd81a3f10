package fake

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// Policy is the Content-Security-Policy under which the page must work.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// Person is somebody who has signed in.
type Person struct {
	Name     string   `json:"name"`
	ObjectID string   `json:"objectId"`
	TenantID string   `json:"tenantId"`
	Roles    []string `json:"roles"`
	Scopes   []string `json:"scopes"`
}

// recorded returns the person as records name one.
func (p Person) recorded() string {
	return dsr.SignedIn{Name: p.Name, ObjectID: p.ObjectID, TenantID: p.TenantID}.String()
}

// Request is what the fake knows of a request. Each time that its status is asked for it
// goes one step on.
type Request struct {
	Row          operator.Row
	Status       operator.Status
	Steps        []operator.Status // those to come
	Retried      []operator.Status // those after a retry
	Plan         *operator.PlannedDeletion
	Certificate  *operator.Certificate
	Manifest     *dsr.Manifest
	Verification *operator.Verification
	Copy         operator.Copy
	Decided      map[string]dsr.Verdict // of the places of the copy
}

// DeadLetter is one as the API lists it.
type DeadLetter struct {
	Queue       string `json:"queue"`
	Sequence    string `json:"sequence"`
	Reason      string `json:"reason"`
	Description string `json:"description"`
	RequestID   string `json:"requestId"`
	Age         string `json:"age"`
	EnqueuedAt  string `json:"enqueuedAt"`
}

// Server is the fake. Its zero value has nothing and nobody.
type Server struct {
	mu       sync.Mutex
	page     fs.FS
	person   Person
	requests []*Request
	dead     []DeadLetter
	holds    []dsr.Hold
	overview operator.Overview
	failing  int // the status of every answer of the API; 0: none fails
	asked    map[string]int
}

// New returns a fake that serves a page.
func New(files fs.FS) *Server { return &Server{page: files, asked: map[string]int{}} }

// Change changes what the fake knows, between two answers.
func (s *Server) Change(f func(*Data)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&Data{
		Person:   &s.person,
		Requests: &s.requests,
		Dead:     &s.dead,
		Holds:    &s.holds,
		Overview: &s.overview,
		Failing:  &s.failing,
	})
}

// Data is what a fake knows.
type Data struct {
	Person   *Person
	Requests *[]*Request
	Dead     *[]DeadLetter
	Holds    *[]dsr.Hold
	Overview *operator.Overview
	Failing  *int
}

// Asked returns how often a path was asked for.
func (s *Server) Asked(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[path]
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()

	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	s.asked[r.URL.Path]++
	name, below := strings.CutPrefix(r.URL.Path, "/api/")
	switch {
	case !below:
		http.NotFound(w, r)
	case name == "ui" || strings.HasPrefix(name, "ui/"):
		s.file(w, strings.TrimPrefix(strings.TrimPrefix(name, "ui"), "/"))
	case s.failing != 0:
		fail(w, s.failing, "Unavailable", "storage or Service Bus did not answer as it should")
	case r.Method != http.MethodGet && r.Header.Get("X-DSR-Client") != "page":
		fail(w, http.StatusForbidden, "CrossSite", "a browser has sent this without the header X-DSR-Client: page")
	default:
		s.answer(w, r, name)
	}
}

func (s *Server) file(w http.ResponseWriter, name string) {
	if name == "" {
		name = "index.html"
	}
	body, err := fs.ReadFile(s.page, name)
	if err != nil {
		fail(w, http.StatusNotFound, "NotFound", "the page has no file "+name)
		return
	}

	types := map[string]string{".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
	w.Header().Set("Content-Type", types[path.Ext(name)])
	w.Header().Set("Content-Security-Policy", Policy)
	_, _ = w.Write(body) // fails only when the browser has gone
}

// answer answers what is no file of the page.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, name string) {
	parts := strings.Split(name, "/")
	route := r.Method + " " + parts[0]
	if len(parts) > 1 {
		route += "/id"
	}
	if len(parts) > 2 && parts[0] == "requests" {
		route += "/" + parts[2]
	}

	switch route {
	case "GET me":
		write(w, http.StatusOK, s.person)
	case "GET overview":
		write(w, http.StatusOK, map[string]any{
			"open":             s.overview.Open,
			"dueThisWeek":      s.overview.DueThisWeek,
			"late":             s.overview.Late,
			"awaitingApproval": s.overview.AwaitingApproval,
			"perDay":           s.overview.PerDay,
			"lastBulk":         s.overview.LastBulk,
			"deadLetters":      len(s.dead),
		})
	case "GET requests":
		s.list(w, r)
	case "POST requests":
		s.submit(w, r)
	case "GET deadletters":
		write(w, http.StatusOK, map[string]any{"value": append([]DeadLetter{}, s.dead...)})
	case "POST deadletters/id":
		s.dispose(w, parts)
	case "GET holds":
		write(w, http.StatusOK, map[string]any{"value": append([]dsr.Hold{}, s.holds...)})
	case "POST holds":
		s.hold(w, r)
	case "DELETE holds/id":
		s.holds = slices.DeleteFunc(s.holds, func(h dsr.Hold) bool { return h.ID == parts[1] })
		write(w, http.StatusOK, struct{}{})
	default:
		s.one(w, r, route, parts)
	}
}

// list answers with a page of the requests, filtered as the API does.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var rows []operator.Row
	for _, request := range s.requests {
		row := request.Row
		row.State = request.Status.State
		if wants(row, query.Get("state"), query.Get("kind"), query.Get("due"), query.Get("q")) {
			rows = append(rows, row)
		}
	}

	from, _ := strconv.Atoi(query.Get("skiptoken"))
	top, _ := strconv.Atoi(query.Get("top"))
	body := map[string]any{"value": append([]operator.Row{}, rows[from:min(len(rows), from+top)]...)}
	if from+top < len(rows) {
		query.Set("skiptoken", strconv.Itoa(from+top))
		body["nextLink"] = "http://" + r.Host + r.URL.Path + "?" + query.Encode()
	}
	write(w, http.StatusOK, body)
}

func wants(row operator.Row, state, kind, due, q string) bool {
	open := slices.Contains([]string{operator.StateReceived, operator.StateRunning, operator.StateAwaitingApproval}, row.State)
	inState := state == "" || state == row.State || (state == "open" && open) || (state == "closed" && !open)
	isDue := due == "" || (due == "late" && row.Late) || (due == "soon" && !row.Late && row.DaysLeft != nil && *row.DaysLeft <= 7)
	return inState && isDue && (kind == "" || kind == row.Kind) && (q == "" || strings.Contains(row.ID, q) || strings.HasPrefix(row.Subject, q))
}

func (s *Server) dispose(w http.ResponseWriter, parts []string) {
	s.dead = slices.DeleteFunc(s.dead, func(d DeadLetter) bool { return d.Queue == parts[1] && d.Sequence == parts[2] })
	write(w, http.StatusOK, map[string]string{"queue": parts[1], "sequence": parts[2], "action": parts[3]})
}

func (s *Server) hold(w http.ResponseWriter, r *http.Request) {
	var body struct{ On, Reason string }
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.On == "" {
		fail(w, http.StatusBadRequest, "InvalidInput", "on is missing")
		return
	}
	s.holds = append(s.holds, dsr.Hold{ID: "hold-" + strconv.Itoa(len(s.holds)+1), On: body.On, Reason: body.Reason, At: Now})
	write(w, http.StatusCreated, s.holds[len(s.holds)-1])
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only when the browser has gone
}

func fail(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Ms-Error-Code", code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "code": code, "detail": detail})
}
