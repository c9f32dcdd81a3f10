package fakeml

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
)

// Served is one call that was answered, and how often. Two calls are the same
// when endpoint, method, URL, status and body are; nothing else is folded.
type Served struct {
	// Endpoint is the row's id, E01 to E29 for GET and D01 to D08 for DELETE, "WS"
	// and "PR" for the lists of workspaces and projects, "OP" for the operation of
	// a deletion, "content" for artifacts' bytes, "" for what has no row. E24 is
	// served as E19. Of the second generation it is W01 to W67d, "D" and the item's
	// id for a DELETE, CW29 for a cancel, "DISC" for the discovery of the data
	// plane, and "NEVER" for what nobody should call.
	Endpoint string `json:"endpoint"`
	// Method is the HTTP method.
	Method string `json:"method"`
	// URL is path and query as sent.
	URL string `json:"url"`
	// Status is the answer's status; 0 when there was none.
	Status int `json:"status"`
	// Count is how many such answers there were.
	Count int `json:"count"`
	// Body is what a POST sent.
	Body string `json:"body,omitempty"`
}

// servedLog keeps what was served, in order of first sight.
type servedLog struct {
	mu      sync.Mutex
	index   map[Served]int
	entries []Served
}

// add counts a call, which comes without a count.
func (l *servedLog) add(key Served) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.index == nil {
		l.index = make(map[Served]int)
	}
	i, ok := l.index[key]
	if !ok {
		i = len(l.entries)
		l.index[key] = i
		l.entries = append(l.entries, key)
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
