package dsr

import (
	"maps"
	"slices"
	"time"
)

// Outcome is how a task ended.
type Outcome string

// Outcomes of a receipt.
const (
	Succeeded Outcome = "succeeded"
	Failed    Outcome = "failed"
	Canceled  Outcome = "canceled"
)

// Receipt is what a task did. Its existence means that the task is done.
type Receipt struct {
	SchemaVersion string    `json:"schemaVersion"`
	TaskID        string    `json:"taskId"`
	RequestID     string    `json:"requestId"`
	Attempt       int       `json:"attempt"`
	Node          string    `json:"node"`
	Pass          int       `json:"generation"`
	Page          int       `json:"page"`
	Chunk         int       `json:"chunk"`
	Type          string    `json:"type"`
	Hop           int       `json:"hop"`
	Outcome       Outcome   `json:"outcome"`
	Totals        Totals    `json:"totals"`
	Parts         []PartRef `json:"parts"`
	PageRecord    *BlobRef  `json:"pageRecord"` // of the page that the task works on; nil for none
	SubNodes      []SubNode `json:"subNodes"`
	Failures      []Failure `json:"failures"`
	// Counted and Matching are set where the request deletes: the number of documents
	// that were read, and of those among them that name the subject.
	Counted   int64           `json:"counted,omitempty"`
	Matching  int64           `json:"matching,omitempty"`
	Deletions []DeletionProof `json:"deletions,omitempty"`
	// Cost is what the invocation that made the receipt has asked for, until then.
	Cost     Cost      `json:"cost,omitzero"`
	ClosedAt time.Time `json:"closedAt"`
}

// SubNode is an item that was handed over because its own list is long.
type SubNode struct {
	Node string `json:"node"`
	Item string `json:"item"`
}

// PartRef names a part and vouches for its bytes.
type PartRef struct {
	Name           string `json:"name"` // relative to the attempt
	SHA256         string `json:"sha256"`
	Size           int64  `json:"size"`
	Documents      int64  `json:"documents"`
	SubjectMatches int64  `json:"subjectMatches"`
}

// NewReceipt begins the receipt of a task.
func NewReceipt(t Task, outcome Outcome, at time.Time) Receipt {
	return Receipt{
		SchemaVersion: SchemaVersion,
		TaskID:        t.ID(),
		RequestID:     t.RequestID,
		Attempt:       t.Attempt,
		Node:          t.Node,
		Pass:          t.Pass,
		Page:          t.Page,
		Chunk:         t.Chunk,
		Type:          t.Type,
		Hop:           t.Hop,
		Outcome:       outcome,
		Totals:        Totals{},
		Parts:         []PartRef{},
		SubNodes:      []SubNode{},
		Failures:      []Failure{},
		ClosedAt:      at,
	}
}

// FirstTasks returns the first task of each sub-node that the receipt names. t is the
// task that the receipt is of.
func (r Receipt) FirstTasks(t Task) []Task {
	tasks := make([]Task, 0, len(r.SubNodes))
	for _, s := range r.SubNodes {
		at := t.Position()
		tasks = append(tasks, Task{
			SchemaVersion: SchemaVersion,
			RequestID:     t.RequestID,
			Attempt:       t.Attempt,
			Node:          s.Node,
			Pass:          1,
			Page:          1,
			Type:          t.Type,
			Parent:        &at,
		})
	}
	return tasks
}

// Counts are an endpoint's figures.
type Counts struct {
	Calls     int64 `json:"calls"`     // distinct calls whose answer stands in a part
	Documents int64 `json:"documents"` // entries with a document
	Gone      int64 `json:"gone"`      // named by a list and not there, or a list that the target lacks
	Failed    int64 `json:"failed"`
	Repeated  int64 `json:"repeated"` // ids that a page repeated
	Bytes     int64 `json:"bytes"`    // of documents and of artifacts
	// Left counts documents, and elements of lists, that were looked through and left out.
	Left int64 `json:"left,omitempty"`
}

// Totals are figures by endpoint id.
type Totals map[string]Counts

// Add adds other's figures.
func (t Totals) Add(other Totals) {
	for id, c := range other {
		s := t[id]
		s.Calls += c.Calls
		s.Documents += c.Documents
		s.Gone += c.Gone
		s.Failed += c.Failed
		s.Repeated += c.Repeated
		s.Bytes += c.Bytes
		s.Left += c.Left
		t[id] = s
	}
}

// Endpoints returns the endpoint ids in order.
func (t Totals) Endpoints() []string { return slices.Sorted(maps.Keys(t)) }

// count adds to one endpoint's figures.
func (t Totals) count(id string, f func(*Counts)) {
	c := t[id]
	f(&c)
	t[id] = c
}

// add adds an entry, without its document.
func (c *Counts) add(e Entry) {
	c.Calls++
	c.Left += int64(e.Left)
	if e.Content != nil {
		c.Bytes += e.Content.Size
	}
	if e.Deletion != nil && e.Deletion.Outcome == OutcomeDeleted {
		c.Documents++
	}

	switch {
	case e.Error != nil:
		c.Failed++
	case e.absent():
		c.Gone++
	}
}

// absent reports whether an entry without an error says that something is not there. Azure
// answers 404, and 405 or 400 for a list that a kind of workspace does not have.
func (e Entry) absent() bool {
	return e.Status == 404 || e.Status == 405 || e.Status == 400
}

// Tally adds one entry of a stored part to the receipt. bytes is the length of the
// entry's document, and hasDocument reports whether it has one.
func (r *Receipt) Tally(e Entry, hasDocument bool, bytes int64, target string) {
	if e.SubNode != "" {
		r.SubNodes = append(r.SubNodes, SubNode{Node: e.SubNode, Item: e.Item})
		return
	}

	r.Totals.count(e.Endpoint, func(c *Counts) {
		c.add(e)
		if hasDocument {
			c.Documents++
			c.Bytes += bytes
		}
	})

	if e.Inventory != nil {
		r.Counted++
		if e.SubjectMatches > 0 {
			r.Matching++
		}
	}

	if e.Deletion != nil {
		r.Deletions = append(r.Deletions, *e.Deletion)
	}

	if e.Error != nil {
		r.Failures = append(r.Failures, Failure{
			Endpoint: e.Endpoint,
			Target:   target,
			Item:     e.Item,
			Reason:   e.Error.Code,
			Error:    e.Error.Message,
		})
	}
}

// Repeat counts n ids that a list named again.
func (r *Receipt) Repeat(endpoint string, n int) {
	if n > 0 {
		r.Totals.count(endpoint, func(c *Counts) { c.Repeated += int64(n) })
	}
}

// AllFailed reports whether the task has failures and nothing else.
func (r *Receipt) AllFailed() bool {
	if len(r.Failures) == 0 || len(r.SubNodes) > 0 {
		return false
	}
	for _, c := range r.Totals {
		if c.Documents > 0 || c.Gone > 0 || c.Left > 0 {
			return false
		}
	}
	return true
}

// Fail makes the receipt a failed one, with one more failure.
func (r *Receipt) Fail(f Failure) {
	r.Outcome = Failed
	r.Failures = append(r.Failures, f)
	r.Totals.count(f.Endpoint, func(c *Counts) { c.Failed++ })
}
