package archive_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/document/documenttest"
	"azureml-dsr/internal/dsr"

	"github.com/google/go-cmp/cmp"
)

func anEntry(item string) dsr.Entry {
	return dsr.Entry{
		Endpoint:    "E16",
		Item:        item,
		URL:         "https://x/runs/" + item + "?a=1&b=<2>",
		Status:      200,
		RetrievedAt: time.Date(2026, 11, 24, 8, 0, 0, 5e8, time.FixedZone("", 3600)),
	}
}

func copyOf(doc string, opts document.Options) func(io.Writer) (document.Result, error) {
	return func(w io.Writer) (document.Result, error) {
		return document.Copy(w, strings.NewReader(doc), opts)
	}
}

func newPart(t *testing.T, b archive.Backend) *archive.PartWriter {
	t.Helper()
	p, err := small(b).NewPart(t.Context(), "part")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func commitPart(t *testing.T, b archive.Backend, p *archive.PartWriter) (string, archive.Info) {
	t.Helper()
	info, err := p.Commit()
	if err != nil {
		t.Fatal(err)
	}
	body, _, err := readAll(b, "part")
	if err != nil || !json.Valid([]byte(body)) || info.Metadata["sha256"] != hashOf(body) {
		t.Fatalf("stored %s, returned %+v, %v", body, info, err)
	}
	return body, info
}

func TestAPartIsAnArrayOfEntries(t *testing.T) {
	b := memory.New()
	p := newPart(t, b)
	opts := document.Options{Secrets: []document.Secret{{Pointer: "/token"}}, Subject: documenttest.Finder(func(s string) bool { return s == "ann" })}
	gone, refused, artifact, handed := anEntry("gone"), anEntry("refused"), anEntry("file"), anEntry("long")
	gone.Status, refused.Status = 404, 403
	refused.Error = &dsr.ItemError{Code: dsr.ReasonForbidden, Message: "no"}
	artifact.Content = &dsr.Content{Name: "data/x", SHA256: "ab", Size: 7}
	handed.SubNode = "00001~0123456789abcdef"

	for _, err := range []error{
		p.Add(anEntry("run-1"), copyOf(` {"a": 1e400,"token":"s3cret","who":["ann","ann"]} `, opts)),
		p.Add(gone, nil), p.Add(refused, nil), p.Add(artifact, copyOf(`{}`, opts)), p.Add(handed, nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}

	body, info := commitPart(t, b, p)
	want := `[{"endpoint":"E16","item":"run-1","url":"https://x/runs/run-1?a=1&b=<2>","status":200,"retrievedAt":"2026-11-24T07:00:00.5Z",` +
		`"document":{"a": 1e400,"token":"[masked]","who":["ann","ann"]},"masked":["/token"],"subjectMatches":2,"mentions":["/who/0","/who/1"]},
{"endpoint":"E16","item":"gone","url":"https://x/runs/gone?a=1&b=<2>","status":404,"retrievedAt":"2026-11-24T07:00:00.5Z","document":null},
{"endpoint":"E16","item":"refused","url":"https://x/runs/refused?a=1&b=<2>","status":403,"retrievedAt":"2026-11-24T07:00:00.5Z","document":null,` +
		`"error":{"code":"Forbidden","message":"no"}},
{"endpoint":"E16","item":"file","url":"https://x/runs/file?a=1&b=<2>","status":200,"retrievedAt":"2026-11-24T07:00:00.5Z","document":{},` +
		`"content":{"name":"data/x","sha256":"ab","size":7}},
{"endpoint":"E16","item":"long","url":"https://x/runs/long?a=1&b=<2>","status":200,"retrievedAt":"2026-11-24T07:00:00.5Z","subNode":"00001~0123456789abcdef"}]`
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("part (-want +got):\n%s", diff)
	}
	if info.Metadata["documents"] != "2" || info.Metadata["subjectmatches"] != "2" {
		t.Errorf("metadata %v", info.Metadata)
	}
}

func TestAPartWithoutEntriesIsWritten(t *testing.T) {
	b := memory.New()
	body, info := commitPart(t, b, newPart(t, b))
	if body != "[]" || info.Metadata["documents"] != "0" || info.Metadata["subjectmatches"] != "0" {
		t.Errorf("got %s, %v", body, info.Metadata)
	}
}

func TestAPartDropsAnEntryWhoseDocumentNeverCame(t *testing.T) {
	for what, copyDocument := range map[string]func(io.Writer) (document.Result, error){
		"malformed": copyOf(`{"a":`, document.Options{}), "empty": copyOf("", document.Options{}),
		"nothing written": func(io.Writer) (document.Result, error) { return document.Result{}, nil },
		"an empty write": func(w io.Writer) (document.Result, error) {
			_, err := w.Write(nil)
			return document.Result{}, errors.Join(err, errLost())
		},
	} {
		b := memory.New()
		p := newPart(t, b)
		if err := p.Add(anEntry("x"), copyDocument); err == nil {
			t.Errorf("%s: no error", what)
		}
		if err := p.Add(anEntry("y"), copyOf("1", document.Options{})); err != nil {
			t.Fatal(err)
		}
		if err := p.Add(anEntry("z"), copyDocument); err == nil {
			t.Errorf("%s: no error", what)
		}

		body, info := commitPart(t, b, p)
		if strings.Count(body, "endpoint") != 1 || info.Metadata["documents"] != "1" {
			t.Errorf("%s: stored %s", what, body)
		}
	}
}

func TestAPartThatEndsWithinADocumentIsSpoiled(t *testing.T) {
	b := memory.New()
	p := newPart(t, b)
	broken := errors.New("the line broke")
	err := p.Add(anEntry("x"), func(w io.Writer) (document.Result, error) {
		long := strings.Repeat(`"0123456789",`, 5000)
		return document.Copy(w, io.MultiReader(strings.NewReader("["+long), iotest.ErrReader(broken)), document.Options{})
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := p.Add(anEntry("y"), nil); err == nil {
		t.Error("an entry was added after half a document")
	}
	if _, err := p.Commit(); err == nil {
		t.Error("it was committed")
	}

	p.Abort()

	if _, err := b.Stat(t.Context(), "part"); !errors.Is(err, archive.ErrNotFound) {
		t.Errorf("a blob is there: %v", err)
	}
}

func TestAPartKeepsTheClassOfAStoreThatFails(t *testing.T) {
	f := newFaulty()
	f.before = failAt("Stage", 3, dsr.Errorf(dsr.Throttled, "", "later"))
	p := newPart(t, f)
	err := p.Add(anEntry("x"), copyOf(`"`+strings.Repeat("x", 50_000)+`"`, document.Options{}))
	if dsr.ClassOf(err) != dsr.Throttled {
		t.Errorf("Add: %v", err)
	}
	if _, err = p.Commit(); dsr.ClassOf(err) != dsr.Throttled {
		t.Errorf("Commit: %v", err)
	}
}

func TestAPartRefusesADocumentBesideASubNode(t *testing.T) {
	e := anEntry("x")
	e.SubNode = "00001~0123456789abcdef"
	if err := newPart(t, memory.New()).Add(e, copyOf("1", document.Options{})); err == nil {
		t.Error("no error")
	}
}

func TestAPartTakesEntriesFromConcurrentWriters(t *testing.T) {
	b := memory.New()
	p := newPart(t, b)
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() {
			doc := fmt.Sprintf(`{"n":%d,"pad":"%s"}`, n, strings.Repeat("x", n*7))
			if err := p.Add(anEntry(fmt.Sprint(n)), copyOf(doc, document.Options{})); err != nil {
				t.Error(err)
			}
		})
	}

	all.Wait()
	body, info := commitPart(t, b, p)
	var entries []struct {
		Item     string
		Document struct{ N int }
	}
	if err := json.Unmarshal([]byte(body), &entries); err != nil || len(entries) != 50 || info.Metadata["documents"] != "50" {
		t.Fatalf("%d entries, %v, %v", len(entries), info, err)
	}

	for _, e := range entries {
		if e.Item != fmt.Sprint(e.Document.N) {
			t.Errorf("item %s has the document of %d", e.Item, e.Document.N)
		}
	}
}

func TestThePartOfTheFirstDeliveryCounts(t *testing.T) {
	b := memory.New()
	first, second := newPart(t, b), newPart(t, b)
	if err := first.Add(anEntry("x"), copyOf(`"first"`, document.Options{})); err != nil {
		t.Fatal(err)
	}
	_, stored := commitPart(t, b, first)
	info, err := second.Commit()
	if err != nil || info.Metadata["sha256"] != stored.Metadata["sha256"] || info.Metadata["documents"] != "1" {
		t.Errorf("returned %+v, %v", info, err)
	}
}
