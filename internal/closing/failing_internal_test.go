package closing

import (
	"context"
	"errors"
	"strings"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

var errCrash = errors.New("the process is dead")

// failing is storage below a ledger that fails to put some of the blobs of a folder.
type failing struct {
	archive.Backend
	folder string
	puts   int                 // of blobs in the folder
	fails  func(puts int) bool // whether the put of this number fails
}

func (f *failing) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	if !strings.HasPrefix(name, f.folder) {
		return f.Backend.Put(ctx, name, body, meta)
	}
	if f.puts++; f.fails(f.puts) {
		return errCrash
	}
	return f.Backend.Put(ctx, name, body, meta)
}

// dyingAfter is a ledger on storage of which the process dies after so many records of
// pages.
func dyingAfter(pages int, store, index archive.Backend) *ledger.Ledger {
	records := archive.New(&failing{
		Backend: store,
		folder:  dsr.Attempt{RequestID: "r", Number: 1}.Pages(),
		fails:   func(puts int) bool { return puts > pages },
	}, nil)
	return ledger.New(records, records, archive.New(index, nil))
}
