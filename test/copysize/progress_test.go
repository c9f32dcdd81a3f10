package copysize

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// progress sees from the worker's calls to storage how far the making of a copy is: how many
// parts of the archive were read. A new process goes on from the last step that is recorded,
// or starts over.
type progress struct {
	mu      sync.Mutex
	read    int // parts, each as often as the copy needs it
	step    int // what of them is recorded
	steps   int // records of a step
	wanted  int // 0: nobody waits
	reached chan struct{}
	made    chan struct{} // the receipt is recorded
}

func newProgress() *progress {
	return &progress{reached: make(chan struct{}, 1), made: make(chan struct{}, 1)}
}

var (
	partRead      = regexp.MustCompile(`/data/[^?]*/(part|page)-[^/?]*\.json$`)
	stepRecord    = regexp.MustCompile(`/copy/\d{4}-step-\d{5}\.json$`)
	receiptRecord = regexp.MustCompile(`/copy/\d{4}-receipt\.json$`)
)

// before returns what the worker calls in place of storage.
func (p *progress) before(storage http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && partRead.MatchString(r.URL.Path) {
			p.note(p.readPart)
		}

		answer := &answered{ResponseWriter: w}
		storage.ServeHTTP(answer, r)
		if r.Method != http.MethodPut || answer.status != http.StatusCreated || !strings.Contains(r.URL.Path, attempt.RequestID) {
			return
		}

		switch {
		case stepRecord.MatchString(r.URL.Path):
			p.note(func() { p.step, p.steps = p.read, p.steps+1 })
		case receiptRecord.MatchString(r.URL.Path):
			p.note(func() { tell(p.made) })
		}
	})
}

func (p *progress) note(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// readPart is called with the lock held.
func (p *progress) readPart() {
	p.read++
	if p.wanted > 0 && p.read >= p.wanted {
		p.wanted = 0
		tell(p.reached)
	}
}

func tell(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it was told, and nobody has listened yet
	}
}

// begin notes that another copy is made.
func (p *progress) begin() { p.note(func() { p.read, p.step, p.steps, p.wanted = 0, 0, 0, 0 }) }

// goOn notes that another process goes on.
func (p *progress) goOn() { p.note(func() { p.read = p.step }) }

// await has reached told when so many parts are read.
func (p *progress) await(parts int) { p.note(func() { p.wanted = parts }) }

// counts returns how many parts were read and how many steps recorded.
func (p *progress) counts() (read, steps int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.read, p.steps
}

// answered remembers the status of an answer.
type answered struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap gives the proxy what else the caller's connection can do.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }
