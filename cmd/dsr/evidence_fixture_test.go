package main

import (
	"context"
	"io"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/ledger/ledgertest"
)

const accountID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningModelManagement/accounts/h"

var (
	storedAttempt = dsr.Attempt{RequestID: "req-1", Number: 1}
	storedTime    = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
)

// storedRequest is a request of two models in memory, recorded step by step as
// the worker does.
type storedRequest struct {
	*connections
	t    *testing.T
	plan dsr.Plan
}

func newStoredRequest(t *testing.T) *storedRequest {
	t.Helper()
	opts := &archive.Options{BlockSize: 4 << 10, ArtifactBlockSize: 4 << 10}
	c := &connections{Audit: archive.New(memory.New(), opts), Exports: archive.New(memory.New(), opts), Index: archive.New(memory.New(), opts)}
	c.Ledger = ledger.New(c.Audit, c.Exports, c.Index)
	return &storedRequest{t: t, connections: c}
}

func (s *storedRequest) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func openRecord() dsr.OpenRecord {
	return dsr.OpenRecord{RequestID: storedAttempt.RequestID, Attempt: 1, DueAt: storedTime.AddDate(0, 1, 0)}
}

// open records the request, and nothing of what it asks for.
func (s *storedRequest) open() {
	s.t.Helper()
	_, err := s.Ledger.SwapOpen(s.t.Context(), openRecord(), ledger.Version{})
	s.must(err)
	request := dsr.Request{
		SchemaVersion: dsr.SchemaVersion, ID: storedAttempt.RequestID, Kind: dsr.KindExport,
		Scope: []dsr.Scope{{SubscriptionID: "s"}}, SubmittedAt: storedTime, DueAt: openRecord().DueAt,
	}
	_, err = s.Ledger.RecordRequest(s.t.Context(), dsr.NewRequestRecord(request, "", true, storedTime))
	s.must(err)
}

func (s *storedRequest) planIt() {
	s.t.Helper()
	var err error
	s.plan, err = s.Ledger.RecordPlan(s.t.Context(), dsr.Plan{
		SchemaVersion: dsr.SchemaVersion, RequestID: storedAttempt.RequestID, Attempt: 1, Kind: dsr.KindExport, CreatedAt: storedTime,
		Nodes: []dsr.Node{
			{Number: 1, Type: "hosting-account", Followers: []string{}, Target: accountID},
			// Its page is recorded with the plan: there is no list's answer.
			{Number: 2, Type: "models", Followers: []string{}, Target: accountID, Retries: &dsr.NodeRef{Attempt: 1, Node: 2}},
		},
	})
	s.must(err)
}

func (s *storedRequest) task(node, chunk int) dsr.Task {
	t := s.plan.FirstTask(s.plan.Nodes[node-1])
	t.Chunk = chunk
	return t
}

// list records the page that a task lists, cut into chunks of one item.
func (s *storedRequest) list(t dsr.Task, items ...string) {
	s.t.Helper()
	p := dsr.NewPage(t, items, nil, 1)
	p.RecordedAt = storedTime
	_, _, err := s.Ledger.RecordPage(s.t.Context(), t, p)
	s.must(err)
}

// work stores the part of a task and its receipt.
func (s *storedRequest) work(t dsr.Task, row, item string) {
	s.t.Helper()
	ctx := s.t.Context()
	target, err := dsr.ParseTarget(accountID, "")
	s.must(err)
	part, err := s.Exports.NewPart(ctx, t.PartBlob(target))
	s.must(err)
	defer part.Abort()
	s.must(part.Add(dsr.Entry{Endpoint: row, Item: item, Status: 200, RetrievedAt: storedTime}, func(w io.Writer) (document.Result, error) {
		_, err := io.WriteString(w, `{"name": "`+item+`"}`)
		return document.Result{}, err
	}))
	_, err = part.Commit()
	s.must(err)
	_, ref, _, err := s.Ledger.Page(ctx, t)
	s.must(err)
	r := dsr.NewReceipt(t, dsr.Succeeded, storedTime)
	r.PageRecord = &ref
	_, err = s.Ledger.Tally(ctx, t.PartBlob(target), &r, accountID)
	s.must(err)
	_, err = s.Ledger.RecordReceipt(ctx, t, r)
	s.must(err)
}

func (s *storedRequest) fail(t dsr.Task) {
	s.t.Helper()
	_, ref, _, err := s.Ledger.Page(s.t.Context(), t)
	s.must(err)
	r := dsr.NewReceipt(t, dsr.Failed, storedTime)
	r.PageRecord = &ref
	r.Fail(dsr.Failure{Endpoint: "E03", Target: accountID, Reason: dsr.ReasonForbidden, Error: "refused"})
	_, err = s.Ledger.RecordReceipt(s.t.Context(), t, r)
	s.must(err)
}

// hop schedules a task.
func (s *storedRequest) hop(t dsr.Task, number int, notBefore time.Time) {
	s.t.Helper()
	_, err := s.Ledger.RecordHop(s.t.Context(), t, dsr.Hop{
		SchemaVersion: dsr.SchemaVersion, TaskID: t.ID(), Number: number, Class: dsr.HopThrottled, NotBefore: notBefore,
	})
	s.must(err)
}

// receipts collects what a survey finds.
// close writes the manifest.
func (s *storedRequest) close() {
	s.t.Helper()
	ctx := s.t.Context()
	request, _, err := s.Ledger.Request(ctx, storedAttempt.RequestID)
	s.must(err)
	closing := ledger.Closing{Attempt: storedAttempt, Request: request, At: storedTime}
	_, _, err = ledgertest.Close(ctx, s.Ledger, closing, []string{"E01", "E02", "E03"}, ledgertest.Implied(ctx, s.Ledger, s.plan))
	s.must(err)
	s.must(s.Ledger.RemoveOpen(ctx, storedAttempt))
}

// closedRequest is a whole request.
func closedRequest(t *testing.T) *storedRequest {
	t.Helper()
	s := newStoredRequest(t)
	s.open()
	s.planIt()
	s.list(s.task(1, 0), accountID)
	s.work(s.task(1, 0), "E01", accountID)
	s.list(s.task(2, 0), "one", "two")
	s.work(s.task(2, 0), "E03", "one")
	s.work(s.task(2, 1), "E03", "two")
	s.close()
	return s
}

func (s *storedRequest) put(a *archive.Archive, name, body string) {
	s.t.Helper()
	_, err := a.Create(context.WithoutCancel(s.t.Context()), name, []byte(body), nil)
	s.must(err)
}
