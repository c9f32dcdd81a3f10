package ledgertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// Document is a document that an attempt has read.
type Document struct {
	Target, Endpoint, Item string
	Own                    dsr.Ownership
	Matches                int
	Possible               int // strings with a name that others may have
}

// Attempt is an attempt whose records are in memory, all in one container. Each call of Look
// advances its clock by Step.
type Attempt struct {
	T       *testing.T
	Store   *memory.Backend
	Archive *archive.Archive
	Records *ledger.Ledger
	Plan    dsr.Plan
	Step    time.Duration

	mu   sync.Mutex
	time time.Time
}

// NewAttempt returns the first attempt of the request r, whose plan has no nodes yet.
func NewAttempt(t *testing.T) *Attempt {
	t.Helper()
	a := &Attempt{
		T:     t,
		Store: memory.New(),
		Plan:  dsr.Plan{RequestID: "r", Attempt: 1},
		time:  time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
	}
	a.Archive = archive.New(a.Store, nil)
	a.Records = ledger.New(a.Archive, a.Archive, a.Archive)
	return a
}

// Look advances the clock by Step and returns the time.
func (a *Attempt) Look() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.time = a.time.Add(a.Step)
	return a.time
}

// Time returns the time without advancing the clock.
func (a *Attempt) Time() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.time
}

// Node adds a node to the plan.
func (a *Attempt) Node(typ, target string) dsr.Node {
	n := dsr.Node{
		Number:    len(a.Plan.Nodes) + 1,
		Type:      typ,
		Followers: []string{},
		Target:    target,
	}
	a.Plan.Nodes = append(a.Plan.Nodes, n)
	return n
}

// Read records a node's documents, perPage on a page and perTask in a task.
func (a *Attempt) Read(n dsr.Node, documents []Document, perTask, perPage int) {
	a.T.Helper()
	items := make([]string, len(documents))
	for i, d := range documents {
		items[i] = d.Item
	}

	err := ledger.RecordPages(context.Background(), a.Records, a.Plan.FirstTask(n), items, perPage, perTask, a.Time())
	if err != nil {
		a.T.Fatal(err)
	}

	task := a.Plan.FirstTask(n)
	for page := range slices.Chunk(documents, perPage) {
		task.Chunk = 0
		for chunk := range slices.Chunk(page, perTask) {
			a.Record(task, chunk)
			task.Chunk++
		}
		task.Page++
	}

	if len(documents) == 0 {
		a.Record(task, nil)
	}
}

// Record records the documents of a task and its receipt.
func (a *Attempt) Record(task dsr.Task, documents []Document) {
	a.T.Helper()
	ctx := context.Background()
	name := fmt.Sprintf("%sdata/%s/%s-%d-%d.json", task.Of().Prefix(), task.Type, task.Node, task.Page, task.Chunk)
	part, err := a.Archive.NewPart(ctx, name)
	if err != nil {
		a.T.Fatal(err)
	}

	target := ""
	for _, d := range documents {
		target = d.Target
		err := part.Add(dsr.Entry{
			Endpoint:        d.Endpoint,
			Item:            d.Item,
			URL:             "https://arm.example/" + d.Item,
			Status:          200,
			SubjectMatches:  d.Matches,
			PossibleMatches: d.Possible,
			Inventory:       &dsr.Inventory{CreatedAt: "2018", Owner: d.Own},
		}, nil)
		if err != nil {
			a.T.Fatal(err)
		}
	}
	if _, err := part.Commit(); err != nil {
		a.T.Fatal(err)
	}

	receipt := dsr.NewReceipt(task, dsr.Succeeded, a.Time())
	if _, err := a.Records.Tally(ctx, name, &receipt, target); err != nil {
		a.T.Fatal(err)
	}
	if _, err := a.Records.RecordReceipt(ctx, task, receipt); err != nil {
		a.T.Fatal(err)
	}
}
