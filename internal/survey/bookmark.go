package survey

import (
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// bookmark is where an earlier reading ended: at the receipt of a node's own task, or at
// one of a sub-node that this receipt names. It has both, for not all attempts sort
// their sub-nodes in the order in which receipts name them: the first versions named
// sub-nodes by hashes.
type bookmark struct {
	own dsr.ReceiptMark
	sub *dsr.ReceiptMark // nil for a node's own
}

// bookmarkSeparator stands between the two names in a bookmark's text.
const bookmarkSeparator = " "

func parseBookmark(text string) (b bookmark, ok bool) {
	own, sub, below := strings.Cut(text, bookmarkSeparator)
	b.own, ok = parseName(own)
	if ok && below {
		var mark dsr.ReceiptMark
		mark, ok = parseName(sub)
		b.sub = &mark
	}
	return b, ok
}

func parseName(name string) (dsr.ReceiptMark, bool) {
	m, err := dsr.ParseReceiptMark("", name, nil, time.Time{})
	return m, err == nil
}

// ownName returns the name of the receipt of the node's own task; "" for none.
func (b bookmark) ownName() string {
	if b.own.Node == "" {
		return ""
	}
	return b.own.Name()
}

// subID returns the id of the sub-node; "" for none.
func (b bookmark) subID() string {
	if b.sub == nil {
		return ""
	}
	_, id, _ := strings.Cut(b.sub.Node, "~")
	return id
}
