package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/task"
)

// slow is an upstream each of whose calls takes a while; its long bodies take that
// while for each of their pieces.
type slow struct {
	*upstream
	takes func() time.Duration
}

func (s *slow) Get(ctx context.Context, call azureml.Call) (*azureml.Answer, error) {
	if err := pause(ctx, s.takes()); err != nil {
		return nil, err
	}
	answer, err := s.upstream.Get(ctx, call)
	if err == nil {
		answer.Body = &slowBody{ctx: ctx, ReadCloser: answer.Body, takes: s.takes}
	}
	return answer, err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// slowBody pauses behind each 64 KiB.
type slowBody struct {
	io.ReadCloser
	ctx   context.Context
	takes func() time.Duration
	given int
}

func (b *slowBody) Read(p []byte) (int, error) {
	const piece = 64 << 10
	n, err := b.ReadCloser.Read(p)
	if (b.given+n)/piece > b.given/piece {
		if err := pause(b.ctx, b.takes()); err != nil {
			return 0, err
		}
	}
	b.given += n
	return n, err
}

func always(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

const invocation = 8 * time.Minute

// deliver does what the runner does with a piece of work until it is done: each
// invocation has its time, and each unfinished one must bring it further.
func deliver(t *testing.T, do func(context.Context, task.Job) error, job task.Job) (hops int) {
	t.Helper()
	idle := 0
	for job.Task.Hop = 0; job.Task.Hop < 1000; job.Task.Hop++ {
		ctx, cancel := context.WithTimeout(t.Context(), invocation)
		err := do(ctx, job)
		cancel()
		job.Again = true
		var e *dsr.Error
		switch {
		case err == nil:
			return job.Task.Hop
		case !errors.As(err, &e) || (e.Class != dsr.Unfinished && e.Class != dsr.Throttled):
			t.Fatalf("hop %d: %v of class %s", job.Task.Hop, err, dsr.ClassOf(err))
		case e.Progress > 0 || e.Class == dsr.Throttled:
			idle = 0
		default:
			if idle++; idle == 2 {
				t.Fatalf("hop %d: two invocations in a row without progress", job.Task.Hop)
			}
		}
	}

	t.Fatal("it never ends")

	return 0
}

// answersOf returns what a part says, without times: an entry a line, in order.
func answersOf(t *testing.T, b *memory.Backend, name string) []string {
	t.Helper()
	var lines []string
	for _, e := range partOf(t, b, name) {
		lines = append(lines, fmt.Sprint(e.Endpoint, " ", e.Item, " ", e.Status, " ", e.Error, " ", e.SubjectMatches, " ", string(e.Document)))
	}
	return slices.Sorted(slices.Values(lines))
}

func items(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("item-%02d", i))
	}
	return out
}

// aChunk is the work of a chunk of some type, with an upstream for it.
type aChunk struct {
	typ   string
	kind  string
	items []string
	up    func() *upstream
	takes time.Duration
}

func metricPages(pages int) func(azureml.Call) (string, error) {
	return func(call azureml.Call) (string, error) {
		n := 0
		_, _ = fmt.Sscanf(call.Cursor, "token:%d", &n)
		if n+1 == pages {
			return valuesOf("null"), nil
		}
		return valuesOf(fmt.Sprintf("%q", fmt.Sprint(n+1))), nil
	}
}

// manyEntries returns each run a list of metrics, with values of some size.
func manyEntries(entries, size int) func() *upstream {
	return func() *upstream {
		return &upstream{other: func(call azureml.Call) (string, error) {
			if call.Operation.ID == "W56" {
				var keys []string
				for n := range entries {
					keys = append(keys, fmt.Sprintf(`{"metricKey":{"namespace":null,"name":"m%02d"}}`, n))
				}
				return `{"value":[` + strings.Join(keys, ",") + `]}`, nil
			}
			return `{"value":"` + strings.Repeat("x", size) + `","by":"oid-anna","continuationToken":null}`, nil
		}}
	}
}

var chunks = map[string]aChunk{
	"fifty items with fifty entries each": {"ml-run-metrics", dsr.KindExport, items(50), manyEntries(50, 10), 11 * time.Second},
	"the same, counted":                   {"ml-run-metrics", dsr.KindDelete, items(50), manyEntries(50, 10), 11 * time.Second},
	"one item with pages without end": {"ml-run-metrics", dsr.KindExport, items(1), func() *upstream {
		return &upstream{answers: map[string]string{"W56 item-00": `{"value":[{"metricKey":` + loss + `}]}`}, other: metricPages(150)}
	}, 11 * time.Second},
	"documents that are too long to hold": {"ml-run-details", dsr.KindExport, items(12), func() *upstream {
		return &upstream{other: func(azureml.Call) (string, error) {
			return `{"by":"oid-anna","x":["` + strings.Repeat(strings.Repeat("y", 1000)+`","`, 500) + `"]}`, nil
		}}
	}, 40 * time.Second},
	"long ones that break off": {"ml-run-details", dsr.KindExport, items(9), func() *upstream {
		return &upstream{other: func(call azureml.Call) (string, error) {
			text := `{"x":["` + strings.Repeat(strings.Repeat("y", 1000)+`","`, 400)
			if call.Item < "item-03" {
				return text, nil
			}
			return text + `"]}`, nil
		}}
	}, 40 * time.Second},
}

func TestAChunkThatOutlastsInvocationsIsFinished(t *testing.T) {
	for name, c := range chunks {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				job := jobOf(c.typ)
				job.Kind = c.kind
				part := job.Task.PartBlob(job.Target)
				quick, whole := workerOf(c.up())
				if err := quick.Work(t.Context(), job, c.items); err != nil {
					t.Fatal(err)
				}

				b := memory.New()
				s := &slow{upstream: c.up(), takes: always(c.takes)}
				w := New(s, archive.New(b, nil), anna{}, Options{})
				hops := deliver(t, func(ctx context.Context, job task.Job) error { return w.Work(ctx, job, c.items) }, job)
				if hops < 2 {
					t.Errorf("it took %d hops: too quick to show anything", hops)
				}

				got, want := answersOf(t, b, part), answersOf(t, whole, part)
				if !slices.Equal(got, want) {
					t.Errorf("%d entries, want the %d of a quick upstream", len(got), len(want))
				}

				one, _, _ := whole.Open(t.Context(), part, 0)
				two, _, _ := b.Open(t.Context(), part, 0)
				if !slices.Equal(metaOf(t, whole, part), metaOf(t, b, part)) || lengthOf(t, one) != lengthOf(t, two) {
					t.Errorf("the part is another than at once: %v, %v", metaOf(t, b, part), metaOf(t, whole, part))
				}
			})
		})
	}
}

func metaOf(t *testing.T, b *memory.Backend, name string) []string {
	t.Helper()
	info, err := b.Stat(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return []string{info.Metadata[archive.MetaDocuments], info.Metadata[archive.MetaSubjectMatches]}
}

// lengthOf counts a part's bytes without the times, whose length varies.
func lengthOf(t *testing.T, r io.ReadCloser) int {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, line := range bytes.Split(text, []byte("\n")) {
		before, rest, _ := bytes.Cut(line, []byte(`"retrievedAt":"`))
		_, after, _ := bytes.Cut(rest, []byte(`"`))
		n += len(before) + len(after)
	}
	return n
}

// What is read is read once, but for what is under way as an invocation ends.
func TestWhatIsKeptIsNotReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := chunks["fifty items with fifty entries each"]
		job := jobOf(c.typ)
		s := &slow{upstream: c.up(), takes: always(10 * time.Second)}
		w := New(s, archive.New(memory.New(), nil), anna{}, Options{})
		hops := deliver(t, func(ctx context.Context, job task.Job) error { return w.Work(ctx, job, c.items) }, job)
		calls := 0
		for _, n := range s.calls {
			calls += n
		}

		if most := 50*51 + hops*itemsAtOnce; calls > most {
			t.Errorf("%d answers in %d hops, want at most %d", calls, hops, most)
		}
	})
}

func TestAPageOfRunsThatOutlastsInvocationsIsFinished(t *testing.T) {
	tree := func() *upstream {
		return &upstream{other: func(call azureml.Call) (string, error) {
			switch {
			case call.Operation.ID == "W52":
				return named("2", items(40)...), nil
			case strings.Count(call.Item, ".") == 2:
				return named(""), nil
			case call.Cursor == "":
				return named("more", call.Item+".1", call.Item+".2"), nil
			default:
				return named("", call.Item+".3"), nil
			}
		}}
	}

	synctest.Test(t, func(t *testing.T) {
		job := jobOf("ml-runs")
		answer := job.Task.AnswerBlob(job.Target)
		quick, whole := workerOf(tree())
		want, err := quick.List(t.Context(), job, "")
		if err != nil {
			t.Fatal(err)
		}

		b := memory.New()
		w := New(&slow{upstream: tree(), takes: always(20 * time.Second)}, archive.New(b, nil), anna{}, Options{})
		var got task.Listing
		hops := deliver(t, func(ctx context.Context, job task.Job) (err error) {
			got, err = w.List(ctx, job, "")
			return err
		}, job)
		if hops < 2 || got.Cursor != want.Cursor || !slices.Equal(distinct(got.Items), distinct(want.Items)) {
			t.Errorf("after %d hops %d items, next %q; want %d, next %q", hops, len(got.Items), got.Cursor, len(want.Items), want.Cursor)
		}
		if !slices.Equal(answersOf(t, b, answer), answersOf(t, whole, answer)) {
			t.Error("the answer is another than at once")
		}
	})
}

// Two deliveries at a time, each with its own pace and its own throttling, make one
// part that has each answer once.
func TestDeliveriesAtOnceMakeOnePart(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := chunks["fifty items with fifty entries each"]
				job := jobOf(c.typ)
				b := memory.New()
				quick, whole := workerOf(c.up())
				if err := quick.Work(t.Context(), job, c.items); err != nil {
					t.Fatal(err)
				}

				var wg sync.WaitGroup
				for twin := range uint64(3) {
					r := rand.New(rand.NewPCG(seed, twin))
					var mu sync.Mutex
					up := c.up()
					other := up.other
					up.other = func(call azureml.Call) (string, error) {
						mu.Lock()
						defer mu.Unlock()
						if r.IntN(700) == 0 {
							return "", dsr.Errorf(dsr.Throttled, dsr.ReasonThrottled, "later")
						}
						return other(call)
					}

					w := New(&slow{upstream: up, takes: func() time.Duration {
						mu.Lock()
						defer mu.Unlock()
						return time.Duration(r.Int64N(int64(20 * time.Second)))
					}}, archive.New(b, nil), anna{}, Options{})

					wg.Go(func() {
						deliver(t, func(ctx context.Context, job task.Job) error { return w.Work(ctx, job, c.items) }, job)
					})
				}

				wg.Wait()
				part := job.Task.PartBlob(job.Target)
				if got, want := answersOf(t, b, part), answersOf(t, whole, part); !slices.Equal(got, want) {
					t.Errorf("%d entries, want %d", len(got), len(want))
				}

				for info := range b.List(t.Context(), "", "") {
					if of, _, ok := dsr.StretchOf(info.Name); info.Name != part && (!ok || of != part) {
						t.Errorf("%s was left behind", info.Name)
					}
				}
			})
		})
	}
}

func TestAChunkThatIsInTimeLeavesNothingBehind(t *testing.T) {
	w, b := workerOf(manyEntries(3, 10)())
	job := jobOf("ml-run-metrics")
	ctx, cancel := context.WithTimeout(t.Context(), invocation)
	defer cancel()
	if err := w.Work(ctx, job, items(5)); err != nil {
		t.Fatal(err)
	}
	for info := range b.List(t.Context(), "", "") {
		if info.Name != job.Task.PartBlob(job.Target) {
			t.Errorf("%s was left behind", info.Name)
		}
	}
}

// A try that finds the number of its stretch taken must not take the other's stretch for
// its own.
func TestADraftThatIsOvertakenBeginsAgainBehindTheOther(t *testing.T) {
	type adds = func(d *draft, items ...string)
	for name, overtaken := range map[string]func(d *draft, add adds) error{
		"as it finishes": func(d *draft, add adds) error {
			add(d, "b", "c")
			return d.finish(t.Context())
		},
		"as it makes safe what was read before a long document": func(d *draft, add adds) error {
			add(d, "d") // what has the same bytes as the other's is the other's
			return d.addLong(dsr.Entry{Endpoint: "W53", Item: "c"}, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, b := workerOf(&upstream{})
			add := func(d *draft, items ...string) {
				for _, item := range items {
					if err := d.add(dsr.Entry{Endpoint: "W53", Item: item}, nil); err != nil {
						t.Fatal(err)
					}
				}
			}

			begin := func() *draft {
				d, err := w.draft(t.Context(), "part.json", true)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(d.abort)
				return d
			}

			first := begin()
			add(first, "a")
			if kept := first.keep(t.Context()); kept != 1 {
				t.Fatalf("%d entries are kept", kept)
			}

			quick, late := begin(), begin()
			add(quick, "b")
			quick.keep(t.Context())

			if err := overtaken(late, add); !errors.Is(err, errOvertaken) {
				t.Errorf("got %v", err)
			}
			if got := partOf(t, b, "part.json"); got != nil {
				t.Errorf("a part was made: %v", got)
			}

			again := begin()
			if _, done := again.kept.of(azureml.Operation{ID: "W53"}, "b"); !done || again.stretches != 2 {
				t.Errorf("%d stretches hold %v", again.stretches, again.kept)
			}

			add(again, "c")
			if err := again.finish(t.Context()); err != nil {
				t.Fatal(err)
			}

			var got []string
			for _, e := range partOf(t, b, "part.json") {
				got = append(got, e.Item)
			}

			if !slices.Equal(got, []string{"a", "b", "c"}) {
				t.Errorf("the part holds %v", got)
			}
		})
	}
}

// A part whose stretches have used up their numbers is still finished, and no stretch
// has a number that no reader knows.
func TestTheLastStretchIsForTheEndOfThePart(t *testing.T) {
	tests := map[string]struct {
		stored  int
		keeps   bool // the try is cut short before it has read the rest
		want    int  // stretches in the end
		wantAdd int  // entries that the try that is cut short has kept
	}{
		"a number is left for what is made safe": {stored: dsr.MaxStretch - 2, want: dsr.MaxStretch},
		"none is":                                {stored: dsr.MaxStretch - 1, want: dsr.MaxStretch},
		"one is, and the try is cut short":       {stored: dsr.MaxStretch - 2, keeps: true, want: dsr.MaxStretch, wantAdd: 1},
		"none is, and the try is cut short":      {stored: dsr.MaxStretch - 1, keeps: true, want: dsr.MaxStretch},
		"all was read, and the part is not made": {stored: dsr.MaxStretch, want: dsr.MaxStretch},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w, b := workerOf(&upstream{})
			for n := range tt.stored {
				part, err := w.archive.NewPart(t.Context(), dsr.StretchBlob("part.json", n+1))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := part.Commit(); err != nil {
					t.Fatal(err)
				}
			}

			read := func() *draft {
				d, err := w.draft(t.Context(), "part.json", true)
				if err != nil {
					t.Fatal(err)
				}

				t.Cleanup(d.abort)
				if tt.stored == dsr.MaxStretch {
					return d
				}

				if _, done := d.kept.of(azureml.Operation{ID: "W53"}, "a"); !done {
					err = d.add(dsr.Entry{Endpoint: "W53", Item: "a"}, nil)
				}
				if err == nil {
					err = d.addLong(dsr.Entry{Endpoint: "W53", Item: "b"}, nil)
				}
				if err != nil {
					t.Fatal(err)
				}

				return d
			}

			if tt.keeps {
				if added := read().keep(t.Context()); added != tt.wantAdd {
					t.Errorf("%d entries are kept, want %d", added, tt.wantAdd)
				}
			}

			if err := read().finish(t.Context()); err != nil {
				t.Fatal(err)
			}

			stretches := 0
			for info := range b.List(t.Context(), "", "") {
				_, _, ok := dsr.StretchOf(info.Name)
				if !ok && info.Name != "part.json" {
					t.Errorf("%s is no stretch's name", info.Name)
				}
				if ok {
					stretches++
				}
			}

			if got := partOf(t, b, "part.json"); stretches != tt.want || (tt.stored < dsr.MaxStretch && len(got) != 2) {
				t.Errorf("%d entries of %d stretches, want 2 of %d", len(got), stretches, tt.want)
			}
		})
	}
}
