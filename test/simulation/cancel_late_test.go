package simulation_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// listingHook is a container that calls before ahead of each listing below a prefix.
type listingHook struct {
	archive.Backend
	prefix string
	before func()
}

func (l listingHook) ListPage(ctx context.Context, prefix, from string, most int) ([]archive.Info, bool, error) {
	if strings.HasPrefix(prefix, l.prefix) {
		l.before()
	}
	return l.Backend.ListPage(ctx, prefix, from, most)
}

func TestACancelBetweenTheLookForItAndTheManifestIsHeeded(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.submit(exportRequest)
		for range 400 { // all is worked and nothing is closed
			sim.step()
			sim.purge(dsr.QueueClosings)
		}

		sim.alterOpenRecord(func(o *dsr.OpenRecord) { o.Checkpoint, o.LastCheck = dsr.Checkpoint{}, nil })
		var once sync.Once
		sim.audit = listingHook{sim.audit, attempt1.Receipts(), func() {
			once.Do(func() { _ = sim.audit.Put(context.Background(), attempt1.Cancel(), []byte("{}"), nil) })
		}}
		sim.reconcile()

		if m := sim.outcome(); m.Status != dsr.StatusCanceled {
			t.Errorf("closed as %s: the cancel was recorded before the manifest", m.Status)
		}
	})
}
