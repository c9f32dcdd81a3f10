package task_test

import (
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

// wakeUps returns the wake-ups among what was noted.
func (f *fixture) wakeUps() []string {
	return slices.DeleteFunc(slices.Clone(f.log), func(s string) bool { return !strings.HasPrefix(s, "wake-up") })
}

func TestOnlyWhatMayBeTheLastTaskAsksForACheckSoon(t *testing.T) {
	for name, tt := range map[string]struct {
		lists bool // the page is not recorded yet
		run   func(f *fixture, follower dsr.Task) error
		want  []string
	}{
		"it is alone": {
			run:  func(f *fixture, follower dsr.Task) error { return f.run(follower, 1) },
			want: []string{"wake-up soon"},
		},
		"it sent others on, and they are done": {
			lists: true,
			run:   func(f *fixture, _ dsr.Task) error { return f.run(f.first(), 1) },
			want:  []string{"wake-up soon"},
		},
		"another is at work": {
			run: func(f *fixture, follower dsr.Task) error {
				other := follower
				other.Chunk = 1
				f.work = func(items []string) error {
					f.work = nil
					return f.run(other, 1)
				}
				return f.run(follower, 1)
			},
			want: []string{"wake-up", "wake-up soon"},
		},
		"another one has failed": {
			run: func(f *fixture, follower dsr.Task) error {
				_ = f.run(dsr.Task{}, 1)
				return f.run(follower, 1)
			},
			want: []string{"wake-up soon"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			follower := f.first()
			follower.Type = "artifacts"
			if !tt.lists {
				if err := f.run(f.first(), 1); err != nil {
					t.Fatal(err)
				}
			}

			f.log = nil
			if err := tt.run(f, follower); err != nil {
				t.Fatal(err)
			}
			if got := f.wakeUps(); !slices.Equal(got, tt.want) {
				t.Errorf("wake-ups %q, want %q", got, tt.want)
			}
		})
	}
}

// Of two tasks that end at the same time each is still at work when the other asks.
func TestOfTasksThatEndAtOnceOneAsksForACheckSoon(t *testing.T) {
	f := newFixture(t)
	if err := f.run(f.first(), 1); err != nil {
		t.Fatal(err)
	}

	first := f.first()
	first.Type = "artifacts"
	second := first
	second.Chunk = 1

	begun, asked, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	f.work = func([]string) error {
		f.work = nil
		close(begun)
		<-asked
		return nil
	}
	f.later = func() {
		f.later = nil
		close(asked)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	f.log = nil

	go func() { ended <- f.run(second, 1) }()
	<-begun
	if err := f.run(first, 1); err != nil {
		t.Fatal(err)
	}

	if got, want := f.wakeUps(), []string{"wake-up", "wake-up soon"}; !slices.Equal(got, want) {
		t.Errorf("wake-ups %q, want %q", got, want)
	}
}
