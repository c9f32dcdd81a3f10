package archive_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/document/documenttest"
	"azureml-dsr/internal/dsr"

	"github.com/google/go-cmp/cmp"
)

// addTo adds an entry with a document, or without one if doc is "".
func addTo(t *testing.T, p *archive.PartWriter, e dsr.Entry, doc string) {
	t.Helper()
	var f func(io.Writer) (document.Result, error)
	if doc != "" {
		f = copyOf(doc, document.Options{
			Secrets: []document.Secret{{Pointer: "/token"}},
			Subject: documenttest.Finder(func(s string) bool { return s == "ann" }),
		})
	}
	if err := p.Add(e, f); err != nil {
		t.Fatal(err)
	}
}

func TestAWrittenPartIsTheSameAsOneReadBack(t *testing.T) {
	refused, handed, with, counted, deleted := anEntry("refused"), anEntry("long"), anEntry("with"), anEntry("counted"), anEntry("deleted")
	refused.Status, refused.Error = 403, &dsr.ItemError{Code: "c", Message: "<m> & \"q\""}
	handed.SubNode = "00001~0123456789abcdef"
	with.Content = &dsr.Content{Name: "data/x", SHA256: "ab", Size: 7}
	counted.Inventory, counted.SubjectMatches = &dsr.Inventory{SHA256: "ab", Size: 3}, 2
	deleted.Deletion = &dsr.DeletionProof{Outcome: dsr.OutcomeDeleted, RequestID: "r", DeletedAt: time.Unix(1, 2).UTC()}

	for name, doc := range map[string]string{
		"an object":                   `{"a":1}`,
		"white space around it":       " \r\n\t{ \"a\" : [ 1 ] } \n",
		"a byte order mark before it": "\xef\xbb\xbf{\"a\":1}",
		"a secret and a match":        `{"token":"s3cret","by":["ann","ann"]}`,
		"a number":                    `1e400`,
		"bytes that are no text":      "{\"a\":\"\xff\"}",
	} {
		t.Run(name, func(t *testing.T) {
			b := memory.New()
			a := archive.New(b, nil)
			p, err := a.NewPart(t.Context(), "part")
			if err != nil {
				t.Fatal(err)
			}

			addTo(t, p, anEntry("first"), doc)
			for _, e := range []dsr.Entry{refused, handed, counted, deleted} {
				addTo(t, p, e, "")
			}
			addTo(t, p, with, doc)
			body, info := commitPart(t, b, p)

			part, ok := a.TakeWritten("part")
			if !ok {
				t.Fatal("the part has to be read back")
			}
			want, err := readPart(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, part.Entries); diff != "" {
				t.Errorf("entries (-read back +kept):\n%s", diff)
			}
			if diff := cmp.Diff(info, part.Info); diff != "" {
				t.Errorf("info (-committed +kept):\n%s", diff)
			}
			if _, again := a.TakeWritten("part"); again {
				t.Error("what was taken is kept")
			}
		})
	}
}

func TestAPartIsReadBackUnlessAllItsEntriesAreKept(t *testing.T) {
	for name, tt := range map[string]struct {
		before string // the part that another delivery stored; "" is none
		write  func(t *testing.T, a *archive.Archive, p *archive.PartWriter)
		kept   bool
	}{
		"as many entries as are kept": {
			write: func(t *testing.T, _ *archive.Archive, p *archive.PartWriter) { addMany(t, p, 256) },
			kept:  true,
		},
		"one more": {
			write: func(t *testing.T, _ *archive.Archive, p *archive.PartWriter) { addMany(t, p, 257) },
		},
		"many more": {
			write: func(t *testing.T, _ *archive.Archive, p *archive.PartWriter) { addMany(t, p, 600) },
		},
		"another delivery was first": {
			before: "[]",
			write:  func(t *testing.T, _ *archive.Archive, p *archive.PartWriter) { addMany(t, p, 1) },
		},
		"another delivery stored the same bytes": {
			before: "[]",
			write:  func(*testing.T, *archive.Archive, *archive.PartWriter) {},
			kept:   true,
		},
		"it is made of stretches": {
			write: func(t *testing.T, a *archive.Archive, p *archive.PartWriter) {
				stretch, err := a.NewPart(t.Context(), "stretch")
				if err != nil {
					t.Fatal(err)
				}
				addMany(t, stretch, 1)
				if _, err := stretch.Commit(); err != nil {
					t.Fatal(err)
				}
				if err := p.AddStored(t.Context(), "stretch"); err != nil {
					t.Fatal(err)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := archive.New(memory.New(), nil)
			if tt.before != "" {
				if _, err := a.Create(t.Context(), "part", []byte(tt.before), nil); err != nil {
					t.Fatal(err)
				}
			}
			p, err := a.NewPart(t.Context(), "part")
			if err != nil {
				t.Fatal(err)
			}
			tt.write(t, a, p)
			if _, err := p.Commit(); err != nil {
				t.Fatal(err)
			}

			if _, ok := a.TakeWritten("part"); ok != tt.kept {
				t.Errorf("kept: %t, want %t", ok, tt.kept)
			}
		})
	}
}

func TestOnlyTheLastWrittenPartsAreKept(t *testing.T) {
	a := archive.New(memory.New(), nil)
	for n := range 40 {
		p, err := a.NewPart(t.Context(), fmt.Sprint("part-", n))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Commit(); err != nil {
			t.Fatal(err)
		}
	}

	for n := range 40 {
		if _, ok := a.TakeWritten(fmt.Sprint("part-", n)); ok != (n >= 8) {
			t.Errorf("part %d is kept: %t", n, ok)
		}
	}
}

func addMany(t *testing.T, p *archive.PartWriter, n int) {
	t.Helper()
	for i := range n {
		addTo(t, p, anEntry(fmt.Sprint(i)), "")
	}
}
