package ledger

import (
	"context"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// Bounds of the cached page records: enough for about 16 concurrent lists, in 1 MiB.
const (
	cachedPages   = 32
	maxCachedPage = 32 << 10 // bytes of names and cursor
)

// cachedPage is a cached page record. Callers must not change its items.
type cachedPage struct {
	page dsr.Page
	sum  string
}

// Page returns the record of the page that a task lists or works on and a reference to it,
// or false when there is none. Short pages are cached, because each chunk and each follower
// needs the page.
func (l *Ledger) Page(ctx context.Context, t dsr.Task) (dsr.Page, dsr.BlobRef, bool, error) {
	if kept, ok := l.pages.get(t.PageBlob()); ok {
		return kept.page, pageRef(t, kept.sum), true, nil
	}
	p, sum, found, err := read[dsr.Page](ctx, l.audit, t.PageBlob())
	if err == nil && found {
		l.keepPage(t, p, sum)
	}
	return p, pageRef(t, sum), found, err
}

func (l *Ledger) keepPage(t dsr.Task, p dsr.Page, sum string) {
	size := len(p.Cursor)
	for _, item := range p.Seen() {
		size += len(item)
	}
	if size <= maxCachedPage {
		l.pages.put(t.PageBlob(), cachedPage{p, sum})
	}
}

// RecordPage records the page that a task listed and returns the stored record.
func (l *Ledger) RecordPage(ctx context.Context, t dsr.Task, p dsr.Page) (dsr.Page, dsr.BlobRef, error) {
	stored, sum, err := record(ctx, l.audit, t.PageBlob(), p, p.Metadata())
	if err == nil {
		l.keepPage(t, stored, sum)
	}
	return stored, pageRef(t, sum), err
}

func pageRef(t dsr.Task, sum string) dsr.BlobRef {
	return dsr.BlobRef{Name: relative(t.Of(), t.PageBlob()), SHA256: sum}
}

// relative returns a blob's name below the attempt's prefix.
func relative(a dsr.Attempt, name string) string { return name[len(a.Prefix()):] }

// Continues reports whether a page of the task's pass says that the list continues in the
// next pass.
func (l *Ledger) Continues(ctx context.Context, t dsr.Task) (bool, error) {
	for info, err := range l.audit.Backend().List(ctx, t.PagesOfPass(), "") {
		if err != nil {
			return false, err
		}
		if dsr.PageState(info.Metadata[dsr.MetaState]) != dsr.PageContinues {
			continue
		}
		p, _, _, err := read[dsr.Page](ctx, l.audit, info.Name) // metadata does not prove it
		if err != nil || p.State == dsr.PageContinues {
			return err == nil, err
		}
	}
	return false, nil
}

// ListPages implements survey.Lister.
func (l *Ledger) ListPages(ctx context.Context, a dsr.Attempt, from string, most int) ([]dsr.PageMark, bool, error) {
	return listMarks(ctx, l.audit, a.Pages(), from, most, func(i archive.Info, rest string) (dsr.PageMark, error) {
		m, err := dsr.ParsePageMark(rest, i.Metadata, i.Created)
		if err == nil || i.Metadata[dsr.MetaState] != "" {
			return m, err
		}
		p, _, _, err := read[dsr.Page](ctx, l.audit, i.Name) // the blob was copied without its metadata
		if err != nil {
			return m, err
		}
		return dsr.ParsePageMark(rest, p.Metadata(), i.Created)
	})
}
