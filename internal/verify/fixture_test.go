package verify_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

const (
	hostingID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningModelManagement/accounts/h"
	nextPage  = "https://example.org/next"
	projectID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningExperimentation/accounts/e/workspaces/w/projects/p"
)

var (
	theAttempt = dsr.Attempt{RequestID: "req-1", Number: 1}
	theTime    = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	sameRows   = map[string]string{"E24": "E19"}
)

// fixture is a small attempt with the records of a worker. It has an account without a list,
// and a project's runs in two passes with followers, a sub-node, an artifact, and a chunk that
// failed with what it had stored.
type fixture struct {
	t       *testing.T
	blobs   blobs
	entries map[string][]dsr.Entry // of the parts
	plan    dsr.Plan
	// canceled closes the attempt as canceled.
	canceled bool
	// perPart is the number of receipts in a manifest part; 0: the maximum.
	perPart int
	// older makes manifest parts without sums.
	older bool
	// leads are the answers that lead to another page.
	leads map[string]bool
	// documents replace the documents of entries, by URL.
	documents map[string]string
	// omitted are the receipts that the manifest leaves out.
	omitted map[string]bool
}

// newFixture makes an attempt and closes it. Unless before is nil, it is called just before
// the closing.
func newFixture(t *testing.T, before func(*fixture)) *fixture {
	t.Helper()
	f := &fixture{
		t:       t,
		blobs:   blobs{},
		entries: map[string][]dsr.Entry{},
		omitted: map[string]bool{},
	}
	f.open()
	f.hosting()
	f.runs()
	f.hop(f.at(2, 2, 1, 1, "artifacts"))
	if before != nil {
		before(f)
	}
	f.close()
	return f
}

func (f *fixture) open() {
	f.t.Helper()
	request := dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            theAttempt.RequestID,
		Kind:          dsr.KindExport,
		Subject:       &dsr.Subject{ObjectID: "subject-1", UserPrincipalName: "ada@example.org"},
		Scope:         []dsr.Scope{{SubscriptionID: "s", ResourceGroup: "g", Location: "eastus2", ExperimentationAccount: "e"}},
		SubmittedAt:   theTime,
		DueAt:         theTime.AddDate(0, 1, 0),
		Regulation:    "gdpr",
	}

	f.record(dsr.SubjectBlob(request.ID), request.Subject)
	content := sha256.Sum256([]byte(`{"acknowledgeOthers":false,"dryRun":false,"eraseExports":false,"id":"req-1","kind":"export",` +
		`"regulation":"gdpr","schemaVersion":"1.0","scope":[{"experimentationAccount":"e","location":"eastus2",` +
		`"resourceGroup":"g","subscriptionId":"s"}],"subject":{"objectId":"subject-1","userPrincipalName":"ada@example.org"}}`))
	f.record(dsr.RequestBlob(request.ID), dsr.NewRequestRecord(request, hex.EncodeToString(content[:]), true, theTime))
	f.plan = dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     request.ID,
		Attempt:       1,
		Kind:          request.Kind,
		CreatedAt:     theTime,
		Nodes: []dsr.Node{
			{Number: 1, Type: "hosting-account", Followers: []string{}, Target: hostingID},
			{Number: 2, Type: "runs", Followers: []string{"run-artifacts", "artifacts"}, Target: projectID},
		},
		NotCovered: []dsr.NotCovered{{What: "telemetry", Why: "exportedByAzurePrivacyPortal"}},
	}

	f.record(theAttempt.Plan(), f.plan)
}

func (f *fixture) at(node, pass, page, chunk int, typ string) dsr.Task {
	t := f.plan.FirstTask(f.plan.Nodes[node-1])
	t.Pass, t.Page, t.Chunk, t.Type = pass, page, chunk, typ
	return t
}

func (f *fixture) target(t dsr.Task) dsr.Target {
	f.t.Helper()
	number, _, _ := dsr.SplitNode(t.Node)
	n, _ := f.plan.Node(number)
	return must[dsr.Target](f.t)(dsr.ParseTarget(n.Target, n.Location))
}

// hosting stores the node without a list.
func (f *fixture) hosting() {
	t := f.at(1, 1, 1, 0, "hosting-account")
	f.page(t, dsr.PageLast, []string{hostingID}, nil)
	f.part(t.PartBlob(f.target(t)), entry("E01", hostingID))
	f.receipt(t)
}

// runs stores the node with followers. Its first pass was given up after one page. The second
// pass has a page of two chunks and a page of one.
func (f *fixture) runs() {
	first := f.at(2, 1, 1, 0, "runs")
	f.answer(first, "run-1")
	f.page(first, dsr.PageNext, []string{"run-1"}, []string{})
	f.work(first, "run-1")
	f.omitted[first.ReceiptBlob()] = true
	f.page(f.at(2, 1, 2, 0, "runs"), dsr.PageContinues, nil, nil)

	t := f.at(2, 2, 1, 0, "runs")
	f.answer(t, "run-1", "run-2", "run-3")
	f.page(t, dsr.PageNext, []string{"run-1", "run-2", "run-3"}, []string{})
	f.work(t, "run-1", "run-2")
	f.work(f.at(2, 2, 1, 1, "runs"), "run-3")
	f.work(f.at(2, 2, 1, 0, "run-artifacts"), "run-1", "run-2")
	f.work(f.at(2, 2, 1, 1, "run-artifacts"), "run-3")
	f.artifacts(f.at(2, 2, 1, 0, "artifacts"))
	f.giveUp(f.at(2, 2, 1, 1, "artifacts"))

	last := f.at(2, 2, 2, 0, "runs")
	f.answer(last, "run-3", "run-4")
	f.page(last, dsr.PageLast, []string{"run-3", "run-4"}, []string{"run-3"})
	f.work(last, "run-4")
	f.work(f.at(2, 2, 2, 0, "run-artifacts"), "run-4")
	f.work(f.at(2, 2, 2, 0, "artifacts"), "run-4")
}

// artifacts stores the artifact of run-1, and run-2 as a sub-node.
func (f *fixture) artifacts(t dsr.Task) {
	sub := dsr.SubNodeName(t.Node, t.Type, "run-2")
	handedOver := entry("E22", "run-2")
	handedOver.SubNode = sub
	f.part(t.PartBlob(f.target(t)), entry("E22", "run-1"), f.artifact(t, "run-1", "logs/out.txt"), handedOver)
	f.receipt(t)
	at := t.Position()
	first := t
	first.Node, first.Pass, first.Page, first.Chunk, first.Parent = sub, 1, 1, 0, &at
	f.answer(first, "big.bin")
	f.page(first, dsr.PageLast, []string{"big.bin"}, []string{})
	f.part(first.PartBlob(f.target(t)), f.artifact(t, "run-2", "big.bin"))
	f.receipt(first)
}

// giveUp stores a task that failed for good after it had stored an artifact.
func (f *fixture) giveUp(t dsr.Task) {
	f.t.Helper()
	f.artifact(t, "run-3", "logs/out.txt")
	r := dsr.NewReceipt(t, dsr.Failed, theTime)
	r.PageRecord = f.ref(t.PageBlob())
	r.Fail(dsr.Failure{
		Endpoint: "E22",
		Target:   projectID,
		Reason:   dsr.ReasonTransient,
		Error:    "given up",
	})
	f.record(t.ReceiptBlob(), r)
}

// work stores the part and the receipt of a task, with one entry for each item.
func (f *fixture) work(t dsr.Task, items ...string) {
	row := map[string]string{"runs": "E16", "run-artifacts": "E19", "artifacts": "E22"}[t.Type]
	var entries []dsr.Entry
	for _, item := range items {
		entries = append(entries, entry(row, item))
	}
	f.part(t.PartBlob(f.target(t)), entries...)
	f.receipt(t)
}

func (f *fixture) hop(t dsr.Task) {
	f.t.Helper()
	f.record(t.HopBlob(1), dsr.Hop{
		SchemaVersion: dsr.SchemaVersion,
		TaskID:        t.ID(),
		Number:        1,
		Class:         dsr.HopTransient,
		NotBefore:     theTime,
	})
}

func entry(row, item string) dsr.Entry {
	return dsr.Entry{
		Endpoint:    row,
		Item:        item,
		URL:         "https://example.org/" + item,
		Status:      200,
		RetrievedAt: theTime,
	}
}

func (f *fixture) artifact(t dsr.Task, run, path string) dsr.Entry {
	f.t.Helper()
	name, body := t.ArtifactBlob(f.target(t), run, path), []byte("bytes of "+run+"/"+path)
	f.blobs[name] = body
	e := entry("E23", run+"/"+path)
	e.Content = &dsr.Content{Name: relative(name), SHA256: sha256Hex(body), Size: int64(len(body))}
	return e
}

// document returns the document that an entry has in a part or an answer.
func (f *fixture) document(name string, e dsr.Entry) string {
	if d, ok := f.documents[e.URL]; ok {
		return d
	}
	if !strings.Contains(name, "/page-") {
		return `{"id": ` + strconv.Quote(e.Item) + `, "owner": "ada@example.org"}`
	}

	key, elements := "path", []string{}
	if e.Endpoint == "E14" {
		key = "runId"
	}

	for _, item := range strings.Fields(e.Item) {
		elements = append(elements, `{"`+key+`": "`+item+`", "owner": "ada@example.org"}`)
	}

	next := ""
	if f.leads[name] {
		next = `, "nextLink": "` + nextPage + `"`
	}

	return `{"value": [` + strings.Join(elements, ", ") + `]` + next + `}`
}

// part stores a part in the worker's layout.
func (f *fixture) part(name string, entries ...dsr.Entry) {
	f.t.Helper()
	var lines []string
	for _, e := range entries {
		end := `,"document":` + f.document(name, e) + "}"
		if e.SubNode != "" {
			end = "}"
		} else {
			e.SubjectMatches = 1
		}
		line := string(must[[]byte](f.t)(json.Marshal(e)))
		lines = append(lines, strings.TrimSuffix(line, "}")+end)
	}

	f.blobs[name] = []byte("[" + strings.Join(lines, ",\n") + "]")
	f.entries[name] = entries
}

func (f *fixture) answer(t dsr.Task, items ...string) {
	row := "E14"
	if t.IsSubNode() {
		row = "E22"
	}
	f.part(t.AnswerBlob(f.target(t)), entry(row, strings.Join(items, " ")))
}

// page records a page; before is nil for a page without a list's answer.
func (f *fixture) page(t dsr.Task, state dsr.PageState, items, before []string) {
	f.t.Helper()
	p := dsr.NewPage(t, items, before, 2)
	p.State, p.RecordedAt = state, theTime
	if before != nil {
		answer := t.AnswerBlob(f.target(t))
		if state == dsr.PageNext {
			f.lead(answer)
			p.Cursor = nextPage
		}
		p.Answer = f.ref(answer)
	}
	f.record(t.PageBlob(), p)
}

// lead makes an answer lead to another page.
func (f *fixture) lead(answer string) {
	f.t.Helper()
	if f.leads == nil {
		f.leads = map[string]bool{}
	}
	f.leads[answer] = true
	f.part(answer, f.entries[answer]...)
}

// receipt records the receipt of a task from its stored parts, as the worker does.
func (f *fixture) receipt(t dsr.Task) {
	f.t.Helper()
	r := dsr.NewReceipt(t, dsr.Succeeded, theTime)
	r.PageRecord = f.ref(t.PageBlob())
	if !f.older {
		r.Cost = dsr.Cost{UpstreamCalls: 3, StorageReads: 2, Messages: 3}
	}

	if t.Chunk == 0 && (t.Type == "runs" || t.IsSubNode()) {
		f.tally(&r, t.AnswerBlob(f.target(t)))
		r.Repeat("E14", stored[dsr.Page](f, t.PageBlob()).Repeated)
	}

	f.tally(&r, t.PartBlob(f.target(t)))

	for same, of := range sameRows {
		if c, ok := r.Totals[of]; ok {
			r.Totals[same] = c
		}
	}

	f.record(t.ReceiptBlob(), r)
}

// tally adds a part to a receipt.
func (f *fixture) tally(r *dsr.Receipt, name string) {
	f.t.Helper()
	body := f.read(name)
	ref := dsr.PartRef{Name: relative(name), SHA256: sha256Hex(body), Size: int64(len(body))}
	number, _, _ := dsr.SplitNode(r.Node)
	for _, e := range f.entries[name] {
		handedOver := e.SubNode != ""
		r.Tally(e, !handedOver, int64(len(f.document(name, e))), f.plan.Nodes[number-1].Target)
		if !handedOver {
			ref.Documents++
			ref.SubjectMatches++
		}
	}

	r.Parts = append(r.Parts, ref)
}
