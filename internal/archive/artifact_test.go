package archive_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
)

// memorySource is an artifact's source in memory that counts its calls and can fail.
type memorySource struct {
	body    string
	etag    string
	unknown bool                                  // whether to leave the length out
	wrap    func(open int, r io.Reader) io.Reader // changes a body; nil changes none
	failure func(open int) error                  // fails a call of Open; nil fails none

	mu    sync.Mutex
	opens []string // offset+length of each call
	read  int      // bytes that were read
}

// Open implements archive.Source.
func (s *memorySource) Open(_ context.Context, offset, length int64, ifMatch string) (*archive.Stream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.opens = append(s.opens, fmt.Sprintf("%d+%d", offset, length))
	n := len(s.opens)
	if s.failure != nil {
		if err := s.failure(n); err != nil {
			return nil, err
		}
	}

	if ifMatch != "" && ifMatch != s.etag {
		return nil, &dsr.Error{Class: dsr.Permanent, Status: 412}
	}

	rest := s.body[offset:]
	if length >= 0 {
		rest = rest[:length]
	}

	var r io.Reader = strings.NewReader(rest)
	if s.wrap != nil {
		r = s.wrap(n, r)
	}

	whole := int64(len(s.body))
	if s.unknown {
		whole = -1
	}

	return &archive.Stream{Body: io.NopCloser(&counted{s: s, r: r}), Length: whole, ETag: s.etag}, nil
}

type counted struct {
	s *memorySource
	r io.Reader
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.read += n
	return n, err
}

func randomText(n int) string {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// eachSource runs f with and without a strong ETag and a length, at once and byte by byte.
func eachSource(t *testing.T, f func(t *testing.T, src func(body string) *memorySource)) {
	t.Helper()
	for _, etag := range []string{"", `"0x1"`} {
		for _, unknown := range []bool{false, true} {
			for how, wrap := range map[string]func(int, io.Reader) io.Reader{
				"at once": nil, "byte by byte": func(_ int, r io.Reader) io.Reader { return iotest.OneByteReader(r) },
				"end with data": func(_ int, r io.Reader) io.Reader { return iotest.DataErrReader(r) },
			} {
				t.Run(fmt.Sprintf("etag %s, unknown length %v, %s", etag, unknown, how), func(t *testing.T) {
					f(t, func(body string) *memorySource {
						return &memorySource{
							body:    body,
							etag:    etag,
							unknown: unknown,
							wrap:    wrap,
						}
					})
				})
			}
		}
	}
}

func TestStoreArtifactCopiesAnySource(t *testing.T) {
	eachSource(t, func(t *testing.T, source func(string) *memorySource) {
		for _, size := range []int{0, 1, 64, 65, 255, 256, 257, 320, 512, 1000, 1024} {
			b := memory.New()
			src := source(randomText(size))
			info, progress, err := small(b).StoreArtifact(t.Context(), "x", src)
			if err != nil {
				t.Fatalf("%d bytes: %v", size, err)
			}

			got, stored, err := readAll(b, "x")
			if err != nil || got != src.body || info.Metadata["sha256"] != hashOf(src.body) || stored.Metadata["sha256"] != hashOf(src.body) {
				t.Errorf("%d bytes: stored %d, returned %+v, %v", size, len(got), info, err)
			}
			if want := max(0, (size+63)/64) + 1; (size > 64 && progress != want) || (size <= 64 && progress != 1) {
				t.Errorf("%d bytes: progress %d", size, progress)
			}

			opens := 1
			if size > 256 && src.etag != "" && !src.unknown {
				opens = (size + 255) / 256
			}
			if len(src.opens) != opens || src.read < size {
				t.Errorf("%d bytes: opened %v", size, src.opens)
			}
		}
	})
}

func TestStoreArtifactLeavesAStoredBlobAndItsSourceAlone(t *testing.T) {
	b := memory.New()
	if _, err := small(b).Create(t.Context(), "x", []byte("before"), nil); err != nil {
		t.Fatal(err)
	}
	src := &memorySource{body: "after"}
	info, progress, err := small(b).StoreArtifact(t.Context(), "x", src)
	if err != nil || progress != 0 || info.Metadata["sha256"] != hashOf("before") || len(src.opens) != 0 {
		t.Errorf("got %+v, %d, %v; opened %v", info, progress, err, src.opens)
	}
}

func TestStoreArtifactContinuesWhereABodyBrokeOff(t *testing.T) {
	for _, size := range []int{200, 1000} {
		for _, fault := range []error{io.ErrUnexpectedEOF, io.EOF, errors.New("reset")} {
			body := randomText(size)
			src := &memorySource{body: body, etag: `"1"`, wrap: func(_ int, r io.Reader) io.Reader {
				return io.MultiReader(io.LimitReader(r, 90), iotest.ErrReader(fault))
			}}
			b := memory.New()
			info, _, err := small(b).StoreArtifact(t.Context(), "x", src)
			if err != nil || info.Metadata["sha256"] != hashOf(body) {
				t.Fatalf("%d bytes, %v: %v", size, fault, err)
			}

			if src.read != size {
				t.Errorf("%d bytes were read of %d", src.read, size)
			}
		}
	}
}

func TestStoreArtifactStopsTrying(t *testing.T) {
	fail := func(from int, err error) func(int) error {
		return func(open int) error {
			if open >= from {
				return err
			}
			return nil
		}
	}

	broken := func(_ int, r io.Reader) io.Reader {
		return io.MultiReader(io.LimitReader(r, 90), iotest.ErrReader(io.ErrUnexpectedEOF))
	}
	throttled := dsr.Errorf(dsr.Throttled, "", "later")
	permanent := dsr.Errorf(dsr.Permanent, dsr.ReasonForbidden, "no")
	for what, c := range map[string]struct {
		src   *memorySource
		class dsr.Class
		opens int
	}{
		"at once on a source that breaks and has no strong tag": {&memorySource{body: randomText(1000), wrap: broken}, dsr.Transient, 1},
		"after three failures in a row": {&memorySource{
			body:    randomText(1000),
			etag:    "1",
			wrap:    broken,
			failure: fail(2, errors.New("dial")),
		}, dsr.Transient, 3},
		"after three empty bodies": {&memorySource{body: randomText(1000), etag: "1", wrap: func(int, io.Reader) io.Reader {
			return iotest.ErrReader(io.ErrUnexpectedEOF)
		}}, dsr.Transient, 3},
		"on a first refusal": {&memorySource{failure: fail(1, permanent)}, dsr.Permanent, 1},
		"on a later refusal": {&memorySource{
			body:    randomText(1000),
			etag:    "1",
			wrap:    broken,
			failure: fail(2, permanent),
		}, dsr.Permanent, 2},
		"when it is asked to wait":       {&memorySource{body: randomText(1000), etag: "1", failure: fail(2, throttled)}, dsr.Throttled, 2},
		"on a first error without class": {&memorySource{failure: fail(1, errors.New("dial"))}, dsr.Transient, 1},
		"on a short source":              {&memorySource{body: randomText(100), wrap: func(_ int, r io.Reader) io.Reader { return io.LimitReader(r, 50) }}, dsr.Transient, 1},
		"when its length is unknown":     {&memorySource{body: randomText(1000), unknown: true, wrap: broken}, dsr.Transient, 1},
	} {
		b := memory.New()
		_, _, err := small(b).StoreArtifact(t.Context(), "x", c.src)
		if dsr.ClassOf(err) != c.class {
			t.Errorf("%s: got class %v of %v", what, dsr.ClassOf(err), err)
		}
		if len(c.src.opens) != c.opens {
			t.Errorf("%s: opened %v, want %d", what, c.src.opens, c.opens)
		}
		if _, err := b.Stat(t.Context(), "x"); !errors.Is(err, archive.ErrNotFound) {
			t.Errorf("%s: left a blob: %v", what, err)
		}
	}
}

func TestStoreArtifactNoticesThatTheSourceChanged(t *testing.T) {
	for what, change := range map[string]func(*memorySource){
		"by its tag":    func(s *memorySource) { s.etag = "2" },
		"by its length": func(s *memorySource) { s.body += "more" },
	} {
		src := &memorySource{body: randomText(1000), etag: "1"}
		src.failure = func(open int) error {
			if open == 2 {
				change(src)
			}
			return nil
		}

		b := memory.New()
		_, _, err := small(b).StoreArtifact(t.Context(), "x", src)
		if dsr.ClassOf(err) != dsr.Transient || len(src.opens) != 2 {
			t.Errorf("%s: got %v after %v", what, err, src.opens)
		}

		src.failure = nil
		info, _, err := small(b).StoreArtifact(t.Context(), "x", src)
		if err != nil || info.Metadata["sha256"] != hashOf(src.body) {
			t.Errorf("%s: the next call: %+v, %v", what, info, err)
		}
	}
}

func TestStoreArtifactEndsAtItsDeadlineAndReportsItsProgress(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()

	src := &memorySource{body: randomText(1000), etag: "1"}
	if _, progress, err := small(memory.New()).StoreArtifact(ctx, "x", src); !errors.Is(err, context.DeadlineExceeded) || progress != 0 {
		t.Errorf("at once: %d, %v", progress, err)
	}

	late := &lateContext{Context: t.Context()}
	src.wrap = func(_ int, r io.Reader) io.Reader {
		return io.MultiReader(io.LimitReader(r, 200), &atRead{do: late.expire})
	}
	_, progress, err := small(memory.New()).StoreArtifact(late, "x", src)
	if !errors.Is(err, context.DeadlineExceeded) || progress != 3 {
		t.Errorf("within: %d, %v", progress, err)
	}
}

// lateContext reaches its deadline when expire is called.
type lateContext struct {
	context.Context
	mu  sync.Mutex
	err error
}

// Err implements context.Context.
func (c *lateContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *lateContext) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = context.DeadlineExceeded
}

// atRead does something when it is first read, and then breaks.
type atRead struct{ do func() }

// Read implements io.Reader.
func (a *atRead) Read([]byte) (int, error) {
	a.do()
	return 0, errors.New("the connection was cut")
}

func TestStoreArtifactSurvivesLostAnswers(t *testing.T) {
	for _, size := range []int{10, 200, 1000} {
		for _, method := range []string{"Put", "Stage", "Commit"} {
			f := newFaulty()
			f.after = failAt(method, 1, errLost())
			src := &memorySource{body: randomText(size), etag: "1"}
			_, _, err := small(f).StoreArtifact(t.Context(), "x", src)
			if failed := map[string]int32{"Put": f.puts.Load(), "Stage": f.stages.Load(), "Commit": f.commits.Load()}[method] > 0; failed != (err != nil) {
				t.Fatalf("%d, %s: %v", size, method, err)
			}

			info, _, err := small(f).StoreArtifact(t.Context(), "x", src)
			got, _, _ := readAll(f, "x")
			if err != nil || info.Metadata["sha256"] != hashOf(src.body) || got != src.body {
				t.Errorf("%d, %s: %+v, %v", size, method, info, err)
			}
		}
	}
}

func TestAnArtifactThatIsTooLongForABlobIsRefused(t *testing.T) {
	const most = 50_000 * 64
	for name, unknown := range map[string]bool{"of a known length": false, "of an unknown one": true} {
		t.Run(name, func(t *testing.T) {
			src := &memorySource{body: strings.Repeat("x", most+1), unknown: unknown}
			_, progress, err := small(memory.New()).CopyArtifact(t.Context(), "x", src)
			if dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != dsr.ReasonRefused || progress != 0 {
				t.Errorf("got %v, of class %s, progress %d", err, dsr.ClassOf(err), progress)
			}
			if !strings.Contains(err.Error(), fmt.Sprint(most)) {
				t.Errorf("the error does not name the limit: %v", err)
			}
			if !unknown && src.read > 0 {
				t.Errorf("%d bytes were read", src.read)
			}
		})
	}
}
