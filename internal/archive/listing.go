package archive

import (
	"context"
	"iter"
)

// ListBy implements Backend.List by calls of ListPage. A blob that is written during the
// listing is seen only if its name comes after those already yielded.
func ListBy(ctx context.Context, call func(ctx context.Context, prefix, from string, most int) ([]Info, bool, error), prefix, from string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for more := true; more; {
			var page []Info
			var err error
			if page, more, err = call(ctx, prefix, from, 0); err != nil {
				yield(Info{}, err)
				return
			}

			for _, info := range page {
				if !yield(info, nil) {
					return
				}
				from = info.Name + "\x00"
			}
		}
	}
}
