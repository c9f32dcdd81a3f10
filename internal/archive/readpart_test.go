package archive_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/document/documenttest"
	"azureml-dsr/internal/dsr"

	"github.com/google/go-cmp/cmp"
)

func readPart(r io.Reader) (out []archive.StoredEntry, err error) {
	for e, err := range archive.ReadPart(r) {
		if err != nil {
			return out, err
		}
		out = append(out, e)
	}
	return out, nil
}

func TestReadPartReturnsWhatWasAdded(t *testing.T) {
	b := memory.New()
	p := newPart(t, b)
	gone, handed := anEntry("gone"), anEntry("long")
	gone.Status, gone.Error = 404, &dsr.ItemError{Code: "c", Message: "m"}
	handed.SubNode = "00001~0123456789abcdef"
	doc := "{\"a\" : [1e400, \"\xff\", {\"a\":1,\"a\":2}]}"
	add := func(e dsr.Entry, f func(io.Writer) (document.Result, error)) {
		t.Helper()
		if err := p.Add(e, f); err != nil {
			t.Fatal(err)
		}
	}

	add(anEntry("x"), copyOf(doc, document.Options{Subject: documenttest.Finder(func(s string) bool { return s == "a" })}))
	add(gone, nil)
	add(handed, nil)
	if _, err := p.Commit(); err != nil {
		t.Fatal(err)
	}
	body, _, err := readAll(b, "part")
	if err != nil {
		t.Fatal(err)
	}

	first := anEntry("x")
	first.SubjectMatches, first.Mentions = 3, []string{"/a", "/a/2/a"}
	want := []archive.StoredEntry{{Entry: first, HasDocument: true, Bytes: int64(len(doc))}, {Entry: gone}, {Entry: handed}}
	for how, r := range map[string]io.Reader{"at once": strings.NewReader(body), "byte by byte": iotest.OneByteReader(strings.NewReader(body))} {
		got, err := readPart(r)
		if err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", how, diff)
		}
	}

	for range archive.ReadPart(strings.NewReader(body)) {
		break // a reader may stop
	}

	err = archive.ReadDocument(iotest.OneByteReader(strings.NewReader(body)), func(r io.Reader) error {
		got, err := io.ReadAll(r)
		if string(got) != doc {
			t.Errorf("document %q", got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

const entry = `"endpoint":"E16","item":"x","url":"u","status":200,"retrievedAt":"2026-11-24T07:00:00Z"`

func TestReadPartRefusesWhatIsNoPart(t *testing.T) {
	for what, c := range map[string]struct {
		body string
		want error
	}{
		"nothing":               {"", document.ErrMalformed},
		"an object":             {"{}", archive.ErrNoPart},
		"an array of strings":   {`["s3cret"]`, archive.ErrNoPart},
		"no end":                {`[{` + entry + `,"document":1}`, document.ErrMalformed},
		"an open document":      {`[{` + entry + `,"document":{"a":`, document.ErrMalformed},
		"something behind":      {`[]x`, document.ErrMalformed},
		"a second array":        {`[][]`, document.ErrMalformed},
		"a missing member":      {`[{"endpoint":"E16","document":1}]`, archive.ErrNoPart},
		"no document":           {`[{` + entry + `}]`, archive.ErrNoPart},
		"both":                  {`[{` + entry + `,"document":1,"subNode":"x"}]`, archive.ErrNoPart},
		"two documents":         {`[{` + entry + `,"document":1,"document":2}]`, archive.ErrNoPart},
		"a member twice":        {`[{` + entry + `,"status":404,"document":2}]`, archive.ErrNoPart},
		"a wrong type":          {`[{` + strings.Replace(entry, "200", `"s3cret"`, 1) + `,"document":2}]`, archive.ErrNoPart},
		"a string without end":  {`[{` + entry + `,"document":"` + strings.Repeat("x", 5<<20), document.ErrTooLong},
		"a fault in the second": {`[{` + entry + `,"document":1},{}]`, archive.ErrNoPart},
	} {
		_, err := readPart(strings.NewReader(c.body))
		if !errors.Is(err, c.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v, want %v", what, err, c.want)
		}
	}
	if _, err := readPart(io.MultiReader(strings.NewReader(`[{`), iotest.ErrReader(errLost()))); dsr.ClassOf(err) != dsr.Transient {
		t.Errorf("a broken reader: %v", err)
	}

	got, err := readPart(strings.NewReader(`[{` + entry + `,"Status":404,"later":{},"document":1}]`))
	if err != nil || len(got) != 1 || got[0].Status != 200 {
		t.Errorf("members that a later version may add: %+v, %v", got, err)
	}
}

func TestReadDocument(t *testing.T) {
	nothing := func(io.Reader) error { return nil }
	drain := func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	}
	for what, c := range map[string]struct {
		body string
		want error
	}{
		"no entry": {`[]`, archive.ErrNoDocument}, "null": {`[{` + entry + `,"document":null}]`, archive.ErrNoDocument},
		"handed over": {`[{` + entry + `,"subNode":"x"}]`, archive.ErrNoDocument}, "no part": {`{}`, archive.ErrNoPart},
		"malformed": {`[{` + entry + `,"document"]`, document.ErrMalformed},
	} {
		if err := archive.ReadDocument(strings.NewReader(c.body), drain); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", what, err, c.want)
		}
	}

	whole := `[{` + entry + `,"document": [1, 2] },{` + entry + `,"document":3}]`
	if err := archive.ReadDocument(strings.NewReader(whole), nothing); err != nil {
		t.Errorf("an unread document: %v", err)
	}
	if err := archive.ReadDocument(strings.NewReader(whole), func(io.Reader) error { return errLost() }); dsr.ClassOf(err) != dsr.Transient {
		t.Errorf("the reader's error: %v", err)
	}

	var got bytes.Buffer
	err := archive.ReadDocument(strings.NewReader(whole), func(r io.Reader) error {
		_, err := got.ReadFrom(r)
		return err
	})
	if err != nil || got.String() != "[1, 2]" {
		t.Errorf("got %q, %v", got.String(), err)
	}
}

func TestReadDocuments(t *testing.T) {
	const part = `[{` + entry + `,"document": {"a":[1, 2]} },{` + entry + `,"document":null},{` + entry + `,"subNode":"x"},{` + entry + `,"document":"three"}]`
	type handed struct {
		n    int
		text string
	}

	// read reads each document up to a number of bytes.
	read := func(r io.Reader, most int64) (out []handed, err error) {
		err = archive.ReadDocuments(r, func(n int, doc io.Reader) error {
			text, err := io.ReadAll(io.LimitReader(doc, most))
			out = append(out, handed{n, string(text)})
			return err
		})
		return out, err
	}
	for what, c := range map[string]struct {
		most int64
		want []handed
	}{
		"whole":   {1 << 20, []handed{{0, `{"a":[1, 2]}`}, {3, `"three"`}}},
		"by half": {6, []handed{{0, `{"a":[`}, {3, `"three`}}},
		"unread":  {0, []handed{{0, ""}, {3, ""}}},
	} {
		for _, r := range []io.Reader{strings.NewReader(part), iotest.OneByteReader(strings.NewReader(part))} {
			got, err := read(r, c.most)
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(handed{})); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
			}
		}
	}

	for what, c := range map[string]struct {
		body string
		want error
	}{
		"nothing":                {"", document.ErrMalformed},
		"no part":                {`{}`, archive.ErrNoPart},
		"a part without its end": {`[{` + entry + `,"document":1}`, document.ErrMalformed},
		"an open document":       {`[{` + entry + `,"document":{"a":`, document.ErrMalformed},
		"a broken second":        {`[{` + entry + `,"document":1},{` + entry + `,"document":{"s3cret":}}]`, document.ErrMalformed},
		"a second without one":   {`[{` + entry + `,"document":1},{` + entry + `}]`, archive.ErrNoPart},
		"a document twice":       {`[{` + entry + `,"document":1,"document":2}]`, archive.ErrNoPart},
		"something behind":       {`[{` + entry + `,"document":1}]x`, document.ErrMalformed},
	} {
		for _, most := range []int64{0, 1 << 20} {
			if _, err := read(strings.NewReader(c.body), most); !errors.Is(err, c.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: got %v, want %v", what, err, c.want)
			}
		}
	}
	if got, err := read(strings.NewReader(`[]`), 1); err != nil || got != nil {
		t.Errorf("an empty part: %v, %v", got, err)
	}

	calls := 0
	err := archive.ReadDocuments(strings.NewReader(part), func(int, io.Reader) error {
		calls++
		return errLost()
	})
	if dsr.ClassOf(err) != dsr.Transient || calls != 1 {
		t.Errorf("the reader's own error after %d documents: %v", calls, err)
	}
	if _, err := read(io.MultiReader(strings.NewReader(`[{`+entry+`,"document":[1,`), iotest.ErrReader(errLost())), 1<<20); dsr.ClassOf(err) != dsr.Transient {
		t.Errorf("a broken reader: %v", err)
	}
}

func FuzzReadPart(f *testing.F) {
	f.Add([]byte(`[]`))
	f.Add([]byte(`[{` + entry + `,"document":{"a":[1, 2]}}]`))
	f.Add([]byte(`[{` + entry + `,"subNode":"x"},{` + entry + `,"document":null}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		entries, err := readPart(bytes.NewReader(body))
		if err != nil {
			return
		}

		var all []struct {
			Document json.RawMessage `json:"document"`
		}
		if json.Valid(body) && json.Unmarshal(body, &all) == nil && len(all) != len(entries) {
			t.Errorf("%d entries, want %d", len(entries), len(all))
		}

		if len(entries) == 0 || !entries[0].HasDocument {
			return
		}

		err = archive.ReadDocument(bytes.NewReader(body), func(r io.Reader) error {
			n, err := io.Copy(io.Discard, r)
			if n != entries[0].Bytes {
				t.Errorf("the document has %d bytes, want %d", n, entries[0].Bytes)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
