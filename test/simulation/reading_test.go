package simulation_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// withConcurrentHandlers sees how many of the receipts below a prefix are read at once.
type withConcurrentHandlers struct {
	archive.Backend
	prefix string
	*concurrently
}

type concurrently struct {
	mu        sync.Mutex
	now, most int
}

func (c *concurrently) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now++
	c.most = max(c.most, c.now)
}

func (c *concurrently) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now--
}

func (c withConcurrentHandlers) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	if strings.HasPrefix(name, c.prefix) {
		c.enter()
		defer c.leave()
		<-time.After(time.Second)
	}
	return c.Backend.Open(ctx, name, offset)
}

func TestManyReceiptsAreReadAtOnce(t *testing.T) {
	watched := func(w *simulation) *concurrently {
		c := &concurrently{}
		w.audit, w.live = withConcurrentHandlers{w.audit, attempt1.Receipts(), c}, nil
		return c
	}

	t.Run("when deletions are planned", func(t *testing.T) {
		inDeletionSimulation(t, func(t *testing.T, w *simulation) {
			c := watched(w)
			w.submit(w.deletionRequest(nil))
			w.run(time.Hour)
			if len(w.plans().Stages) == 0 || c.most != 16 {
				t.Errorf("%d at once", c.most)
			}
		})
	})

	t.Run("when a retry is planned", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newSimulation(t, smallAccount(), 2)
			defer w.close()

			w.upstream.SetFaults(fake.Fault{Endpoint: "E16", Status: 403}, fake.Fault{Endpoint: "E03", Status: 403})
			w.submit(exportRequest)
			w.run(time.Hour)
			c := watched(w) // attempt 1 is closed: only the next one's plan reads its receipts
			w.upstream.SetFaults()
			w.order(2)
			w.run(time.Hour)
			m := decode[dsr.Manifest](t, readBlob(t, w.audit, attemptOf(2).Manifest()))
			if m.Status != dsr.StatusSucceeded || c.most < 3 { // two chunks of runs, one of models
				t.Errorf("%s; %d at once", m.Status, c.most)
			}
		})
	})
}
