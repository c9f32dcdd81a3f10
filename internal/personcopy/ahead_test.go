package personcopy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/operator/operatortest"
	"azureml-dsr/internal/personcopy"
)

// slow takes a second to open a part.
type slow struct {
	*memory.Backend
	opened func(name string) error // called ahead of each opening
}

func (s *slow) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	if strings.Contains(name, "/data/") {
		if err := s.opened(name); err != nil {
			return nil, archive.Info{}, err
		}
	}
	return s.Backend.Open(ctx, name, offset)
}

const storedParts = 24

// storedSlowly is a closed export of some parts, each with one document. Opening one calls
// opened.
func storedSlowly(t *testing.T, opened func(string) error) (*ledger.Ledger, *slow) {
	t.Helper()
	store := &slow{Backend: memory.New(), opened: func(string) error { return nil }}
	blobs := archive.New(store, nil)
	r := operatortest.Over(t, &config.Connections{Audit: blobs, Exports: blobs, Index: blobs, Ledger: ledger.New(blobs, blobs, blobs)})
	r.Subject = &dsr.Subject{ObjectID: "o-1"}
	r.Open()
	r.MakePlan()
	r.List(r.Task(1, 0), operatortest.AccountID)
	r.Work(r.Task(1, 0), "E01", operatortest.AccountID)

	var names []string
	for i := range storedParts {
		names = append(names, fmt.Sprintf("model-%02d", i))
	}
	r.List(r.Task(2, 0), names...)
	for i, name := range names {
		r.Work(r.Task(2, i), "E03", name)
	}
	r.CloseAttempt()

	store.opened = opened
	return r.Ledger, store
}

// read returns the items of the documents, up to most of them, and how long that took.
func read(t *testing.T, records *ledger.Ledger, most int) (items []string, took time.Duration, err error) {
	t.Helper()
	_, documents, err := personcopy.OrderOf(t.Context(), records, dsr.Attempt{RequestID: "req-1", Number: 1})
	if err != nil {
		t.Fatal(err)
	}

	begun := time.Now()
	for d, err := range documents(t.Context(), "") {
		if err != nil {
			return items, time.Since(begun), err
		}
		if d.Endpoint == "E03" {
			items = append(items, d.Item)
		}
		if len(items) == most {
			break
		}
	}
	return items, time.Since(begun), nil
}

func TestPartsAreReadAheadAndStayInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records, _ := storedSlowly(t, func(string) error { time.Sleep(time.Second); return nil })
		items, took, err := read(t, records, -1)
		if err != nil || len(items) != storedParts {
			t.Fatalf("%d items, %v", len(items), err)
		}
		for i, item := range items {
			if want := fmt.Sprintf("model-%02d", i); item != want {
				t.Errorf("item %d is %s", i, item)
			}
		}
		if took > storedParts/4*time.Second {
			t.Errorf("%d parts, each of which takes a second, took %s", storedParts, took)
		}
	})
}

// Whoever stops early leaves nothing running; the bubble would not end.
func TestReadingAheadEndsWithItsReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records, _ := storedSlowly(t, func(string) error { time.Sleep(time.Second); return nil })
		if items, _, err := read(t, records, 2); err != nil || len(items) != 2 {
			t.Errorf("%d items, %v", len(items), err)
		}
	})
}

func TestAPartThatCannotBeReadAheadEndsTheReadingInItsTurn(t *testing.T) {
	broken := errors.New("broken")
	var opens atomic.Int32
	for name, c := range map[string]struct {
		opened func(string) error
		want   error
	}{
		"storage fails": {func(string) error {
			if opens.Add(1) > storedParts/2 {
				return broken
			}
			return nil
		}, broken},
		"a panic": {func(string) error { panic("broken") }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opens.Store(0)
				records, _ := storedSlowly(t, c.opened)
				if _, _, err := read(t, records, -1); err == nil || (c.want != nil && !errors.Is(err, c.want)) {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// A part that is longer than its manifest says is not held.
func TestALongerPartIsDamaged(t *testing.T) {
	records, store := storedSlowly(t, func(string) error { return nil })
	var name string
	for info, err := range store.List(t.Context(), "req-1/1/data/", "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(info.Name, "part-") {
			name = info.Name
		}
	}
	body, _, err := store.Backend.Open(t.Context(), name, 0)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if err := errors.Join(err, store.Delete(t.Context(), name), store.Put(t.Context(), name, append(text, ' '), nil)); err != nil {
		t.Fatal(err)
	}

	if _, _, err := read(t, records, -1); !errors.Is(err, personcopy.ErrDamaged) {
		t.Errorf("%v", err)
	}
}
