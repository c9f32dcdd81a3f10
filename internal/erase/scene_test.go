package erase_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/erase"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/task"
)

// space is where things are deleted.
var space = dsr.Target{
	Level:          dsr.MachineLearningWorkspace,
	SubscriptionID: "s",
	ResourceGroup:  "g",
	Workspace:      "w",
}

// scene is a deletion of one thing, on records of its own and an upstream that has it.
type scene struct {
	*ledger.Ledger
	t        *testing.T
	store    *archive.Archive
	job      task.Job
	item     string
	calls    []string
	onCall   map[string]func() // what happens as a call comes, or as it is decided
	walkTime time.Duration     // 0 is the default

	// What is recorded as the work begins.
	request   dsr.RequestRecord
	plannedAt string   // when the thing was made, as the plan says
	read      dsr.Task // lists the next page of the jobs
	approved  string   // the plan's SHA-256: "plan" is that of the plan, "" none

	// The upstream.
	doc         string // of the thing; "" is not there
	kept        bool   // the service still keeps what is not there
	after       string // its document once it was deleted
	comesBack   bool
	unseen      int      // how many more reads find nothing
	listed      []string // of the jobs
	noParent    bool
	parentGone  bool
	etag        string // of the thing
	knows       string // the only version that is deleted; "" is etag
	endless     bool   // a DELETE is answered 202, and its operation never ends
	overdue     bool   // which the service has said that it would
	refused     error  // of the thing's GET
	unlisted    error
	undeletable error
	unstoppable error
}

// newScene returns a scene with nothing in the way: the thing is as it was planned, and
// the plan is approved.
func newScene(t *testing.T, typ string) *scene {
	t.Helper()
	s := &scene{
		t:         t,
		item:      "thing",
		onCall:    map[string]func(){},
		plannedAt: "2018",
		approved:  "plan",
		doc:       document("2018", "Completed"),
	}

	s.store = archive.New(&hooked{memory.New(), s}, nil)
	s.Ledger = ledger.New(s.store, s.store, s.store)
	if typ == workspace {
		s.item = space.ID()
	}

	target := space
	if typ == run {
		target.Level, target.Name = dsr.MachineLearningExperiment, "e"
	}

	plan := dsr.Plan{
		RequestID: "r",
		Attempt:   1,
		Kind:      dsr.KindDelete,
		Nodes: []dsr.Node{
			{Number: 1, Type: job, Target: space.ID()},
			{Number: 2, Type: dsr.DeleteType("ml-computes"), Target: space.ID()},
			{Number: 3, Type: dsr.DeleteType(typ), Target: target.ID(), After: dsr.NodesOf(2)},
		},
	}

	_, err := s.RecordPlan(t.Context(), plan)
	s.must(err)
	s.read = plan.FirstTask(plan.Nodes[0])
	s.recordRead("read-before")
	s.job = task.Job{
		Task:   plan.FirstTask(plan.Nodes[2]),
		Node:   plan.Nodes[2],
		Target: target,
		Kind:   dsr.KindDelete,
	}

	return s
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// work does the task, and returns the stored proof and the reason in its entry.
func (s *scene) work() (proof dsr.DeletionProof, reason string, err error) {
	s.t.Helper()
	s.record()
	w := erase.New(s, s.Ledger, s.store, erase.Options{RequireApproval: true, WalkTime: s.walkTime})
	if err := w.Work(s.t.Context(), s.job, []string{s.item}); err != nil {
		if _, err := s.store.Backend().Stat(s.t.Context(), s.job.Task.PartBlob(s.job.Target)); !errors.Is(err, archive.ErrNotFound) {
			s.t.Errorf("what is left open has a part: %v", err)
		}
		return proof, "", err
	}

	body, _, err := s.store.Backend().Open(s.t.Context(), s.job.Task.PartBlob(s.job.Target), 0)
	s.must(err)

	for e, err := range archive.ReadPart(body) {
		s.must(err)
		if proof = *e.Deletion; e.Error != nil {
			reason = e.Error.Code
		}
	}

	return proof, reason, nil
}

// record records what is known as the work begins.
func (s *scene) record() {
	s.t.Helper()
	s.request.ID = "r"
	_, err := s.RecordRequest(s.t.Context(), s.request)
	s.must(err)
	_, sum, err := s.RecordDeletionPlan(s.t.Context(), dsr.DeletionPlan{RequestID: "r", Attempt: 1, Stages: []dsr.Deletions{
		{Node: 3, Items: []dsr.Planned{{Item: s.item, CreatedAt: s.plannedAt}}},
	}})
	s.must(err)

	if s.approved == "plan" {
		s.approved = sum
	}

	if s.approved != "" {
		_, err = s.RecordApproval(s.t.Context(), s.job.Task.Of(), dsr.Approval{RequestID: "r", PlanSHA256: s.approved})
		s.must(err)
	}
}

// recordRead records the next page of the jobs.
func (s *scene) recordRead(items ...string) {
	_, _, err := s.RecordPage(s.t.Context(), s.read, dsr.NewPage(s.read, items, nil, 50))
	s.must(err)
	s.read.Page++
}

// cutShort makes the pages more than are looked through for documents on hold when
// there is no time.
func (s *scene) cutShort() {
	for range 100 {
		s.recordRead()
	}
	s.walkTime = -1
}

func (s *scene) hold(on string) {
	_, err := s.RecordHold(s.t.Context(), dsr.Hold{ID: "h", Number: 1, On: on})
	s.must(err)
}

func (s *scene) release() {
	_, err := s.RecordHold(s.t.Context(), dsr.Hold{ID: "h", Number: 2, Released: true})
	s.must(err)
}

func (s *scene) cancel() {
	_, err := s.store.Create(s.t.Context(), s.job.Task.Of().Cancel(), []byte("{}"), nil)
	s.must(err)
}

func (s *scene) decide(verdict, reason string) {
	_, err := s.RecordDecision(s.t.Context(), s.job.Task, dsr.Decision{Verdict: verdict, Reason: reason, By: "another"})
	s.must(err)
}

// answered records that an earlier delivery has sent the DELETE.
func (s *scene) answered() {
	_, err := s.RecordDeleted(s.t.Context(), s.job.Task, dsr.DeletionProof{
		Item:      s.item,
		Status:    http.StatusOK,
		RequestID: "first",
		DeletedAt: time.Now(),
	})
	s.must(err)
}

// failBefore makes what comes before the thing fail.
func (s *scene) failBefore() {
	before := s.job.Task
	before.Node, before.Type = "00002", dsr.DeleteType("ml-computes")
	receipt := dsr.NewReceipt(before, dsr.Failed, time.Now())
	receipt.Fail(dsr.Failure{Endpoint: "DW05"})
	_, err := s.RecordReceipt(s.t.Context(), before, receipt)
	s.must(err)
}

func (s *scene) runs() { s.doc = document("2018", "Running") }
func (s *scene) ends() { s.doc = document("2018", "Canceled") }

// vanishes lets somebody else delete the thing, returns makes it come back, and stays
// changes nothing.
func (s *scene) vanishes() { s.doc = "" }
func (s *scene) returns()  { s.doc = document("2018", "Completed") }
func (s *scene) stays()    {}

// document is that of a thing.
func document(created, state string) string {
	return fmt.Sprintf(`{"name": "thing", "systemData": {"createdAt": %q}, "properties": {"status": %q}}`, created, state)
}

func forbidden() error {
	return &dsr.Error{
		Class:   dsr.Permanent,
		Reason:  dsr.ReasonForbidden,
		Status:  http.StatusForbidden,
		Message: "not yours",
	}
}

func notThere() error { return &dsr.Error{Class: dsr.Permanent, Status: http.StatusNotFound} }
