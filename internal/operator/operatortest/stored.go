// Package operatortest stores requests in memory, step by step as the worker records them,
// for tests of package operator and of its commands.
package operatortest

import (
	"context"
	"crypto/ed25519"
	"io"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/ledger/ledgertest"
	"azureml-dsr/internal/operator"
)

// AccountID is the ARM id of the account in the request's scope.
const AccountID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningModelManagement/accounts/h"

var (
	// Attempt is the first attempt of the request.
	Attempt = dsr.Attempt{RequestID: "req-1", Number: 1}
	// Time is the time of every record.
	Time = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
)

// Stored is an export request whose account has models.
type Stored struct {
	*config.Connections
	// Subject is whom the request is about. Default: everybody.
	Subject *dsr.Subject
	// Body is the document of an item. Default: it has nothing but a name.
	Body func(row, item string) string
	// Names is the item whose document names the subject. Default: none does.
	Names string
	// Review is what the policy of the request's source requires. Default: nothing.
	Review string
	// Copies is what the installation puts into copies. Default: nothing that may be left out.
	Copies dsr.CopyPolicy

	t    *testing.T
	plan dsr.Plan
}

// New returns a request with connections to memory. Nothing is stored of it yet.
func New(t *testing.T) *Stored {
	t.Helper()
	opts := &archive.Options{BlockSize: 4 << 10, ArtifactBlockSize: 4 << 10}
	c := &config.Connections{
		Audit:   archive.New(memory.New(), opts),
		Exports: archive.New(memory.New(), opts),
		Index:   archive.New(memory.New(), opts),
	}
	c.Ledger = ledger.New(c.Audit, c.Exports, c.Index)

	return Over(t, c)
}

// Over returns a request with the given connections. Nothing is stored of it yet.
func Over(t *testing.T, c *config.Connections) *Stored {
	return &Stored{Connections: c, t: t}
}

// Operator returns an operator whose clock stands at now, and the queues that record what
// it sends.
func (s *Stored) Operator(now time.Time) (*operator.Operator, *Queues) {
	queues := &Queues{}
	o := operator.New(s.Connections, operator.Options{
		Now:    func() time.Time { return now },
		Queues: queues,
		Copies: s.Copies,
	})
	return o, queues
}

// Must fails the test on an error.
func (s *Stored) Must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// OpenRecord returns the request's record in the index of open requests.
func OpenRecord() dsr.OpenRecord {
	return dsr.OpenRecord{RequestID: Attempt.RequestID, Attempt: 1, DueAt: Time.AddDate(0, 1, 0)}
}

// Open records the request, without a plan.
func (s *Stored) Open() {
	s.t.Helper()
	_, err := s.Ledger.SwapOpen(s.t.Context(), OpenRecord(), ledger.Version{})
	s.Must(err)
	request := dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            Attempt.RequestID,
		Kind:          dsr.KindExport,
		Subject:       s.Subject,
		Scope:         []dsr.Scope{{SubscriptionID: "s"}},
		SubmittedAt:   Time,
		DueAt:         OpenRecord().DueAt,
	}
	_, err = s.Ledger.RecordSubject(s.t.Context(), request.ID, s.Subject)
	s.Must(err)
	content, err := request.ContentHash(true, "")
	s.Must(err)
	record := dsr.NewRequestRecord(request, content, true, Time)
	record.Review = s.Review
	_, err = s.Ledger.RecordRequest(s.t.Context(), record)
	s.Must(err)
}

// Sign signs the stored manifest.
func (s *Stored) Sign(key ed25519.PrivateKey) {
	s.t.Helper()
	manifest, _, err := s.Audit.Read(s.t.Context(), Attempt.Manifest(), 1<<20)
	s.Must(err)
	s.Must(s.Ledger.Sign(s.t.Context(), Attempt, manifest, ledger.KeySigner(key)))
}

// MakePlan records the plan: the account, and its models.
func (s *Stored) MakePlan() {
	s.t.Helper()
	var err error
	s.plan, err = s.Ledger.RecordPlan(s.t.Context(), dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     Attempt.RequestID,
		Attempt:       1,
		Kind:          dsr.KindExport,
		CreatedAt:     Time,
		NotCovered:    []dsr.NotCovered{{What: "telemetry", Why: "exportedByAzurePrivacyPortal"}},
		Nodes: []dsr.Node{
			{Number: 1, Type: "hosting-account", Followers: []string{}, Target: AccountID},
			// A node that retries has its page recorded with the plan, without a list's answer.
			{
				Number:    2,
				Type:      "models",
				Followers: []string{},
				Target:    AccountID,
				Retries:   &dsr.NodeRef{Attempt: 1, Node: 2},
			},
		},
	})

	s.Must(err)
}

// Task returns the task of a chunk of a node.
func (s *Stored) Task(node, chunk int) dsr.Task {
	t := s.plan.FirstTask(s.plan.Nodes[node-1])
	t.Chunk = chunk
	return t
}

// List records the page that a task lists, cut into chunks of one item.
func (s *Stored) List(t dsr.Task, items ...string) {
	s.t.Helper()
	p := dsr.NewPage(t, items, nil, 1)
	p.RecordedAt = Time
	_, _, err := s.Ledger.RecordPage(s.t.Context(), t, p)
	s.Must(err)
}

// Work stores the part of a task and its receipt.
func (s *Stored) Work(t dsr.Task, row, item string) {
	s.t.Helper()
	ctx := s.t.Context()
	target, err := dsr.ParseTarget(AccountID, "")
	s.Must(err)
	part, err := s.Exports.NewPart(ctx, t.PartBlob(target))
	s.Must(err)
	defer part.Abort()

	s.Must(part.Add(dsr.Entry{
		Endpoint:    row,
		Item:        item,
		Status:      200,
		RetrievedAt: Time,
	}, func(w io.Writer) (document.Result, error) {
		_, err := io.WriteString(w, s.body(row, item))
		return document.Result{Matches: s.matchesOf(item)}, err
	}))

	_, err = part.Commit()
	s.Must(err)
	_, ref, _, err := s.Ledger.Page(ctx, t)
	s.Must(err)
	r := dsr.NewReceipt(t, dsr.Succeeded, Time)
	r.Cost = dsr.Cost{
		UpstreamCalls: 1,
		BytesRead:     200,
		StorageWrites: 2,
		StorageReads:  3,
		StorageLists:  1,
		BytesWritten:  400,
		Messages:      3,
		Invocations:   1,
		Milliseconds:  70,
	}
	r.PageRecord = &ref
	_, err = s.Ledger.Tally(ctx, t.PartBlob(target), &r, AccountID)
	s.Must(err)
	_, err = s.Ledger.RecordReceipt(ctx, t, r)
	s.Must(err)
}

func (s *Stored) body(row, item string) string {
	if s.Body != nil {
		return s.Body(row, item)
	}
	return `{"name": "` + item + `"}`
}

// matchesOf returns how many strings of an item's document name the subject.
func (s *Stored) matchesOf(item string) int {
	if s.Names != "" && item == s.Names {
		return 2
	}
	return 0
}

// Fail stores the receipt of a task that failed for good.
func (s *Stored) Fail(t dsr.Task) {
	s.t.Helper()
	_, ref, _, err := s.Ledger.Page(s.t.Context(), t)
	s.Must(err)
	r := dsr.NewReceipt(t, dsr.Failed, Time)
	r.PageRecord = &ref
	r.Fail(dsr.Failure{
		Endpoint: "E03",
		Target:   AccountID,
		Reason:   dsr.ReasonForbidden,
		Error:    "refused",
	})
	_, err = s.Ledger.RecordReceipt(s.t.Context(), t, r)
	s.Must(err)
}

// Hop records that a task is sent again, not before a time.
func (s *Stored) Hop(t dsr.Task, number int, notBefore time.Time) {
	s.t.Helper()
	_, err := s.Ledger.RecordHop(s.t.Context(), t, dsr.Hop{
		SchemaVersion: dsr.SchemaVersion,
		TaskID:        t.ID(),
		Number:        number,
		Class:         dsr.HopThrottled,
		NotBefore:     notBefore,
	})
	s.Must(err)
}

// CloseAttempt writes the manifest and moves the attempt from the index of open requests to
// that of closed ones.
func (s *Stored) CloseAttempt() {
	s.t.Helper()
	s.close(false)
}

// CloseCanceled is CloseAttempt for an attempt that was canceled.
func (s *Stored) CloseCanceled() {
	s.t.Helper()
	s.close(true)
}

func (s *Stored) close(canceled bool) {
	s.t.Helper()
	ctx := s.t.Context()
	request, _, err := s.Ledger.Request(ctx, Attempt.RequestID)
	s.Must(err)
	closing := ledger.Closing{
		Attempt:  Attempt,
		Request:  request,
		Canceled: canceled,
		At:       Time,
	}
	m, _, err := ledgertest.Close(ctx, s.Ledger, closing, []string{"E01", "E02", "E03"}, ledgertest.Implied(ctx, s.Ledger, s.plan))
	s.Must(err)
	s.Must(s.Ledger.RecordClosed(ctx, Attempt, m))
	s.Must(s.Ledger.RemoveOpen(ctx, Attempt))
}

// Closed returns a request that succeeded with two models.
func Closed(t *testing.T) *Stored {
	t.Helper()
	return ClosedAbout(t, nil)
}

// ClosedAbout is Closed for a request about one person.
func ClosedAbout(t *testing.T, subject *dsr.Subject) *Stored {
	t.Helper()
	s := New(t)
	s.Subject = subject
	s.Open()
	s.MakePlan()
	s.List(s.Task(1, 0), AccountID)
	s.Work(s.Task(1, 0), "E01", AccountID)
	s.List(s.Task(2, 0), "one", "two")
	s.Work(s.Task(2, 0), "E03", "one")
	s.Work(s.Task(2, 1), "E03", "two")
	s.CloseAttempt()
	return s
}

// Put stores any blob.
func (s *Stored) Put(a *archive.Archive, name, body string) {
	s.t.Helper()
	_, err := a.Create(context.WithoutCancel(s.t.Context()), name, []byte(body), nil)
	s.Must(err)
}
