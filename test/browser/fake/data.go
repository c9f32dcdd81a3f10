package fake

import (
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// Now is when the made-up requests are looked at.
var Now = time.Now().UTC().Truncate(time.Second)

// Whom the fake knows.
var (
	First  = person("ada@example.org", "11111111-1111-4111-8111-111111111111")
	Second = person("grace@example.org", "22222222-2222-4222-8222-222222222222")
)

func person(name, id string) Person {
	return Person{
		Name:     name,
		ObjectID: id,
		TenantID: "99999999-9999-4999-8999-999999999999",
		Roles:    []string{"DSR.Read", "DSR.Operate", "DSR.Approve"},
		Scopes:   []string{"research", "production"},
	}
}

const (
	subject   = "3f2b8c1e-9d4a-4c6b-8f7e-1a2b3c4d5e6f"
	workspace = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/research/providers/Microsoft.MachineLearningServices/workspaces/vision-lab"
	account   = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/research/providers/Microsoft.MachineLearningModelManagement/accounts/models"
)

// row makes a row that is due in some days.
func row(id, kind, state string, days int) operator.Row {
	due := Now.AddDate(0, 0, days)
	r := operator.Row{
		ID:          id,
		Kind:        kind,
		State:       state,
		Subject:     subject,
		SubmittedBy: First.recorded(),
		SubmittedAt: operator.Moment{Time: due.AddDate(0, -1, 0)},
		DueAt:       operator.Moment{Time: due},
		DaysLeft:    &days,
		Late:        days < 0,
		Progress:    40,
		Attempt:     1,
	}
	switch state {
	case operator.StateReceived, operator.StateRunning, operator.StateAwaitingApproval:
	default:
		r.DaysLeft, r.Late, r.ClosedAt = nil, false, operator.Moment{Time: Now.Add(-3 * time.Hour)}
	}
	return r
}

func newRequest(id, kind, state string, days int, types ...operator.TypeStatus) *Request {
	r := row(id, kind, state, days)
	return &Request{Row: r, Status: operator.Status{
		ID:       id,
		Kind:     kind,
		Attempt:  1,
		State:    state,
		Due:      r.DueAt,
		DaysLeft: days,
		Types:    append([]operator.TypeStatus{}, types...),
	}}
}

func counts(name string, done, waiting, scheduled, failed int64) operator.TypeStatus {
	t := operator.TypeStatus{
		Type:      name,
		Done:      done,
		Waiting:   waiting,
		Scheduled: scheduled,
		Failed:    failed,
	}
	if scheduled > 0 {
		t.Until = operator.Moment{Time: Now.Add(42 * time.Minute)}
	}
	return t
}

// Watched returns an export that is received, runs and succeeds while it is looked at.
func Watched(id, by string) *Request {
	q := newRequest(id, dsr.KindExport, operator.StateReceived, 30)
	q.Row.SubmittedBy = by
	q.Row.SubmittedAt = operator.Moment{Time: Now}

	running, over := q.Status, q.Status
	running.State, running.Types = operator.StateRunning, []operator.TypeStatus{counts("ml-runs", 12, 30, 0, 0), counts("ml-jobs", 3, 5, 0, 0)}
	over.State, over.Types = string(dsr.StatusSucceeded), []operator.TypeStatus{counts("ml-runs", 42, 0, 0, 0), counts("ml-jobs", 8, 0, 0, 0)}
	q.Steps, q.Manifest = []operator.Status{running, over}, manifest(id, dsr.StatusSucceeded)

	return q
}

// Seed returns one request of each kind and state.
func Seed() []*Request {
	late := newRequest("dsr-2026-0291", dsr.KindExport, operator.StateRunning, -3,
		counts("ml-runs", 412, 88, 0, 0), counts("ml-jobs", 120, 0, 0, 0), counts("ml-run-metrics", 350, 0, 150, 2), counts("ml-artifacts", 80, 420, 0, 0))
	late.Row.Failures = 2
	approving := newRequest("dsr-2026-0304", dsr.KindDelete, operator.StateAwaitingApproval, 2, counts("ml-jobs", 37, 0, 0, 0), counts("delete-ml-jobs", 0, 3, 0, 0))
	approving.Plan, approving.Certificate, approving.Manifest = plan(approving.Row), certificate(approving.Row), manifest(approving.Row.ID, dsr.StatusSucceeded)

	return []*Request{
		late,
		approving,
		newRequest("dsr-2026-0311", dsr.KindExport, operator.StateRunning, 6, counts("ml-runs", 9, 1, 0, 0)),
		newRequest("dsr-2026-0320", dsr.KindExportThenDelete, operator.StateReceived, 24),
		Failed("dsr-2026-0288"),
		deleted("dsr-2026-0275"),
		newRequest("dsr-2026-0270", dsr.KindExport, string(dsr.StatusCanceled), 5),
	}
}

// Failed returns an export of which some failed, and which succeeds when it is retried.
func Failed(id string) *Request {
	q := newRequest(id, dsr.KindExport, string(dsr.StatusPartiallyFailed), 12, counts("ml-runs", 42, 0, 0, 0), counts("ml-jobs", 5, 0, 0, 2))
	q.Row.Failures, q.Row.Reason = 2, dsr.ReasonForbidden
	q.Status.Failures = operator.Explain([]dsr.Failure{
		{Endpoint: "W10", Target: workspace, Item: "train-0017", Reason: dsr.ReasonForbidden, Error: "the service answered 403 AuthorizationFailed"},
		{Endpoint: "W10", Target: workspace, Item: "train-0018", Reason: dsr.ReasonForbidden, Error: "the service answered 403 AuthorizationFailed"},
	})
	q.Status.Cost = &dsr.Cost{
		UpstreamCalls: 1616,
		BytesRead:     61_046_000,
		StorageWrites: 412,
		StorageReads:  90,
		StorageLists:  3,
		BytesWritten:  65_102_000,
		Messages:      620,
		Invocations:   120,
		Milliseconds:  41_200,
	}
	q.Manifest = manifest(id, dsr.StatusPartiallyFailed)
	q.Verification = &operator.Verification{RequestID: id, Attempt: 1, OK: true, Signature: "valid", Blobs: 61, Documents: 446}

	again := newRequest(id, dsr.KindExport, operator.StateRunning, 12, counts("ml-jobs", 0, 2, 0, 0)).Status
	again.Attempt = 2
	over := newRequest(id, dsr.KindExport, string(dsr.StatusSucceeded), 12, counts("ml-jobs", 2, 0, 0, 0)).Status
	over.Attempt = 2
	q.Retried = []operator.Status{again, again, over}

	return q
}

func deleted(id string) *Request {
	q := newRequest(id, dsr.KindDelete, string(dsr.StatusPartiallyFailed), 8, counts("ml-jobs", 37, 0, 0, 0), counts("delete-ml-jobs", 2, 0, 0, 1))
	q.Plan, q.Certificate, q.Manifest = plan(q.Row), certificate(q.Row), manifest(id, dsr.StatusPartiallyFailed)
	q.Certificate.Status = dsr.StatusPartiallyFailed
	q.Certificate.ApprovedBy, q.Certificate.ApprovedAt = Second.recorded(), Now.Add(-26*time.Hour)
	q.Certificate.NotDeleted = operator.Explain([]dsr.Failure{{Endpoint: "DW10", Target: workspace, Item: "train-0019", Reason: "Held", Error: "hold case-4711 keeps it"}})
	return q
}

func plan(r operator.Row) *operator.PlannedDeletion {
	return &operator.PlannedDeletion{
		PlanSHA256: "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592",
		Plan: dsr.DeletionPlan{
			RequestID: r.ID,
			Attempt:   1,
			ObjectID:  subject,
			CreatedAt: Now.Add(-2 * time.Hour),
			Stages: []dsr.Deletions{
				{Node: 41, Endpoint: "DW10", Type: "ml-jobs", Target: workspace, Items: jobs(3), Matching: 3, Others: 1},
				{Node: 42, Endpoint: "DW31", Type: "ml-data", Target: workspace, Parts: []dsr.PlanPartRef{{Name: "deletion-plan/00042-1.json", Items: 1250}}, Matching: 1250},
				{Node: 43, Endpoint: "D02", Type: "model-accounts", Target: account, Container: true, Items: []dsr.Planned{{Item: account, URL: "https://management.azure.com" + account}}, Matching: 12, Others: 4},
			},
			Mentions: []dsr.Mention{{Endpoint: "W10", Target: workspace, Item: "eval-0003", URL: "https://management.azure.com" + workspace + "/jobs/eval-0003", Owner: dsr.OwnerPossible}},
		},
		Kind:        r.Kind,
		SubmittedBy: r.SubmittedBy,
		DueAt:       r.DueAt,
		DaysLeft:    2,
		Deletes:     1253,
		Held:        []dsr.Held{{Endpoint: "DW10", Target: workspace, Item: "train-0019", Hold: "case-4711", Reason: "needed in court"}},
		What:        dsr.WhatAll,
	}
}

func jobs(n int) (items []dsr.Planned) {
	for i := range n {
		name := fmt.Sprintf("train-%04d", 17+i)
		items = append(items, dsr.Planned{Item: name, URL: "https://management.azure.com" + workspace + "/jobs/" + name, CreatedAt: "2026-03-14T09:26:53Z"})
	}
	return items
}

func certificate(r operator.Row) *operator.Certificate {
	return &operator.Certificate{
		ID:             r.ID,
		Attempt:        1,
		Status:         dsr.StatusSucceeded,
		What:           dsr.WhatAll,
		ObjectID:       subject,
		SubmittedBy:    r.SubmittedBy,
		PlanSHA256:     "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592",
		ManifestSHA256: "b7f1c0de2f5d7a5e0d1f39ae0c1e3aa4b7f1c0de2f5d7a5e0d1f39ae0c1e3aa4",
		ClosedAt:       Now.Add(-3 * time.Hour),
		Rows: []operator.CertifiedRow{
			{Endpoint: "DW10", Type: "ml-jobs", Deleted: 2, Held: 1},
			{Endpoint: "DW31", Type: "ml-data", Deleted: 1248, AlreadyGone: 2},
			{Endpoint: "D02", Type: "model-accounts", Deleted: 1},
		},
		NotDeleted: []operator.Explained{},
		Mentions:   []dsr.Mention{{Endpoint: "W10", Target: workspace, Item: "eval-0003", URL: "https://management.azure.com" + workspace + "/jobs/eval-0003"}},
	}
}

func manifest(id string, status dsr.Status) *dsr.Manifest {
	return &dsr.Manifest{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     id,
		Attempt:       1,
		Status:        status,
		ClosedAt:      Now.Add(-3 * time.Hour),
		Worker:        "1.1.0",
		Totals: dsr.Totals{
			"W10": {Calls: 44, Documents: 42, Failed: 2, Bytes: 812_400},
			"W52": {Calls: 16, Documents: 404, Bytes: 5_120_000},
		},
		NotCovered: []dsr.NotCovered{{What: "notebooks", Why: "in the file share of the workspace's storage account"}},
	}
}

// DeadLetters returns one of each group of queues.
func DeadLetters() []DeadLetter {
	at := Now.Add(-5 * time.Hour).Format(time.RFC3339)
	return []DeadLetter{
		{Queue: "dsr-requests", Sequence: "3", Reason: "DeletesDisabled", Description: "deletions are off: DELETES_ENABLED is not true", RequestID: "dsr-2026-0305", Age: "5h", EnqueuedAt: at},
		{Queue: "dsr-exports", Sequence: "17", Reason: "MaxDeliveryCountExceeded", Description: "the message was delivered 10 times", RequestID: "dsr-2026-0291", Age: "5h", EnqueuedAt: at},
		{Queue: "poison", Sequence: "dsr-exports~0001", Reason: "UnknownTask", Description: "nothing stored names this task", Age: "5h", EnqueuedAt: at},
	}
}

// Holds returns two holds, of which one ends.
func Holds() []dsr.Hold {
	return []dsr.Hold{
		{ID: "case-4711", Number: 1, On: "train-0019", Reason: "needed in court", Until: Now.AddDate(0, 7, 0), At: Now.AddDate(0, -1, 0)},
		{ID: "audit-2026", Number: 1, On: workspace, Reason: "the audit of 2026", At: Now.AddDate(0, 0, -9)},
	}
}

// Overview returns numbers of 30 days.
func Overview() operator.Overview {
	bulk := row("bulk-2026-11-28", dsr.KindExport, string(dsr.StatusSucceeded), 29)
	o := operator.Overview{Open: 1204, DueThisWeek: 17, Late: 1, AwaitingApproval: 1, LastBulk: &bulk}
	for i := range 30 {
		closed := (i*7)%13 + i/4
		o.PerDay = append(o.PerDay, operator.Day{Day: Now.AddDate(0, 0, i-29).Format(time.DateOnly), Closed: closed, Succeeded: closed - closed/6})
	}
	return o
}

// Many returns a number of open requests.
func Many(n int) (all []*Request) {
	for i := range n {
		all = append(all, newRequest(fmt.Sprintf("dsr-2026-%05d", i), dsr.KindExport, operator.StateRunning, i/40-1, counts("ml-runs", 9, 1, 0, 0)))
	}
	return all
}

// Hostile are texts that a page must show as they are.
var Hostile = []string{
	`<script>window.hit=1</script>`,
	`<img src=x onerror="window.hit=1">`,
	"\u202egnp.exe\u2066",
	`"><svg onload=window.hit=1>`,
	longText(),
}

func longText() string {
	text := make([]byte, 1000)
	for i := range text {
		text[i] = 'W'
	}
	return string(text)
}

// Hostiles returns a request for each hostile text, with the text wherever a sender or a
// service can put one.
func Hostiles() (all []*Request) {
	for i, text := range Hostile {
		q := Failed(fmt.Sprintf("hostile-%d", i))
		q.Row.Subject, q.Row.SubmittedBy = text, text
		for j := range q.Status.Failures {
			f := &q.Status.Failures[j]
			f.Item, f.Error, f.Target, f.Reason = text, text, text, text
			f.Meaning, f.Remedy = text, text
		}
		q.Status.Types[1].Type = text
		q.Plan = plan(q.Row)
		q.Plan.Plan.Stages[0].Items[0].Item, q.Plan.Plan.Mentions[0].Item, q.Plan.Held[0].Reason = text, text, text
		q.Certificate = certificate(q.Row)
		q.Certificate.ApprovedBy, q.Certificate.NotDeleted = text, q.Status.Failures
		all = append(all, q)
	}
	return all
}
