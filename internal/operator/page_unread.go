package operator

import "context"

// readAhead is how many unread rows are read at once where those of the page were not enough:
// a filter may want few of many.
const readAhead = 256

// readPage returns the open rows of a page, all of them read, and the token of the next one.
// It reads no more than it has to: an unread row is sorted by the deadline that its request
// names, and an extension only moves that away. So whatever belongs to the page is among the
// first rows at each turn.
func (o *Operator) readPage(ctx context.Context, opts PageOptions, open []Row, at position) (rows []Row, next string, err error) {
	for ahead := 0; ; ahead = readAhead {
		rows, next = opts.openPage(open, at)
		reads := map[string]bool{}
		for _, r := range rows {
			if r.unread {
				reads[r.ID] = true
			}
		}
		if len(reads) == 0 {
			return rows, next, nil
		}

		all := opts
		all.Top = len(open)
		maybe, _ := all.openPage(open, at)
		for _, r := range maybe {
			if r.unread && len(reads) < ahead {
				reads[r.ID] = true
			}
		}

		if open, err = o.readRows(ctx, open, func(r Row) bool { return reads[r.ID] }); err != nil {
			return nil, "", err
		}
	}
}
