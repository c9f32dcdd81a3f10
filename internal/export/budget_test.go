package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// hostile answers each call with a body of some size, and looks at what is held
// whenever another piece of it is read.
type hostile struct {
	*upstream
	worker *Worker
	size   int
	most   atomic.Int64
}

func (h *hostile) Get(ctx context.Context, call azureml.Call) (*azureml.Answer, error) {
	if call.Operation.ID == "W56" {
		return h.upstream.Get(ctx, call)
	}
	body := io.MultiReader(strings.NewReader(`{"value":[],"x":[`), io.LimitReader(&texts{}, int64(h.size)), strings.NewReader(`0],"continuationToken":null}`))
	return &azureml.Answer{
		Status:      200,
		RetrievedAt: time.Unix(1, 0),
		Body:        io.NopCloser(&watched{h, body}),
		Length:      -1,
	}, nil
}

// texts reads one JSON string after another.
type texts struct{ offset int }

var someTexts = strings.Repeat(`"`+strings.Repeat("x", 1021)+`",`, 64)

func (t *texts) Read(p []byte) (int, error) {
	n := copy(p, someTexts[t.offset:])
	t.offset = (t.offset + n) % len(someTexts)
	return n, nil
}

// watched pauses now and then, so that all bodies are under way at a time.
type watched struct {
	h *hostile
	r io.Reader
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if len(p) >= unaccounted {
		time.Sleep(time.Millisecond)
	}
	now := int64(w.h.worker.memory.held())
	for most := w.h.most.Load(); now > most && !w.h.most.CompareAndSwap(most, now); most = w.h.most.Load() {
	}
	return n, err
}

// Sixteen tasks with eight answers each, all of them too long or as long as may be.
func TestWhatIsHeldOfHostileAnswersIsBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		size    int
		tasks   int
		refused bool
	}{
		"pages of 16 MiB":             {16 << 20, 16, true},
		"pages as long as may be":     {heldPage - 1<<10, 4, false},
		"pages that half fill it all": {1 << 20, 16, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := memory.New()
				h := &hostile{upstream: &upstream{other: func(azureml.Call) (string, error) { return `{"value":[{"metricKey":` + loss + `}]}`, nil }}, size: tt.size}
				h.worker = New(h, archive.New(b, nil), anna{}, Options{})
				var wg sync.WaitGroup
				for n := range tt.tasks {
					job := jobOf("ml-run-metrics")
					job.Task.Chunk = n
					wg.Go(func() {
						if err := h.worker.Work(t.Context(), job, items(itemsAtOnce)); err != nil {
							t.Error(err)
						}

						for _, e := range partOf(t, b, job.Task.PartBlob(job.Target)) {
							refused := e.Error != nil && e.Error.Code == dsr.ReasonMalformedAnswer
							if e.Endpoint == "W57" && refused != tt.refused {
								t.Errorf("%s: %+v", e.Item, e.Error)
							}
						}
					})
				}

				wg.Wait()

				if most := h.most.Load(); most > ordinary+reserve || most < ordinary/2 {
					t.Errorf("%d bytes were held at most, of %d that may be", most, ordinary+reserve)
				}
				if n := h.worker.memory.held(); n != 0 {
					t.Errorf("%d bytes are held afterwards", n)
				}
			})
		})
	}
}

func TestWaitingForRoomEndsWithTheWork(t *testing.T) {
	m := newBudget()
	var holdings []*holding
	for range 2 { // one has the ordinary room, one the reserve
		h := &holding{m: m}
		if err := h.take(t.Context(), ordinary); err != nil {
			t.Fatal(err)
		}
		holdings = append(holdings, h)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if err := (&holding{m: m}).take(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}

	for i, h := range holdings {
		h.release()
		if err := (&holding{m: m}).take(ctx, 1); err != nil {
			t.Errorf("after release %d: %v", i, err)
		}
	}
}

// Whatever order answers grow and end in, one of them can always go on.
func TestAnswersThatGrowTogetherAllEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newBudget()
		var wg sync.WaitGroup
		for n := range 128 {
			wg.Go(func() {
				body := io.LimitReader(&texts{}, int64(heldPage-2*n))
				h, err := m.read(t.Context(), body, -1, heldPage)
				defer h.release()

				if err == nil {
					err = h.take(t.Context(), len(h.bytes))
				}
				if err != nil || m.held() > ordinary+reserve {
					t.Error(fmt.Errorf("%d bytes are held: %w", m.held(), err))
				}
			})
		}

		wg.Wait()
	})
}
