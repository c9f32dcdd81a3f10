package verify_test

import (
	"fmt"
	"testing"

	"azureml-dsr/internal/dsr"
)

// twoPages makes a list of two pages, of which the second repeats an item of the first. forge
// may change a page before its receipts are made, so that all hashes are right.
func twoPages(t *testing.T, forge func(f *fixture, page int, p *dsr.Page)) *fixture {
	t.Helper()
	return newList(t, func(f *fixture) {
		for _, page := range []struct {
			number        int
			state         dsr.PageState
			items, before []string
		}{
			{1, dsr.PageNext, []string{"a", "b"}, []string{}},
			{2, dsr.PageLast, []string{"b", "c"}, []string{"a", "b"}},
		} {
			task := f.at(1, 1, page.number, 0, "runs")
			f.answer(task, page.items...)
			f.page(task, page.state, page.items, page.before)
			p := stored[dsr.Page](f, task.PageBlob())
			forge(f, page.number, &p)
			p.Chunks = max(1, (len(p.Items)+p.ChunkItems-1)/p.ChunkItems)
			p.Answer = f.ref(task.AnswerBlob(f.target(task)))
			f.record(task.PageBlob(), p)
			f.work(task, p.Items...)
		}
	}, nil)
}

func TestVerifyChecksAPageAgainstItsAnswer(t *testing.T) {
	const first, second = "inconsistent 1/pages/00001/1-000001.json", "inconsistent 1/pages/00001/1-000002.json"
	of := func(number int, change func(f *fixture, p *dsr.Page)) func(*fixture, int, *dsr.Page) {
		return func(f *fixture, page int, p *dsr.Page) {
			if page == number {
				change(f, p)
			}
		}
	}
	for _, c := range []struct {
		name  string
		forge func(*fixture, int, *dsr.Page)
		want  []string
	}{
		{"as the worker makes it", of(0, nil), nil},
		{"last, and its answer leads on", of(2, func(f *fixture, _ *dsr.Page) {
			f.lead("req-1/1/data/runs/s/g/e/w/p/page-1-000002.json")
		}), []string{second}},
		{"next, and its answer leads nowhere", of(1, func(f *fixture, _ *dsr.Page) {
			f.lead("req-1/1/data/runs/s/g/e/w/p/page-1-000001.json")
			f.endHere("req-1/1/data/runs/s/g/e/w/p/page-1-000001.json")
		}), []string{first}},
		{"next, to another page than its answer leads to", of(1, func(_ *fixture, p *dsr.Page) { p.Cursor += "?skip=100" }), []string{first}},
		{"last, with a cursor", of(2, func(_ *fixture, p *dsr.Page) { p.Cursor = nextPage }), []string{second}},
		{"without an item", of(1, func(_ *fixture, p *dsr.Page) { p.Items = p.Items[:1] }), []string{first, first, second}},
		{"without any item", of(2, func(_ *fixture, p *dsr.Page) { p.Items = []string{} }), []string{second, second}},
		{"without an item, as if it were repeated", of(2, func(_ *fixture, p *dsr.Page) { p.Items, p.Repeated = []string{}, 2 }), []string{second}},
		{"with another number of repeated items", of(2, func(_ *fixture, p *dsr.Page) { p.Repeated = 7 }), []string{second}},
		{"with another item", of(2, func(_ *fixture, p *dsr.Page) { p.Items = []string{"x"} }), []string{second}},
		{"with an item twice", of(1, func(_ *fixture, p *dsr.Page) { p.Items = []string{"a", "a"} }), []string{first, second}},
		{"with an item too much", of(2, func(_ *fixture, p *dsr.Page) { p.Items = []string{"c", "d"} }), []string{second, second}},
		{"carrying over an id that it has not seen", of(1, func(_ *fixture, p *dsr.Page) { p.Window = []string{"c"} }), []string{first}},
	} {
		t.Run(c.name, func(t *testing.T) { wantFaults(t, twoPages(t, c.forge).verify(nil), c.want...) })
	}
}

// endHere makes an answer lead to no other page.
func (f *fixture) endHere(answer string) {
	f.t.Helper()
	delete(f.leads, answer)
	f.part(answer, f.entries[answer]...)
}

// answered is one document of a list's answer.
type answered struct{ row, item, document string }

func TestAnAnswerIsReadWhateverItsShape(t *testing.T) {
	const two = `{"value":[{"name":"a"},{"name":"b"}]}`
	object := `{"name":"loss","namespace":null}`
	for _, c := range []struct {
		name    string
		answers []answered
		state   dsr.PageState
		cursor  string
		items   []string
		right   bool
	}{
		{"an object around the elements", []answered{{"W06", "", two}}, dsr.PageLast, "", []string{"a", "b"}, true},
		{"an array", []answered{{"E14", "", `[{"runId":"a"},{"runId":"b"}]`}}, dsr.PageLast, "", []string{"a", "b"}, true},
		{"no elements", []answered{{"W06", "", `{"value":null}`}}, dsr.PageLast, "", nil, true},
		{"no list", []answered{{"W06", "", `{"error":"x"}`}}, dsr.PageLast, "", nil, false},
		{"a string", []answered{{"W06", "", `"x"`}}, dsr.PageLast, "", nil, false},
		{"names of ARM with the parent's", []answered{{"W06", "", `{"value":[{"name":"w/a"},{"name":"w/b"}]}`}}, dsr.PageLast, "", []string{"a", "b"}, true},
		{"names that are objects", []answered{{"W56", "run", `{"value":[{"metricKey":{"name": "loss", "namespace": null}}]}`}}, dsr.PageLast, "", []string{object}, true},
		{"elements that name nothing", []answered{{"E17", "", `{"value":[{"x":1},{"x":2}]}`}}, dsr.PageLast, "", nil, true},
		{"elements that name something", []answered{{"E15", "", `{"value":[{"experimentId":"a"}]}`}}, dsr.PageLast, "", nil, false},
		{"a token", []answered{{"E14", "", `{"continuationToken":"t","value":[]}`}}, dsr.PageNext, "token:t", nil, true},
		{"a token that is passed over", []answered{{"E14", "", `{"continuationToken":"t","value":[]}`}}, dsr.PageLast, "", nil, false},
		{"a link and a token, by the link", []answered{{"E14", "", `{"continuationToken":"t","nextLink":"l","value":[]}`}}, dsr.PageNext, "l", nil, true},
		{"a link and a token, by the token", []answered{{"W62", "", `{"continuationToken":"t","nextLink":"l","value":[]}`}}, dsr.PageNext, "token:t", nil, true},
		{"a link of a list that is read by POST", []answered{{"W50", "", `{"nextLink":"l","value":[]}`}}, dsr.PageLast, "", nil, true},
		{"an empty link", []answered{{"E14", "", `{"nextLink":"","continuationToken":null,"value":[]}`}}, dsr.PageLast, "", nil, true},
		{"objects, with more behind them", []answered{{"W68", "", `{"data":[{"id":"a"}],"last_id":"a","has_more":true}`}}, dsr.PageNext, "token:a", []string{"a"}, true},
		{"objects, with more that is passed over", []answered{{"W68", "", `{"data":[{"id":"a"}],"last_id":"a","has_more":true}`}}, dsr.PageLast, "", []string{"a"}, false},
		{"objects, and no more", []answered{{"W68", "", `{"data":[{"id":"a"}],"last_id":"a","has_more":false}`}}, dsr.PageLast, "", []string{"a"}, true},
		{"objects, and another page than the next", []answered{{"W68", "", `{"data":[{"id":"a"}],"last_id":"a","has_more":true}`}}, dsr.PageNext, "token:b", []string{"a"}, false},
		{"objects, and a link that means nothing", []answered{{"W68", "", `{"data":[],"nextLink":"l","has_more":false}`}}, dsr.PageLast, "", nil, true},
		{"names in the ids of assets", []answered{{"W76", "", `{"value":[{"id":"azureml://w/indexes/a/versions/3"}]}`}}, dsr.PageLast, "", []string{"a"}, true},
		{"another name than in the id of an asset", []answered{{"W76", "", `{"value":[{"id":"azureml://w/indexes/a/versions/3"}]}`}}, dsr.PageLast, "", []string{"w"}, false},
		{"children to their end", []answered{
			{"W52", "", `{"value":[{"runId":"a"}]}`},
			{"W54", "a", `{"value":[{"runId":"b"}],"nextLink":"l"}`},
			{"W54", "a", `{"value":[]}`},
			{"W54", "b", `{"value":[]}`},
		}, dsr.PageLast, "", []string{"a", "b"}, true},
		{"children that go on", []answered{
			{"W52", "", `{"value":[{"runId":"a"}]}`},
			{"W54", "a", `{"value":[],"nextLink":"l"}`},
		}, dsr.PageLast, "", []string{"a"}, false},
		{"an item whose children are not listed", []answered{
			{"W52", "", `{"value":[{"runId":"a"}]}`},
			{"W54", "a", `{"value":[{"runId":"b"}]}`},
		}, dsr.PageLast, "", []string{"a", "b"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newList(t, func(f *fixture) {
				f.documents = map[string]string{}
				task := f.at(1, 1, 1, 0, "runs")
				var entries []dsr.Entry
				for i, a := range c.answers {
					e := entry(a.row, a.item)
					e.URL = fmt.Sprintf("https://example.org/answers/%d", i)
					f.documents[e.URL] = a.document
					entries = append(entries, e)
				}

				f.part(task.AnswerBlob(f.target(task)), entries...)

				p := dsr.NewPage(task, c.items, nil, 50)
				p.State, p.Cursor, p.Answer = c.state, c.cursor, f.ref(task.AnswerBlob(f.target(task)))
				f.record(task.PageBlob(), p)
				f.work(task, c.items...)

				if c.state == dsr.PageNext {
					f.listed(1, 2, dsr.PageLast)
				}
			}, nil)

			faults := f.verify(nil).Faults
			if (len(faults) == 0) != c.right {
				t.Errorf("faults %+v", faults)
			}

			for _, fault := range faults {
				if fault.Name != "req-1/1/pages/00001/1-000001.json" {
					t.Errorf("%+v", fault)
				}
			}
		})
	}
}

func TestAListThatDoesNotExistHasOnePageWithoutItems(t *testing.T) {
	for items, right := range map[string]bool{"": true, "a": false} {
		f := newList(t, func(f *fixture) {
			task := f.at(1, 1, 1, 0, "runs")
			f.answer(task)
			f.blobs[task.AnswerBlob(f.target(task))] = []byte(`[{"endpoint":"W40","item":"","url":"u","status":404,"retrievedAt":"2026-11-23T10:00:00Z","document":null}]`)
			f.page(task, dsr.PageLast, []string{}, []string{})

			if items != "" {
				edit(f, task.PageBlob(), func(p *dsr.Page) { p.Items = []string{items} })
			}

			f.work(task, items)
			edit(f, task.ReceiptBlob(), func(r *dsr.Receipt) {
				body := f.read(task.AnswerBlob(f.target(task)))
				r.Parts[0] = dsr.PartRef{Name: r.Parts[0].Name, SHA256: sha256Hex(body), Size: int64(len(body))}
			})
		}, nil)

		of := 0
		for _, fault := range f.verify(nil).Faults {
			if fault.Name == "req-1/1/pages/00001/1-000001.json" {
				of++
			}
		}

		if (of == 0) != right {
			t.Errorf("with items %q: %d faults of the page", items, of)
		}
	}
}

// The task that lists a page may fail afterwards. Its receipt has no part then, but the
// page's other tasks still depend on the answer.
func TestVerifyChecksTheAnswerOfAPageWhoseListingTaskFailed(t *testing.T) {
	const page, answer = "1/pages/00001/1-000001.json", "1/data/runs/s/g/e/w/p/page-1-000001.json"
	for _, c := range []struct {
		name   string
		before func(*fixture) // the page is recorded
		after  func(*fixture)
		want   []string
	}{
		{"right", nil, nil, nil},
		{"leading on", func(f *fixture) { f.lead("req-1/" + answer) }, nil, []string{"inconsistent " + page}},
		{"changed", nil, func(f *fixture) { f.flip("req-1/" + answer) }, []string{"changed " + answer}},
		{"gone", nil, func(f *fixture) { f.remove("req-1/" + answer) }, []string{"missing " + answer}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newList(t, func(f *fixture) {
				task := f.at(1, 1, 1, 0, "runs")
				f.answer(task, "a")

				if c.before != nil {
					c.before(f)
				}

				f.page(task, dsr.PageLast, []string{"a"}, []string{})
				r := dsr.NewReceipt(task, dsr.Failed, theTime)
				r.PageRecord = f.ref(task.PageBlob())
				r.Fail(dsr.Failure{
					Endpoint: "E16",
					Target:   projectID,
					Reason:   dsr.ReasonTransient,
					Error:    "given up",
				})
				f.record(task.ReceiptBlob(), r)
			}, nil)
			if c.after != nil {
				c.after(f)
			}

			wantFaults(t, f.verify(nil), c.want...)
		})
	}
}

func TestAPageWithoutAnAnswerHasItsTargetAsItem(t *testing.T) {
	const page = "inconsistent 1/pages/00001/1-000001.json"
	for _, c := range []struct {
		name    string
		items   []string
		retries *dsr.NodeRef
		want    []string
	}{
		{"the target", []string{projectID}, nil, nil},
		{"another item", []string{"a"}, nil, []string{page}},
		{"no item", nil, nil, []string{page}},
		{"what failed before", []string{"a"}, &dsr.NodeRef{Attempt: 1, Node: 1}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newList(t, func(f *fixture) {
				f.plan.Nodes[0].Retries = c.retries
				f.record(theAttempt.Plan(), f.plan)
				task := f.at(1, 1, 1, 0, "runs")
				f.page(task, dsr.PageLast, c.items, nil)
				f.part(task.PartBlob(f.target(task)), f.each("E16", c.items)...)
				r := dsr.NewReceipt(task, dsr.Succeeded, theTime)
				r.PageRecord = f.ref(task.PageBlob())
				f.tally(&r, task.PartBlob(f.target(task)))
				f.record(task.ReceiptBlob(), r)
			}, nil)

			wantFaults(t, f.verify(nil), c.want...)
		})
	}
}

// each returns an entry of each item.
func (f *fixture) each(row string, items []string) (entries []dsr.Entry) {
	for _, item := range items {
		entries = append(entries, entry(row, item))
	}
	return entries
}
