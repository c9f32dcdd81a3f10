package archive

import (
	"context"
	"iter"
)

// ListBy makes a listing of the calls of ListPage, for backends whose calls are all
// there is to it. What is written behind the reader between two calls is not seen.
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
