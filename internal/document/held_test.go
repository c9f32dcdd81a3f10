package document_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/document/documenttest"

	"github.com/google/go-cmp/cmp"
)

// copiesAgree checks that CopyHeld and Copy have the same result.
func copiesAgree(t *testing.T, doc string, opts document.Options) {
	t.Helper()
	var want bytes.Buffer
	wantResult, wantErr := document.Copy(&want, strings.NewReader(doc), opts)
	given := []byte(doc)
	got, result, err := document.CopyHeld(given, opts)
	if string(given) != doc {
		t.Fatalf("%.60q: the input has changed", doc)
	}
	if errors.Is(err, document.ErrMalformed) != errors.Is(wantErr, document.ErrMalformed) ||
		errors.Is(err, document.ErrTooLong) != errors.Is(wantErr, document.ErrTooLong) || (err == nil) != (wantErr == nil) {
		t.Fatalf("%.60q: got %v, Copy says %v", doc, err, wantErr)
	}
	if err != nil {
		if got != nil {
			t.Errorf("%.60q: a failed copy returned %q", doc, got)
		}
		return
	}

	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("got %.80q, Copy wrote %.80q", got, want.Bytes())
	}
	if diff := cmp.Diff(wantResult, result); diff != "" {
		t.Errorf("%.60q: result (-Copy +CopyHeld):\n%s", doc, diff)
	}
}

func TestCopyHeldAgreesWithCopy(t *testing.T) {
	opts := document.Options{
		Secrets:  []document.Secret{{Pointer: "/token"}, {Pointer: "/value/*/token"}, {Pointer: "/uri", Link: true}},
		Subject:  documenttest.Finder(func(s string) bool { return strings.EqualFold(s, "ann@example.org") }),
		MaxToken: 30_000,
	}
	for _, doc := range append([]string{
		`{"token":"s3cret","who":"ANN@example.org","uri":"https://x/b?sig=s3cret&se=1"}`,
		`{"value":[{"token":{"a":[1,"ann@example.org"]}},{"token":null}]}`,
		``, " \n", `{} {}`, `{}x`, `{"a":1`, `"open`, `["a" 1]`, `{1:2}`, `[1,]`, `[}`, `<html>`,
		strings.Repeat("[", 10_001), `["` + strings.Repeat("x", 30_001) + `"]`, `{"` + strings.Repeat("x", 30_001) + `":1}`,
	}, nasty...) {
		for _, around := range [][2]string{{"", ""}, {" \n\t", "\r\n "}, {"\xef\xbb\xbf", ""}, {"\xef\xbb\xbf\xef\xbb\xbf", ""}} {
			copiesAgree(t, around[0]+doc+around[1], opts)
		}
	}
}

// What is masked is written to a copy, and nothing else is.
func TestCopyHeldCopiesOnlyWhatItMasks(t *testing.T) {
	opts := document.Options{Secrets: []document.Secret{{Pointer: "/token"}}}
	for doc, want := range map[string]bool{
		" {\"a\": [1, 2]} ":        true,
		"\xef\xbb\xbf\n{\"a\":1}":  true,
		`{"a":1,"token":"s3cret"}`: false,
	} {
		given := []byte(doc)
		got, _, err := document.CopyHeld(given, opts)
		if err != nil {
			t.Fatal(err)
		}
		if same := &got[0] == &given[bytes.IndexByte(given, '{')]; same != want {
			t.Errorf("%q: the copy is of the document itself: %t", doc, same)
		}
	}
}

func TestCopyHeldTakesAnyWhiteSpace(t *testing.T) {
	doc := `[` + strings.Repeat(" ", 40_000) + `1]`
	got, _, err := document.CopyHeld([]byte(doc), document.Options{MaxToken: 10_000})
	if err != nil || string(got) != doc {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

// Copiers are used again. What one has kept of a document that broke off, a secret or an
// end that is masked, is in no later document, which may be another person's.
func TestADocumentThatBreaksOffLeavesNothingToTheNext(t *testing.T) {
	opts := document.Options{Everywhere: true, Secrets: []document.Secret{{Pointer: "/token"}}}
	const next = `{"who":"grace","at":[1,{"in":"town"}]}`
	for name, broken := range map[string]string{
		"within what is masked":         `{"token":{"of":"ada","and":[1,`,
		"behind a value without a name": `{"value":"ada","others":["ada",`,
		"deep within":                   `{"a":{"b":[{"c":[[{"ada":`,
	} {
		for range 20 {
			if _, _, err := document.CopyHeld([]byte(broken), opts); !errors.Is(err, document.ErrMalformed) {
				t.Fatalf("%s: %v", name, err)
			}
			got, res, err := document.CopyHeld([]byte(next), opts)
			if err != nil || string(got) != next || len(res.Masked) != 0 {
				t.Fatalf("%s: the next one became %q, masked %v, %v", name, got, res.Masked, err)
			}
		}
	}
}

// BenchmarkCopyHeld copies a run's document, in memory and as a stream.
func BenchmarkCopyHeld(b *testing.B) {
	doc := page(1)
	opts := document.Options{Secrets: []document.Secret{{Pointer: "/token"}}, Subject: documenttest.Finder(func(s string) bool { return s == "ann@example.org" })}
	for name, run := range map[string]func() error{
		"held": func() error { _, _, err := document.CopyHeld([]byte(doc), opts); return err },
		"stream": func() error {
			var out bytes.Buffer
			_, err := document.Copy(&out, strings.NewReader(doc), opts)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
