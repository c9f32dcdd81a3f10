package closing

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger/ledgertest"
)

// The receipts of a complete inventory no longer change. A check after a crash therefore
// names the same receipts on the same pages.
func TestACrashBetweenTwoPagesLeavesNoReceiptUnread(t *testing.T) {
	const tasks = 2*deletionPageItems + 100
	for pages := range 4 {
		t.Run(fmt.Sprint("after ", pages), func(t *testing.T) {
			b := newPlanningFixture(t, nil)
			read := b.Node("ml-jobs", testSpace)
			back := b.Node(dsr.ReadBack, testSpace)
			documents := make([]ledgertest.Document, tasks)
			for i := range documents {
				documents[i] = ledgertest.Document{Target: testSpace, Endpoint: "W29", Item: fmt.Sprint("j-", i)}
			}

			b.Read(read, documents, 1, 500)
			out := &outbox{}
			b.Queue, b.Logger = out, slog.New(slog.DiscardHandler)

			b.Ledger = dyingAfter(pages, b.Store, b.Store)
			if err := b.readBack(t.Context(), b.Plan, back); pages < 3 && (!errors.Is(err, errCrash) || len(out.tasks) > 0) {
				t.Fatalf("%v, sent %v", err, out.tasks)
			}

			b.Ledger = b.Records
			if err := b.readBack(t.Context(), b.Plan, back); err != nil {
				t.Fatal(err)
			}

			var named []string
			of := b.Plan.FirstTask(back)
			for ends := false; !ends; of.Page++ {
				page, _, found, err := b.Records.Page(t.Context(), of)
				if err != nil || !found {
					t.Fatalf("page %d: found %t, %v", of.Page, found, err)
				}
				named, ends = append(named, page.Items...), page.State != dsr.PageNext
			}

			if slices.Sort(named); len(slices.Compact(named)) != tasks {
				t.Errorf("%d receipts are read back, want %d", len(slices.Compact(named)), tasks)
			}
		})
	}
}
