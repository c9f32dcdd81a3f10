package verify

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// extent is the number of the last page of each pass of a node, by the names of its page
// records. The index is the pass.
type extent [dsr.MaxPass + 1]int

func (e *extent) add(page dsr.Task) {
	e[page.Pass] = max(e[page.Pass], page.Page)
}

// newest returns the newest pass of a node. A pass was given up if its last page says that
// the list continues in another pass. A last page that can't be read counts as such if the
// next pass has pages. lastPage returns a page's record, nil for one that can't be read.
func (e *extent) newest(first dsr.Task, lastPage func(dsr.Task) (*dsr.Page, error)) (int, error) {
	for t := first; ; t.Pass++ {
		if t.Page = e[t.Pass]; t.Pass == dsr.MaxPass || t.Page == 0 {
			return t.Pass, nil
		}
		p, err := lastPage(t)
		if err != nil {
			return 0, err
		}
		followed := e[t.Pass+1] > 0
		if (p == nil && !followed) || (p != nil && p.State != dsr.PageContinues) {
			return t.Pass, nil
		}
	}
}

// readPage reads a page record; nil if it can't be the record of its place.
func (v *verifier) readPage(ctx context.Context, at dsr.Task) (*dsr.Page, error) {
	name := at.PageBlob()
	s, fault, err := fetch[dsr.Page](ctx, v, name)
	if err != nil || fault != nil || pageFault(name, at, s.value) != nil {
		return nil, err
	}
	return &s.value, nil
}

// newestOf returns the newest pass of a node by its page records alone.
func (v *verifier) newestOf(ctx context.Context, node string) (int, error) {
	var e extent
	for name, err := range v.evidence.List(ctx, v.attempt.Pages()+node+"/") {
		if err != nil {
			return 0, err
		}
		if at, ok := pageAt(v.attempt, name); ok {
			e.add(at)
		}
	}

	first := dsr.Task{
		RequestID: v.attempt.RequestID,
		Attempt:   v.attempt.Number,
		Node:      node,
		Pass:      1,
	}
	return e.newest(first, func(at dsr.Task) (*dsr.Page, error) { return v.readPage(ctx, at) })
}
