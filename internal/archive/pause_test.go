package archive_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/archivetest"
)

func TestAPausedBlobIsGoneOnWith(t *testing.T) {
	for where, h := range map[string]archivetest.Harness{"in memory": inMemory{}, "on Azurite": sharedAzurite} {
		t.Run(where, func(t *testing.T) {
			b := h.NewContainer(t)
			for i, cuts := range [][]int{{0}, {1}, {63, 64, 65}, {0, 64, 128}, {1, 1, 1, 999}, {1000}} {
				name := fmt.Sprint("blob", i)
				body := randomText(1000)
				info := writeInPieces(t, b, name, body, cuts)
				got, stored, err := readAll(b, name)
				if err != nil || got != body || info.Size != 1000 || info.Metadata["sha256"] != hashOf(body) || stored.Metadata["sha256"] != hashOf(body) {
					t.Errorf("cut at %v: %d bytes, %+v, %v", cuts, len(got), info, err)
				}
			}
		})
	}
}

// writeInPieces writes a blob with a writer of its own after each cut.
func writeInPieces(t *testing.T, b archive.Backend, name, body string, cuts []int) archive.Info {
	t.Helper()
	w, err := small(b).NewWriter(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}

	from := 0
	for _, cut := range cuts {
		if _, err := io.WriteString(w, body[from:max(from, cut)]); err != nil {
			t.Fatal(err)
		}
		from = max(from, cut)
		paused, err := w.Pause()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("x")); err == nil {
			t.Error("a paused writer takes more")
		}
		if w, err = small(b).ResumeWriter(t.Context(), name, paused); err != nil {
			t.Fatal(err)
		}
	}

	if _, err := io.WriteString(w, body[from:]); err != nil {
		t.Fatal(err)
	}
	info, err := w.Commit(nil)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestALostBlobIsNotGoneOnWith(t *testing.T) {
	for where, h := range map[string]archivetest.Harness{"in memory": inMemory{}, "on Azurite": sharedAzurite} {
		t.Run(where, func(t *testing.T) {
			b := h.NewContainer(t)
			w, err := small(b).NewWriter(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, randomText(200)); err != nil {
				t.Fatal(err)
			}
			paused, err := w.Pause()
			if err != nil {
				t.Fatal(err)
			}

			unreadable := paused
			unreadable.Hash = paused.Hash[1:]
			if _, err := small(b).ResumeWriter(t.Context(), "a", unreadable); !errors.Is(err, archive.ErrLost) {
				t.Errorf("a hash of another form: %v", err)
			}
			if _, err := small(b).ResumeWriter(t.Context(), "b", paused); !errors.Is(err, archive.ErrLost) {
				t.Errorf("no block is staged: %v", err)
			}
			if _, err := small(b).Create(t.Context(), "a", []byte("another"), nil); err != nil {
				t.Fatal(err)
			}
			if _, err := small(b).ResumeWriter(t.Context(), "a", paused); !errors.Is(err, archive.ErrLost) {
				t.Errorf("another blob was created: %v", err)
			}
		})
	}
}
