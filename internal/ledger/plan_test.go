package ledger_test

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// slowReads is a container that counts its reads. Each read takes a second.
type slowReads struct {
	archive.Backend
	n atomic.Int64
}

func (s *slowReads) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	s.n.Add(1)
	<-time.After(time.Second)
	return s.Backend.Open(ctx, name, offset)
}

func TestPlansOfManyAttemptsAreReadOnceEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const attempts, tasks = 50, 8
		store := &slowReads{Backend: memory.New()}
		writer := ledger.New(archive.New(store.Backend, nil), archive.New(memory.New(), nil), archive.New(memory.New(), nil))
		for n := range attempts {
			if _, err := writer.RecordPlan(t.Context(), dsr.Plan{RequestID: fmt.Sprint("r", n), Attempt: 1, Nodes: []dsr.Node{{Number: 1}}}); err != nil {
				t.Fatal(err)
			}
		}

		l := ledger.New(archive.New(store, nil), archive.New(memory.New(), nil), archive.New(memory.New(), nil))
		for range 2 { // the second time from the cache
			var asking sync.WaitGroup
			for n := range attempts {
				for range tasks { // at once
					asking.Go(func() {
						if _, found, err := l.Plan(t.Context(), dsr.Attempt{RequestID: fmt.Sprint("r", n), Number: 1}); !found || err != nil {
							t.Errorf("found %t, %v", found, err)
						}
					})
				}
			}

			asking.Wait()
		}

		if n := store.n.Load(); n != attempts {
			t.Errorf("%d reads of %d plans", n, attempts)
		}
	})
}

func TestACanceledReaderFailsNoOtherReaderOfThePlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowReads{Backend: memory.New()}
		l := ledger.New(archive.New(store, nil), archive.New(memory.New(), nil), archive.New(memory.New(), nil))
		if _, err := l.RecordPlan(t.Context(), dsr.Plan{RequestID: "r", Attempt: 1}); err != nil {
			t.Fatal(err)
		}

		ctx, cancel := context.WithCancel(t.Context())
		var asking sync.WaitGroup
		asking.Go(func() { _, _, _ = l.Plan(ctx, dsr.Attempt{RequestID: "r", Number: 1}) })
		asking.Go(func() {
			synctest.Wait()
			if _, found, err := l.Plan(t.Context(), dsr.Attempt{RequestID: "r", Number: 1}); !found || err != nil {
				t.Errorf("found %t, %v", found, err)
			}
		})

		<-time.After(time.Second / 2)
		cancel()
		asking.Wait()
	})
}
