package ledger_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// countingBackend counts the blobs that are read.
type countingBackend struct {
	archive.Backend
	opened int
}

func (b *countingBackend) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	b.opened++
	return b.Backend.Open(ctx, name, offset)
}

// newCountedLedger returns the ledger of another process on the same container.
func newCountedLedger(store archive.Backend) (*ledger.Ledger, *countingBackend) {
	counted := &countingBackend{Backend: store}
	return ledger.New(archive.New(counted, nil), archive.New(memory.New(), nil), archive.New(memory.New(), nil)), counted
}

func pageTask(page int) dsr.Task {
	return dsr.Task{
		SchemaVersion: "1.0",
		RequestID:     "r",
		Attempt:       1,
		Node:          "00001",
		Pass:          1,
		Page:          page,
		Type:          "runs",
	}
}

func mustRecordPage(t *testing.T, l *ledger.Ledger, k dsr.Task, items ...string) dsr.BlobRef {
	t.Helper()
	p := dsr.NewPage(k, items, nil, 50)
	p.RecordedAt = time.Unix(0, 0).UTC()
	_, ref, err := l.RecordPage(t.Context(), k, p)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func mustFindPage(t *testing.T, l *ledger.Ledger, k dsr.Task, item string, want dsr.BlobRef) {
	t.Helper()
	p, ref, found, err := l.Page(t.Context(), k)
	if err != nil || !found || ref != want || len(p.Items) == 0 || p.Items[0] != item {
		t.Errorf("page %d: %+v, %+v, found %t, %v; want item %.20s and %+v", k.Page, p, ref, found, err, item, want)
	}
}

func TestAPageRecordIsReadOnce(t *testing.T) {
	store := memory.New()
	writer, written := newCountedLedger(store)
	ref := mustRecordPage(t, writer, pageTask(1), "run-1")
	reader, read := newCountedLedger(store)
	for range 3 {
		mustFindPage(t, writer, pageTask(1), "run-1", ref)
		mustFindPage(t, reader, pageTask(1), "run-1", ref)
	}
	if written.opened != 0 || read.opened != 1 {
		t.Errorf("who wrote it read it %d times, another process %d times", written.opened, read.opened)
	}
}

func TestTheCachedPageIsTheStoredOne(t *testing.T) {
	store := memory.New()
	first, _ := newCountedLedger(store)
	ref := mustRecordPage(t, first, pageTask(1), "run-1")
	second, _ := newCountedLedger(store)
	mustRecordPage(t, second, pageTask(1), "run-2") // comes too late
	mustFindPage(t, second, pageTask(1), "run-1", ref)
}

func TestAPageThatIsNotThereIsLookedForAgain(t *testing.T) {
	store := memory.New()
	reader, _ := newCountedLedger(store)
	if _, _, found, err := reader.Page(t.Context(), pageTask(1)); found || err != nil {
		t.Fatalf("found %t, %v", found, err)
	}
	writer, _ := newCountedLedger(store)
	ref := mustRecordPage(t, writer, pageTask(1), "run-1")
	mustFindPage(t, reader, pageTask(1), "run-1", ref)
}

func TestTheCachedPagesAreBounded(t *testing.T) {
	l, counted := newCountedLedger(memory.New())
	long := strings.Repeat("x", 40<<10)
	ref := mustRecordPage(t, l, pageTask(1), long)
	mustFindPage(t, l, pageTask(1), long, ref)

	if counted.opened != 1 {
		t.Errorf("a long page was read %d times: it was kept", counted.opened)
	}

	for n := range 33 {
		ref = mustRecordPage(t, l, pageTask(2+n), "run")
	}

	counted.opened = 0
	mustFindPage(t, l, pageTask(34), "run", ref)

	if counted.opened != 0 {
		t.Error("the newest page was not kept")
	}

	if _, _, found, err := l.Page(t.Context(), pageTask(2)); !found || err != nil {
		t.Fatalf("found %t, %v", found, err)
	}

	if counted.opened != 1 {
		t.Error("the oldest of 33 pages was kept")
	}
}
