package simulation_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
)

// hiding is a container whose listings don't show some names yet.
type hiding struct {
	archive.Backend
	hidden func(name string) bool
}

func (h hiding) ListPage(ctx context.Context, prefix, from string, most int) ([]archive.Info, bool, error) {
	page, more, err := h.Backend.ListPage(ctx, prefix, from, most)
	return slices.DeleteFunc(page, func(i archive.Info) bool { return h.hidden(i.Name) }), more, err
}

func TestATaskThatIsDoneAndNotSeenIsNotSentAgain(t *testing.T) {
	simulate(t, func(t *testing.T, sim *simulation) {
		hide := true
		sim.audit = hiding{sim.audit, func(name string) bool { return hide && strings.HasPrefix(name, attempt1.Receipts()+"00003/") }}
		sim.export()

		if resends := sim.resends(attempt1); len(resends) > 0 {
			t.Errorf("tasks that are done were sent again: %q", resends)
		}
		if _, _, closed, err := sim.records().Manifest(t.Context(), attempt1); closed || err != nil {
			t.Errorf("closed %t, %v", closed, err)
		}

		hide = false
		sim.run(time.Hour)

		if _, _, closed, err := sim.records().Manifest(t.Context(), attempt1); !closed || err != nil {
			t.Errorf("closed %t, %v", closed, err)
		}
	})
}
