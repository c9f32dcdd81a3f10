package azureml

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
)

// Served is one call that was answered, and how often. Two calls are the same
// when endpoint, method, URL and status are; nothing else is folded.
type Served struct {
	// Endpoint is the row's id, E01 to E29 for GET and D01 to D08 for DELETE, "WS"
	// and "PR" for the lists of workspaces and projects, "OP" for the operation of
	// a deletion, "content" for artifacts' bytes, "" for what has no row. E24 is
	// served as E19.
	Endpoint string `json:"endpoint"`
	// Method is the HTTP method.
	Method string `json:"method"`
	// URL is path and query as sent.
	URL string `json:"url"`
	// Status is the answer's status; 0 when there was none.
	Status int `json:"status"`
	// Count is how many such answers there were.
	Count int `json:"count"`
}

type servedKey struct {
	endpoint, method, url string
	status                int
}

// servedLog keeps what was served, in order of first sight.
type servedLog struct {
	mu      sync.Mutex
	index   map[servedKey]int
	entries []Served
}

func (l *servedLog) add(endpoint, method, url string, status int) {
	key := servedKey{endpoint, method, url, status}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.index == nil {
		l.index = make(map[servedKey]int)
	}
	i, ok := l.index[key]
	if !ok {
		i = len(l.entries)
		l.index[key] = i
		l.entries = append(l.entries, Served{Endpoint: endpoint, Method: method, URL: url, Status: status})
	}
	l.entries[i].Count++
}

func (l *servedLog) list() []Served {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries)
}

// serve answers GET /_served, which needs no token and isn't recorded.
func (l *servedLog) serve(w http.ResponseWriter) {
	entries := l.list()
	if entries == nil {
		entries = []Served{}
	}
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(entries) // an error means that the client has gone
}
