package archive_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
)

// small returns an archive of small sizes: three buffers for parts, and one each for large
// artifacts and for small ones.
func small(b archive.Backend) *archive.Archive {
	return archive.New(b, &archive.Options{
		BlockSize:         64,
		ArtifactBlockSize: 64,
		ArtifactRange:     256,
		Buffers:           4,
		SmallBuffers:      1,
	})
}

func TestWriterStoresWhatIsWritten(t *testing.T) {
	for size, effects := range map[int][3]int32{ // puts, stages, commits
		0: {1, 0, 0}, 1: {1, 0, 0}, 63: {1, 0, 0}, 64: {1, 0, 0}, 65: {0, 2, 1}, 128: {0, 2, 1}, 1000: {0, 16, 1},
	} {
		want := strings.Repeat("0123456789", size/10+1)[:size]
		for how, wrap := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader,
		} {
			t.Run(fmt.Sprintf("%d bytes %s", size, how), func(t *testing.T) {
				f := newFaulty()
				w, err := small(f).NewWriter(t.Context(), "a")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(struct{ io.Writer }{w}, wrap(strings.NewReader(want))); err != nil {
					t.Fatal(err)
				}
				info, err := w.Commit(map[string]string{"documents": "3"})
				if err != nil || w.Size() != int64(size) || info.Size != int64(size) {
					t.Fatalf("size %d, returned %+v, %v", w.Size(), info, err)
				}

				got, stored, err := readAll(f, "a")
				if err != nil || got != want || stored.Metadata["sha256"] != hashOf(want) || stored.Metadata["documents"] != "3" {
					t.Errorf("stored %q, %+v, %v", got, stored, err)
				}
				if got := [3]int32{f.puts.Load(), f.stages.Load(), f.commits.Load()}; got != effects {
					t.Errorf("puts, stages, commits: %v, want %v", got, effects)
				}
			})
		}
	}
}

func TestWriterReturnsTheBlobOfTheFirstDelivery(t *testing.T) {
	for _, size := range []int{10, 1000} {
		b := memory.New()
		if _, err := small(b).Create(t.Context(), "a", []byte("first body"), nil); err != nil {
			t.Fatal(err)
		}
		w, err := small(b).NewWriter(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}

		info, err := w.Commit(nil)
		if err != nil || info.Metadata["sha256"] != hashOf("first body") || info.Size != 10 {
			t.Errorf("%d bytes: returned %+v, %v", size, info, err)
		}
	}
}

func TestWriterEndsWithItsFirstError(t *testing.T) {
	for what, fail := range map[string]func(*faulty){
		"a block that is refused":                              func(f *faulty) { f.before = failAt("Stage", 2, errLost()) },
		"the commit's answer":                                  func(f *faulty) { f.after = failAt("Commit", 1, errLost()) },
		"a commit that is refused for a blob that isn't there": func(f *faulty) { f.before = failAt("Commit", 1, archive.ErrExists) },
	} {
		f := newFaulty()
		fail(f)
		w, err := small(f).NewWriter(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}

		_, writeErr := w.Write(make([]byte, 200))
		_, first := w.Commit(nil)
		if dsr.ClassOf(first) != dsr.Transient {
			t.Errorf("%s: got %v, then %v", what, writeErr, first)
		}

		_, again := w.Commit(nil)
		if _, err := w.Write([]byte("x")); !errors.Is(err, again) || dsr.ClassOf(err) != dsr.Transient {
			t.Errorf("%s: later %v and %v", what, err, again)
		}

		w.Abort()
	}
}

func TestAClosedWriterFails(t *testing.T) {
	a := small(memory.New())
	for what, end := range map[string]func(*archive.Writer) error{
		"after Commit":             func(w *archive.Writer) error { _, err := w.Commit(nil); return err },
		"after Abort":              func(w *archive.Writer) error { w.Abort(); return nil },
		"after Commit and Aborted": func(w *archive.Writer) error { _, err := w.Commit(nil); w.Abort(); w.Abort(); return err },
	} {
		w, err := a.NewWriter(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if err := end(w); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("x")); err == nil {
			t.Errorf("%s: written", what)
		}
		if _, err := w.Commit(nil); err == nil {
			t.Errorf("%s: committed", what)
		}
	}

	w, err := a.NewWriter(t.Context(), "bad metadata")
	if err != nil {
		t.Fatal(err)
	}

	if _, err := w.Commit(map[string]string{"a": "\n"}); err == nil {
		t.Error("bad metadata was taken")
	}
	if _, err := a.NewWriter(t.Context(), "a/"); err == nil {
		t.Error("a bad name was taken")
	}
}

func TestWritersShareABoundedNumberOfBuffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := small(memory.New()) // 4 buffers: 3 for parts, 1 for artifacts
		var open []*archive.Writer
		for n := range 3 {
			w, err := a.NewWriter(t.Context(), fmt.Sprint(n))
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, w)
		}

		fourth := make(chan *archive.Writer, 1)
		go func() {
			w, err := a.NewWriter(t.Context(), "fourth")
			if err != nil {
				t.Error(err)
			}
			fourth <- w
		}()

		synctest.Wait()
		if len(fourth) != 0 {
			t.Fatal("a fourth writer did not wait")
		}

		if _, _, err := a.StoreArtifact(t.Context(), "artifact", &memorySource{body: "x"}); err != nil {
			t.Errorf("an artifact must not wait for parts: %v", err)
		}

		open[1].Abort()
		w := <-fourth
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		if _, err := a.NewWriter(ctx, "fifth"); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled wait: %v", err)
		}

		for _, w := range []*archive.Writer{open[0], open[2], w} {
			if _, err := w.Commit(nil); err != nil {
				t.Error(err)
			}
		}

		for n := range 20 { // no buffer is lost
			w, err := a.NewWriter(t.Context(), fmt.Sprint("later", n))
			if err != nil {
				t.Fatal(err)
			}
			w.Abort()
		}
	})
}
