package simulation_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// countedReads counts how many blobs below a prefix are read at once.
type countedReads struct {
	archive.Backend
	prefix string
	*readCounter
}

type readCounter struct {
	mu        sync.Mutex
	now, most int
}

func (c *readCounter) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now++
	c.most = max(c.most, c.now)
}

func (c *readCounter) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now--
}

func (c countedReads) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	if strings.HasPrefix(name, c.prefix) {
		c.enter()
		defer c.leave()
		<-time.After(time.Second)
	}
	return c.Backend.Open(ctx, name, offset)
}

func TestManyReceiptsAreReadAtOnce(t *testing.T) {
	watched := func(sim *simulation) *readCounter {
		c := &readCounter{}
		sim.audit, sim.live = countedReads{sim.audit, attempt1.Receipts(), c}, nil
		return c
	}

	t.Run("when deletions are planned", func(t *testing.T) {
		simulateDeletion(t, func(t *testing.T, sim *simulation) {
			c := watched(sim)
			sim.planDeletion(nil)
			if len(sim.deletionPlan().Stages) == 0 || c.most != 16 {
				t.Errorf("%d at once", c.most)
			}
		})
	})

	t.Run("when a retry is planned", func(t *testing.T) {
		simulateAccount(t, smallAccount(), 2, func(t *testing.T, sim *simulation) {
			sim.upstream.SetFaults(fake.Fault{Endpoint: "E16", Status: 403}, fake.Fault{Endpoint: "E03", Status: 403})
			sim.export()
			c := watched(sim) // attempt 1 is closed: only the next one's plan reads its receipts
			sim.upstream.SetFaults()
			sim.retry(2)
			sim.run(time.Hour)
			m := sim.manifestOf(attemptOf(2))
			if m.Status != dsr.StatusSucceeded || c.most < 3 { // two chunks of runs, one of models
				t.Errorf("%s; %d at once", m.Status, c.most)
			}
		})
	})
}
