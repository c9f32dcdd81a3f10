package simulation_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// listened is a container that tells of the first listing below a prefix.
type listened struct {
	archive.Backend
	prefix string
	heard  func()
}

func (l listened) ListPage(ctx context.Context, prefix, from string, most int) ([]archive.Info, bool, error) {
	if strings.HasPrefix(prefix, l.prefix) {
		l.heard()
	}
	return l.Backend.ListPage(ctx, prefix, from, most)
}

func TestACancelBetweenTheLookForItAndTheManifestIsHeeded(t *testing.T) {
	inSimulation(t, func(t *testing.T, w *simulation) {
		w.submit(exportRequest)
		for range 400 { // all is worked and nothing is closed
			w.step()
			w.emptyClosings()
		}

		w.alter(func(o *dsr.OpenRecord) { o.Checkpoint, o.LastCheck = dsr.Checkpoint{}, nil })
		var once sync.Once
		w.audit = listened{w.audit, attempt1.Receipts(), func() {
			once.Do(func() { _ = w.audit.Put(context.Background(), attempt1.Cancel(), []byte("{}"), nil) })
		}}
		w.wakeNow(w.newProcess(&faultInjector{}))

		if m := w.outcome(); m.Status != dsr.StatusCanceled {
			t.Errorf("closed as %s: the cancel was recorded before the manifest", m.Status)
		}
	})
}
