package fanout

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"azureml-dsr/internal/dsr"
)

// What is read back are the receipts of a reading that is complete, so a closer that
// goes on after a crash names the same ones on the same pages.
func TestACrashBetweenTwoPagesLeavesNoReceiptUnread(t *testing.T) {
	const tasks = 2*deletionPageItems + 100
	for pages := range 4 {
		t.Run(fmt.Sprint("after ", pages), func(t *testing.T) {
			b := newPlanningBench(t, nil)
			read := b.node("ml-jobs", testSpace)
			back := b.node(dsr.ReadBack, testSpace)
			documents := make([]readDocument, tasks)
			for i := range documents {
				documents[i] = readDocument{target: testSpace, endpoint: "W29", item: fmt.Sprint("j-", i)}
			}
			b.read(read, documents, 1, 500)
			out := &outbox{}
			b.Queue, b.Logger = out, slog.New(slog.DiscardHandler)

			left := pages
			b.Ledger = crashing{b.ledger, &left}
			if err := b.readBack(t.Context(), b.plan, back); pages < 3 && (!errors.Is(err, errCrash) || len(out.tasks) > 0) {
				t.Fatalf("%v, sent %v", err, out.tasks)
			}
			b.Ledger = b.ledger
			if err := b.readBack(t.Context(), b.plan, back); err != nil {
				t.Fatal(err)
			}

			var named []string
			of := b.plan.FirstTask(back)
			for ends := false; !ends; of.Page++ {
				page, _, found, err := b.ledger.Page(t.Context(), of)
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
