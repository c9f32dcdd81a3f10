package copysize

import (
	"context"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/ledger/ledgertest"
	"azureml-dsr/internal/mention"
)

const (
	// chunkItems is how many documents a part has, as the worker's parts have by default.
	chunkItems = 50
	// pageItems is how many runs a page of the list has: more than the service's, so that
	// fewer records must be written.
	pageItems = 5 * chunkItems
	// pagesAtOnce is how many pages are written at once.
	pagesAtOnce = 8
)

var attempt = dsr.Attempt{RequestID: "vast-copy", Number: 1}

// exporter writes a closed export about a person, blob by blob as the worker does.
type exporter struct {
	*config.Connections
	documents int
	at        time.Time
	subject   dsr.Subject
	finder    *mention.Finder
	target    dsr.Target
	plan      dsr.Plan
}

// export writes a closed export of n runs.
func export(ctx context.Context, c *config.Connections, n int) error {
	target, err := dsr.ParseTarget(experiment, "eastus2")
	if err != nil {
		return err
	}
	subject := ada()
	e := &exporter{
		Connections: c,
		documents:   n,
		at:          time.Now().UTC().Truncate(time.Second),
		subject:     subject,
		finder:      mention.New(&subject),
		target:      target,
	}

	request, err := e.open(ctx)
	if err != nil {
		return err
	}
	if err := e.pages(ctx); err != nil {
		return err
	}
	return e.close(ctx, request)
}

// open records the request and its plan.
func (e *exporter) open(ctx context.Context) (dsr.RequestRecord, error) {
	request := dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            attempt.RequestID,
		Kind:          dsr.KindExport,
		Subject:       &e.subject,
		Scope: []dsr.Scope{{
			SubscriptionID:            e.target.SubscriptionID,
			ResourceGroup:             e.target.ResourceGroup,
			MachineLearningWorkspaces: []string{e.target.Workspace},
		}},
		SubmittedAt: e.at,
		DueAt:       e.at.AddDate(0, 1, 0),
	}
	if _, err := e.Ledger.RecordSubject(ctx, request.ID, request.Subject); err != nil {
		return dsr.RequestRecord{}, err
	}
	content, err := request.ContentHash(true, "")
	if err != nil {
		return dsr.RequestRecord{}, err
	}
	record, err := e.Ledger.RecordRequest(ctx, dsr.NewRequestRecord(request, content, true, e.at))
	if err != nil {
		return record, err
	}

	node := dsr.NodeAt("ml-runs", e.target)
	node.Number = 1
	e.plan, err = e.Ledger.RecordPlan(ctx, dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     attempt.RequestID,
		Attempt:       attempt.Number,
		Kind:          request.Kind,
		CreatedAt:     e.at,
		NotCovered:    []dsr.NotCovered{{What: "telemetry", Why: "exportedByAzurePrivacyPortal"}},
		SubNodes:      dsr.SubNodesByPlace,
		Nodes:         []dsr.Node{node},
	})
	return record, err
}

// pages writes what the pages of the list lead to, several pages at once.
func (e *exporter) pages(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(pagesAtOnce)
	for first := 0; first < e.documents; first += pageItems {
		g.Go(func() error { return e.page(ctx, first, min(first+pageItems, e.documents)) })
	}
	return g.Wait()
}

// page writes a page's answer and record, and then its parts and receipts.
func (e *exporter) page(ctx context.Context, first, end int) error {
	task := e.plan.FirstTask(e.plan.Nodes[0])
	task.Page = first/pageItems + 1
	answer, err := e.answer(ctx, task, first, end)
	if err != nil {
		return err
	}

	page := dsr.NewPage(task, runNames(first, end), nil, chunkItems)
	page.RecordedAt = e.at
	page.Answer = &dsr.BlobRef{
		Name:   answer.Name[len(attempt.Prefix()):],
		SHA256: answer.Metadata[dsr.MetaSHA256],
	}
	if token := e.tokenAfter(end); token != "" {
		page.LeadTo("token:"+token, page.Items, nil)
	}
	if _, _, err := e.Ledger.RecordPage(ctx, task, page); err != nil {
		return err
	}

	for ; first < end; first += chunkItems {
		if err := e.chunk(ctx, task, first, min(first+chunkItems, end)); err != nil {
			return err
		}
		task.Chunk++
	}
	return nil
}

func runNames(first, end int) (names []string) {
	for i := first; i < end; i++ {
		names = append(names, runName(i))
	}
	return names
}

// tokenAfter returns what leads to the page after that which ends before a run, "" for none.
func (e *exporter) tokenAfter(end int) string {
	if end == e.documents {
		return ""
	}
	return fmt.Sprintf("behind-%d", end)
}

// answer stores what the service has answered for a page: the list, and the children of each
// run, of which there are none.
func (e *exporter) answer(ctx context.Context, task dsr.Task, first, end int) (archive.Info, error) {
	part, err := e.Exports.NewPart(ctx, task.AnswerBlob(e.target))
	if err != nil {
		return archive.Info{}, err
	}
	defer part.Abort()

	if err := e.add(part, "W52", "", plane+"/runs:query", listOf(first, end, e.tokenAfter(end))); err != nil {
		return archive.Info{}, err
	}
	for i := first; i < end; i++ {
		if err := e.add(part, "W54", runName(i), plane+"/runs/"+runName(i)+"/children", []byte(`{"value":[]}`)); err != nil {
			return archive.Info{}, err
		}
	}
	return part.Commit()
}

// chunk stores the part of a task and its receipt.
func (e *exporter) chunk(ctx context.Context, task dsr.Task, first, end int) error {
	part, err := e.Exports.NewPart(ctx, task.PartBlob(e.target))
	if err != nil {
		return err
	}
	defer part.Abort()
	for i := first; i < end; i++ {
		if err := e.add(part, "W53", runName(i), plane+"/runs/"+runName(i), runOf(i)); err != nil {
			return err
		}
	}
	if _, err := part.Commit(); err != nil {
		return err
	}

	return e.receipt(ctx, task)
}

// add adds an answer of the service to a part.
func (e *exporter) add(part *archive.PartWriter, row, item, url string, body []byte) error {
	entry := dsr.Entry{
		Endpoint:    row,
		Item:        item,
		URL:         url,
		Status:      200,
		RetrievedAt: e.at,
	}
	if op, ok := azureml.Find(row); ok && op.Shape == azureml.Item {
		entry.Owner = azureml.OwnerOf(op, body, &e.subject)
	}

	return part.Add(entry, func(w io.Writer) (document.Result, error) {
		kept, result, err := document.CopyHeld(body, document.Options{Subject: e.finder})
		if err == nil {
			_, err = w.Write(kept)
		}
		return result, err
	})
}

// receipt records that a task is done. The first one of a page has the page's answer, too.
func (e *exporter) receipt(ctx context.Context, task dsr.Task) error {
	_, page, found, err := e.Ledger.Page(ctx, task)
	if err != nil || !found {
		return fmt.Errorf("the record of page %d: %w", task.Page, err)
	}
	r := dsr.NewReceipt(task, dsr.Succeeded, e.at)
	r.PageRecord = &page

	names := []string{task.PartBlob(e.target)}
	if task.Chunk == 0 {
		names = []string{task.AnswerBlob(e.target), task.PartBlob(e.target)}
	}
	for _, name := range names {
		if _, err := e.Ledger.Tally(ctx, name, &r, e.target.ID()); err != nil {
			return err
		}
	}

	_, err = e.Ledger.RecordReceipt(ctx, task, r)
	return err
}

// close writes the manifest.
func (e *exporter) close(ctx context.Context, request dsr.RequestRecord) error {
	closing := ledger.Closing{Attempt: attempt, Request: request, At: e.at}
	m, _, err := ledgertest.Close(ctx, e.Ledger, closing, []string{"W52", "W53", "W54"}, ledgertest.Implied(ctx, e.Ledger, e.plan))
	if err != nil {
		return err
	}
	return e.Ledger.RecordClosed(ctx, attempt, m)
}
