package task_test

import (
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

// wakeUps are the wake-ups among what was written down.
func (b *bench) wakeUps() []string {
	return slices.DeleteFunc(slices.Clone(b.log), func(s string) bool { return !strings.HasPrefix(s, "nudge") })
}

func TestOnlyWhoMayBeTheLastTaskAsksForALookSoon(t *testing.T) {
	for name, tt := range map[string]struct {
		lists bool // the page is not recorded yet
		run   func(b *bench, follower dsr.Task) error
		want  []string
	}{
		"it is alone": {
			run:  func(b *bench, follower dsr.Task) error { return b.run(follower, 1) },
			want: []string{"nudge soon"},
		},
		"it sends others on": {
			lists: true,
			run:   func(b *bench, _ dsr.Task) error { return b.run(b.first(), 1) },
			want:  []string{"nudge"},
		},
		"another is at work": {
			run: func(b *bench, follower dsr.Task) error {
				other := follower
				other.Chunk = 1
				b.work = func(items []string) error {
					b.work = nil
					return b.run(other, 1)
				}
				return b.run(follower, 1)
			},
			want: []string{"nudge", "nudge soon"},
		},
		"another one has failed": {
			run: func(b *bench, follower dsr.Task) error {
				_ = b.run(dsr.Task{}, 1)
				return b.run(follower, 1)
			},
			want: []string{"nudge soon"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			follower := b.first()
			follower.Type = "artifacts"
			if !tt.lists {
				if err := b.run(b.first(), 1); err != nil {
					t.Fatal(err)
				}
			}

			b.log = nil
			if err := tt.run(b, follower); err != nil {
				t.Fatal(err)
			}
			if got := b.wakeUps(); !slices.Equal(got, tt.want) {
				t.Errorf("it asked %q, want %q", got, tt.want)
			}
		})
	}
}
