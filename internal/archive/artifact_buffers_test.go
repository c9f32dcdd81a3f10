package archive_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
)

// closingSource is a memorySource that counts its open bodies.
type closingSource struct {
	memorySource
	open atomic.Int32
}

// Open implements archive.Source.
func (s *closingSource) Open(ctx context.Context, offset, length int64, ifMatch string) (*archive.Stream, error) {
	stream, err := s.memorySource.Open(ctx, offset, length, ifMatch)
	if err != nil {
		return nil, err
	}
	s.open.Add(1)
	stream.Body = &closingBody{Reader: stream.Body, close: sync.OnceFunc(func() { s.open.Add(-1) })}
	return stream, nil
}

type closingBody struct {
	io.Reader
	close func()
}

// Close implements io.Closer.
func (b *closingBody) Close() error {
	b.close()
	return nil
}

// afterClose is a reader that waits until a channel is closed.
type afterClose struct {
	io.Reader
	c <-chan struct{}
}

// Read implements io.Reader.
func (r afterClose) Read(p []byte) (int, error) {
	<-r.c
	return r.Reader.Read(p)
}

// copying copies a source in the background.
func copying(ctx context.Context, a *archive.Archive, name string, src archive.Source) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, _, err := a.CopyArtifact(ctx, name, src)
		done <- err
	}()
	synctest.Wait() // it is done, or waits
	return done
}

// A large artifact takes the only large buffer. Another one waits for it and holds no
// connection, and small ones pass by both.
func TestAnArtifactThatWaitsForABufferHoldsNoConnection(t *testing.T) {
	for name, tt := range map[string]struct {
		size  int
		opens []string // by the artifact that waits
	}{
		"in one request": {100, []string{"0+-1", "0+-1"}},
		"in ranges":      {600, []string{"0+-1", "0+256", "256+256", "512+88"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := memory.New()
				a := small(b)
				goOn := make(chan struct{})
				slow := func(_ int, r io.Reader) io.Reader { return afterClose{r, goOn} }
				first := &closingSource{memorySource: memorySource{body: strings.Repeat("1", tt.size), etag: "1", wrap: slow}}
				second := &closingSource{memorySource: memorySource{body: strings.Repeat("2", tt.size), etag: "2"}}
				firstDone, secondDone := copying(t.Context(), a, "first", first), copying(t.Context(), a, "second", second)

				if first.open.Load() != 1 || second.open.Load() != 0 {
					t.Errorf("the artifact that is copied has %d open bodies, and the one that waits %d", first.open.Load(), second.open.Load())
				}
				if err := <-copying(t.Context(), a, "small", &memorySource{body: strings.Repeat("3", 64)}); err != nil {
					t.Error(err)
				}

				close(goOn)
				if err := errors.Join(<-firstDone, <-secondDone); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(second.opens, tt.opens) {
					t.Errorf("the one that waited opened %v, want %v", second.opens, tt.opens)
				}
				for blob, src := range map[string]*closingSource{"first": first, "second": second} {
					if body, _, err := readAll(b, blob); err != nil || body != src.body {
						t.Errorf("%s: stored %.20q, %v", blob, body, err)
					}
					if src.open.Load() != 0 {
						t.Errorf("%s: %d bodies are left open", blob, src.open.Load())
					}
				}
			})
		})
	}
}

func TestALargeArtifactIsOpenedOnceWhereABufferIsFree(t *testing.T) {
	for name, src := range map[string]*memorySource{
		"larger than a small buffer": {body: strings.Repeat("1", 65), etag: "1"},
		"of unknown length":          {body: strings.Repeat("1", 65), unknown: true},
	} {
		_, _, err := small(memory.New()).CopyArtifact(t.Context(), "a", src)
		if err != nil || len(src.opens) != 1 {
			t.Errorf("%s: %v, opened %v", name, err, src.opens)
		}
	}
}

// A wait that is given up takes no buffer from others.
func TestAWaitForALargeBufferEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := small(memory.New())
		goOn := make(chan struct{})
		slow := func(_ int, r io.Reader) io.Reader { return afterClose{r, goOn} }
		first := copying(t.Context(), a, "first", &memorySource{body: strings.Repeat("1", 100), wrap: slow})

		ctx, cancel := context.WithCancel(t.Context())
		second := copying(ctx, a, "second", &memorySource{body: strings.Repeat("2", 100)})
		cancel()
		if err := <-second; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}

		close(goOn)
		if err := <-first; err != nil {
			t.Error(err)
		}
		if err := <-copying(t.Context(), a, "third", &memorySource{body: strings.Repeat("3", 100)}); err != nil {
			t.Error(err)
		}
	})
}

func TestSmallArtifactsShareABoundedNumberOfBuffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := small(memory.New())
		goOn := make(chan struct{})
		slow := func(_ int, r io.Reader) io.Reader { return afterClose{r, goOn} }
		first := copying(t.Context(), a, "first", &memorySource{body: "1", wrap: slow})
		second := &memorySource{body: "2"}
		secondDone := copying(t.Context(), a, "second", second)
		if len(second.opens) != 0 {
			t.Error("a second small artifact has a buffer")
		}

		close(goOn)
		if err := errors.Join(<-first, <-secondDone); err != nil {
			t.Error(err)
		}
	})
}

func TestACopyThatFailsGivesItsBufferBack(t *testing.T) {
	for name, size := range map[string]int{"small": 10, "large": 100} {
		synctest.Test(t, func(t *testing.T) {
			a := small(memory.New())
			broken := func(_ int, r io.Reader) io.Reader { return iotest.TimeoutReader(iotest.OneByteReader(r)) }
			if err := <-copying(t.Context(), a, "broken", &memorySource{body: strings.Repeat("1", size), wrap: broken}); err == nil {
				t.Errorf("%s: no error", name)
			}
			if err := <-copying(t.Context(), a, "next", &memorySource{body: strings.Repeat("2", size)}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// What may be long is not stored in small blocks, of which a blob has no more than 50,000.
func TestAnArtifactOfUnknownLengthHasALargeBuffer(t *testing.T) {
	b := newFaulty()
	a := archive.New(b, &archive.Options{ArtifactBlockSize: 256 << 10})
	if _, _, err := a.CopyArtifact(t.Context(), "a", &memorySource{body: strings.Repeat("1", 200<<10), unknown: true}); err != nil {
		t.Fatal(err)
	}
	if puts, stages := b.puts.Load(), b.stages.Load(); puts != 1 || stages != 0 {
		t.Errorf("stored by %d puts and %d blocks, want 1 and none", puts, stages)
	}
}
