package export

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/task"
)

// counted writes each call to storage down.
type counted struct {
	archive.Backend
	calls *[]string
}

func (c counted) note(call, name string) {
	*c.calls = append(*c.calls, call+" "+strings.TrimPrefix(name, request+"/1/"))
}

func (c counted) Put(ctx context.Context, name string, body []byte, meta map[string]string) error {
	c.note("put", name)
	return c.Backend.Put(ctx, name, body, meta)
}

func (c counted) Stat(ctx context.Context, name string) (archive.Info, error) {
	c.note("stat", name)
	return c.Backend.Stat(ctx, name)
}

func (c counted) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, archive.Info, error) {
	c.note("open", name)
	return c.Backend.Open(ctx, name, offset)
}

func (c counted) List(ctx context.Context, prefix, from string) iter.Seq2[archive.Info, error] {
	c.note("list", prefix)
	return c.Backend.List(ctx, prefix, from)
}

// sends counts what is sent to queues.
type sends int

func (s *sends) Send(_ context.Context, _ string, messages ...dsr.Message) error {
	if len(messages) > 0 {
		*s++
	}
	return nil
}

func (s *sends) WakeLater(context.Context, dsr.Attempt) error { *s++; return nil }
func (s *sends) WakeSoon(context.Context, dsr.Attempt) error  { *s++; return nil }

// countedRunner is a runner whose storage is counted, on the plan of one node of
// runs. The process has asked before whether the attempt is canceled.
func countedRunner(t *testing.T, u *upstream) (r *task.Runner, calls *[]string, sent *sends) {
	t.Helper()
	calls, sent = new([]string), new(sends)
	audit, exports := counted{memory.New(), calls}, counted{memory.New(), calls}
	index := archive.New(memory.New(), nil)
	stored := archive.New(exports, nil)
	l := ledger.New(archive.New(audit, nil), stored, index)

	place := dsr.Target{
		Level:          dsr.Project,
		SubscriptionID: "s",
		ResourceGroup:  "g",
		Account:        "a",
		Workspace:      "w",
		Project:        "p",
		Location:       "eastus2",
	}
	plan := dsr.Plan{
		RequestID: request,
		Attempt:   1,
		Kind:      dsr.KindExport,
		Nodes:     []dsr.Node{{Number: 1, Type: "runs", Target: place.ID()}},
	}
	if _, err := l.RecordPlan(t.Context(), plan); err != nil {
		t.Fatal(err)
	}

	r = task.New(l, sent, New(u, stored, anna{}, Options{}), sent, task.Options{ChunkItems: 2})

	return r, calls, sent
}

// deliverAt runs a first delivery of a task whose message was put into its queue some
// time ago.
func deliverAt(t *testing.T, r *task.Runner, page, chunk int, ago time.Duration) {
	t.Helper()
	k := jobOf("runs").Task
	k.Page, k.Chunk = page, chunk
	body, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context(), task.Delivery{Body: body, Count: 1, EnqueuedTime: time.Now().Add(-ago)}); err != nil {
		t.Fatal(err)
	}
}

// runPages answers a list of two pages with three runs each, and each run.
func runPages() *upstream {
	page := func(next string, n int) string {
		return fmt.Sprintf(`{"value":[{"runId":"r%d"},{"runId":"r%d"},{"runId":"r%d"}],"continuationToken":%s}`, n, n+1, n+2, next)
	}
	return &upstream{
		answers: map[string]string{"E14": page(`"more"`, 0), "E14 token:more": page("null", 3)},
		other:   func(azureml.Call) (string, error) { return `{"by":"oid-anna"}`, nil },
	}
}

func TestAFirstDeliveryCostsNoCallBeyondWhatItRecords(t *testing.T) {
	r, calls, sent := countedRunner(t, runPages())
	deliverAt(t, r, 1, 0, time.Second) // asks whether the attempt is canceled

	for _, tt := range []struct {
		name        string
		page, chunk int
		want        []string
		sent        sends
	}{
		{"a listing", 2, 0, []string{
			"put data/runs/ANSWER", "put pages/00001/1-000002.json", "put data/runs/PART", "put receipts/00001/1-000002-00000-runs.json",
		}, 2},
		{"a chunk", 2, 1, []string{"put data/runs/PART", "put receipts/00001/1-000002-00001-runs.json"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			*calls, *sent = nil, 0
			deliverAt(t, r, tt.page, tt.chunk, time.Second)

			k := jobOf("runs").Task
			k.Page, k.Chunk = tt.page, tt.chunk
			place := dsr.Target{Level: dsr.Project, SubscriptionID: "s", ResourceGroup: "g", Account: "a", Workspace: "w", Project: "p", Location: "eastus2"}
			names := strings.NewReplacer(
				strings.TrimPrefix(k.AnswerBlob(place), request+"/1/"), "data/runs/ANSWER",
				strings.TrimPrefix(k.PartBlob(place), request+"/1/"), "data/runs/PART",
			)
			var got []string
			for _, c := range *calls {
				got = append(got, names.Replace(c))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("calls to storage %q, want %q", got, tt.want)
			}
			if *sent != tt.sent {
				t.Errorf("%d calls to Service Bus, want %d", *sent, tt.sent)
			}
		})
	}
}

func TestADeliveryThatMayBeASecondLooksFirst(t *testing.T) {
	r, calls, _ := countedRunner(t, runPages())
	deliverAt(t, r, 1, 0, time.Second)
	*calls = nil
	deliverAt(t, r, 2, 0, time.Hour) // as old as that, it may be a copy

	for _, want := range []string{"open receipts/00001/1-000002-00000-runs.json", "open pages/00001/1-000002.json"} {
		if !slices.Contains(*calls, want) {
			t.Errorf("calls to storage %q, want %q among them", *calls, want)
		}
	}
}
