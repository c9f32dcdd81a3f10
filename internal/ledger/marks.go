package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// marks lists the blobs below a prefix and yields what parse makes of each.
func marks[T any](ctx context.Context, a *archive.Archive, prefix string, parse func(archive.Info, string) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		for info, err := range a.Backend().List(ctx, prefix, "") {
			if err != nil {
				yield(zero, fmt.Errorf("listing %s: %w", prefix, err))
				return
			}
			m, err := parse(info, strings.TrimPrefix(info.Name, prefix))
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// listMarks lists the blobs below a prefix from a name on and returns what parse makes of
// each. from and the name that parse gets are below the prefix. most bounds the
// blobs of a page. It skips names that no record has; verification reports those.
func listMarks[T any](ctx context.Context, a *archive.Archive, prefix, from string, most int, parse func(archive.Info, string) (T, error)) (marks []T, more bool, err error) {
	for more = true; more && len(marks) == 0; {
		var page []archive.Info
		page, more, err = a.Backend().ListPage(ctx, prefix, prefix+from, most)
		if err != nil {
			return nil, false, fmt.Errorf("listing %s: %w", prefix, err)
		}

		for _, info := range page {
			rest := strings.TrimPrefix(info.Name, prefix)
			m, err := parse(info, rest)
			if errors.Is(err, dsr.ErrNoRecord) {
				continue
			}
			if err != nil {
				return nil, false, err
			}
			marks = append(marks, m)
		}

		if more && len(page) > 0 && len(marks) == 0 {
			from = strings.TrimPrefix(page[len(page)-1].Name, prefix) + " "
		}
	}
	return marks, more, nil
}
