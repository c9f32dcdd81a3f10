package dsr_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

// recorded is a visitor that writes down what it is told.
type recorded struct{ done, missing []string }

func (r *recorded) Done(m dsr.ReceiptMark) {
	r.done = append(r.done, fmt.Sprintf("%s %d-%d-%d %s", m.Node, m.Generation, m.Page, m.Chunk, m.Type))
}

func (r *recorded) Missing(t dsr.Task, since time.Time) {
	r.missing = append(r.missing, fmt.Sprintf("%s %d-%d-%d %s @%d", t.Node, t.Generation, t.Page, t.Chunk, t.Type, since.Unix()))
}

const sub = "00001~0123456789abcdef"

// pages and receipts are written as they are listed: in the order of names.
// A page is "node gen-page state chunks", a receipt "node gen-page-chunk type
// [sub-node ids]"; their creation time is their place in the list, from 1.
func marks(t *testing.T, pages, receipts []string) (iter.Seq2[dsr.PageMark, error], iter.Seq2[dsr.ReceiptMark, error]) {
	t.Helper()
	ps := func(yield func(dsr.PageMark, error) bool) {
		for i, line := range pages {
			var node, state string
			var g, p, chunks int
			if _, err := fmt.Sscanf(line, "%s %d-%d %s %d", &node, &g, &p, &state, &chunks); err != nil {
				t.Errorf("page %q: %v", line, err)
				return
			}
			m, err := dsr.ParsePageMark(fmt.Sprintf("%s/%d-%06d.json", node, g, p),
				map[string]string{"state": state, "chunks": fmt.Sprint(chunks)}, time.Unix(int64(i+1), 0))
			if !yield(m, err) {
				return
			}
		}
	}
	rs := func(yield func(dsr.ReceiptMark, error) bool) {
		for i, line := range receipts {
			f := strings.Fields(line)
			var g, p, c int
			if _, err := fmt.Sscanf(f[1], "%d-%d-%d", &g, &p, &c); err != nil {
				t.Errorf("receipt %q: %v", line, err)
				return
			}
			m, err := dsr.ParseReceiptMark(line, fmt.Sprintf("%s/%d-%06d-%05d-%s.json", f[0], g, p, c, f[2]),
				map[string]string{"outcome": "succeeded", "subnodes": strings.Join(f[3:], " ")}, time.Unix(int64(100+i), 0))
			if !yield(m, err) {
				return
			}
		}
	}
	return ps, rs
}

func TestSurvey(t *testing.T) {
	plan := dsr.Plan{RequestID: "r", Attempt: 1, CreatedAt: time.Unix(0, 0), Nodes: []dsr.Node{
		{Number: 1, Type: "runs", Followers: []string{"artifacts"}},
		{Number: 2, Type: "models"},
	}}
	models := "00002 1-1 last 1"
	modelsDone := "00002 1-1-0 models"
	tests := []struct {
		name            string
		pages, receipts []string
		missing         []string
		done            int
	}{
		{"nothing recorded: each node's first task is missing since the plan", nil, nil,
			[]string{"00001 1-1-0 runs @0", "00002 1-1-0 models @0"}, 0},
		{"a page and no receipts: its tasks are missing since it was recorded, its lister since the plan",
			[]string{"00001 1-1 last 2", models}, []string{modelsDone},
			[]string{"00001 1-1-0 artifacts @1", "00001 1-1-0 runs @0", "00001 1-1-1 artifacts @1", "00001 1-1-1 runs @1"}, 1},
		{"a page that goes on names the next, missing since then",
			[]string{"00001 1-1 next 1", models}, []string{"00001 1-1-0 artifacts", "00001 1-1-0 runs", modelsDone},
			[]string{"00001 1-2-0 runs @1"}, 3},
		{"complete", []string{"00001 1-1 next 1", "00001 1-2 last 1", models},
			[]string{"00001 1-1-0 artifacts", "00001 1-1-0 runs", "00001 1-2-0 artifacts", "00001 1-2-0 runs", modelsDone}, nil, 5},
		{"a failed page has its lister's task only", []string{"00001 1-1 failed 1", models}, []string{"00001 1-1-0 runs", modelsDone}, nil, 2},
		{"a follower's receipt is not taken for another's", []string{"00001 1-1 last 1", models}, []string{"00001 1-1-0 artifacts", modelsDone},
			[]string{"00001 1-1-0 runs @0"}, 2},
		{"a page past a gap does not count", []string{"00001 1-1 next 1", "00001 1-3 last 1", models},
			[]string{"00001 1-1-0 artifacts", "00001 1-1-0 runs", "00001 1-3-0 artifacts", "00001 1-3-0 runs", modelsDone},
			[]string{"00001 1-2-0 runs @1"}, 3},
		{"a generation that continues is abandoned for the next", []string{"00001 1-1 next 1", "00001 1-2 continues 1", models},
			[]string{"00001 1-1-0 artifacts", "00001 1-1-0 runs", modelsDone}, []string{"00001 2-1-0 runs @2"}, 1},
		{"only the newest generation counts", []string{"00001 1-1 continues 1", "00001 2-1 last 1", models},
			[]string{"00001 1-1-0 runs", "00001 2-1-0 artifacts", "00001 2-1-0 runs", modelsDone}, nil, 3},
		{"a late page of an abandoned generation changes nothing", []string{"00001 1-1 next 1", "00001 1-2 continues 1", "00001 1-3 last 1", "00001 2-1 last 1", models},
			[]string{"00001 1-3-0 artifacts", "00001 1-3-0 runs", "00001 2-1-0 artifacts", "00001 2-1-0 runs", modelsDone}, nil, 3},
		{"a sub-node that a receipt names is missing since the receipt", []string{"00001 1-1 last 1", models},
			[]string{"00001 1-1-0 artifacts 0123456789abcdef", "00001 1-1-0 runs", modelsDone}, []string{sub + " 1-1-0 artifacts @100"}, 3},
		{"a sub-node has pages and receipts of its own", []string{"00001 1-1 last 1", sub + " 1-1 next 1", models},
			[]string{"00001 1-1-0 artifacts 0123456789abcdef", "00001 1-1-0 runs", sub + " 1-1-0 artifacts", modelsDone},
			[]string{sub + " 1-2-0 artifacts @2"}, 4},
		{"a sub-node that is done", []string{"00001 1-1 last 1", sub + " 1-1 last 2", models},
			[]string{"00001 1-1-0 artifacts 0123456789abcdef", "00001 1-1-0 runs", sub + " 1-1-0 artifacts", sub + " 1-1-1 artifacts", modelsDone}, nil, 5},
		{"a sub-node that only an abandoned generation names does not count", []string{"00001 1-1 next 1", "00001 1-2 continues 1", "00001 2-1 last 1", sub + " 1-1 next 1", models},
			[]string{"00001 1-1-0 artifacts 0123456789abcdef", "00001 2-1-0 artifacts", "00001 2-1-0 runs", sub + " 1-1-0 artifacts", modelsDone}, nil, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pages, receipts := marks(t, tt.pages, tt.receipts)
			var got recorded
			if err := dsr.Survey(plan, pages, receipts, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.missing, got.missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
			if len(got.done) != tt.done {
				t.Errorf("done %v, want %d", got.done, tt.done)
			}
		})
	}
}

func TestSurveyStopsAtAnErrorOfTheListing(t *testing.T) {
	failing := func(yield func(dsr.PageMark, error) bool) { yield(dsr.PageMark{}, fmt.Errorf("listing broke")) }
	_, receipts := marks(t, nil, nil)
	plan := dsr.Plan{RequestID: "r", Attempt: 1, Nodes: []dsr.Node{{Number: 1, Type: "runs"}}}
	if err := dsr.Survey(plan, failing, receipts, &recorded{}); err == nil {
		t.Error("a listing that broke off was taken for a whole one")
	}
}

func TestPageTasksComeInTheOrderTheyAreSent(t *testing.T) {
	lister := dsr.Task{SchemaVersion: "1.0", RequestID: "r", Attempt: 1, Node: "00001", Generation: 1, Page: 1, Type: "runs"}
	page := dsr.NewPage(lister, []string{"a", "b", "c"}, nil, 2)
	page.State = dsr.PageNext
	var got []string
	for _, k := range page.Tasks(lister, []string{"artifacts"}) {
		got = append(got, fmt.Sprintf("%d-%d-%d %s", k.Generation, k.Page, k.Chunk, k.Type))
	}
	want := []string{"1-2-0 runs", "1-1-1 runs", "1-1-0 artifacts", "1-1-1 artifacts"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	page.State = dsr.PageContinues
	if got := page.Tasks(lister, []string{"artifacts"}); len(got) != 1 || got[0].Generation != 2 || got[0].Page != 1 {
		t.Errorf("a page that continues names %+v, want the next generation's first page", got)
	}
	page.State = dsr.PageFailed
	if got := page.Tasks(lister, []string{"artifacts"}); got != nil {
		t.Errorf("a failed page names %+v, want nothing", got)
	}
}

func TestNewPageLeavesOutWhatIsRepeated(t *testing.T) {
	p := dsr.NewPage(dsr.Task{}, []string{"b", "c", "c", "d", "b"}, []string{"a", "b"}, 2)
	if !slices.Equal(p.Items, []string{"c", "d"}) || p.Repeated != 3 || p.Chunks != 1 {
		t.Errorf("%+v", p)
	}
	if empty := dsr.NewPage(dsr.Task{}, nil, nil, 50); empty.Chunks != 1 {
		t.Errorf("an empty page has %d chunks, want 1", empty.Chunks)
	}
	many := dsr.NewPage(dsr.Task{}, []string{"1", "2", "3", "4", "5"}, nil, 2)
	if many.Chunks != 3 || !slices.Equal(many.Chunk(2), []string{"5"}) || len(many.Chunk(3)) != 0 {
		t.Errorf("%d chunks, last %v", many.Chunks, many.Chunk(2))
	}
}
