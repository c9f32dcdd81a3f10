package document_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"azureml-dsr/internal/document"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzCopy compares Copy with jsontext's validation of the whole value.
func FuzzCopy(f *testing.F) {
	for _, doc := range nasty {
		if len(doc) < 1000 {
			f.Add([]byte(doc))
		}
	}

	f.Add([]byte(" {\"a\" : [1,2 ]}\n"))
	f.Add([]byte("\xef\xbb\xbf[1"))
	f.Fuzz(func(t *testing.T, in []byte) {
		want := bytes.Trim(bytes.TrimPrefix(in, []byte("\xef\xbb\xbf")), " \t\r\n")
		valid := jsontext.Value(want).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		var out, slow bytes.Buffer
		_, err := document.Copy(&out, bytes.NewReader(in), document.Options{})
		if (err == nil) != valid {
			t.Fatalf("valid %v, but got %v", valid, err)
		}
		if valid && !bytes.Equal(out.Bytes(), want) {
			t.Fatalf("got %q, want %q", out.Bytes(), want)
		}
		_, slowErr := document.Copy(&slow, iotest.OneByteReader(bytes.NewReader(in)), document.Options{})
		if (slowErr == nil) != valid || !bytes.Equal(slow.Bytes(), out.Bytes()) {
			t.Fatalf("byte by byte: %v", slowErr)
		}
		if held, _, err := document.CopyHeld(in, document.Options{}); (err == nil) != valid || (valid && !bytes.Equal(held, want)) {
			t.Fatalf("held: got %q, %v", held, err)
		}
	})
}

// FuzzCopySecrets searches for a document in which a secret is not masked.
func FuzzCopySecrets(f *testing.F) {
	f.Add("token", " ", "https://x/b?sv=1", "&se=2")
	f.Add("tok\\u0065n", "\n", "https://x/b?a=b;", "#f")
	f.Add("x", "", "?to=%3F", "%26")
	f.Fuzz(func(t *testing.T, name, space, before, after string) {
		const secret = "S3CRETs1gnature"
		link, err := json.Marshal(before + "&sig=" + url.QueryEscape(secret) + after)
		if err != nil || strings.Trim(space, " \t\r\n") != "" {
			return
		}
		doc := `{"` + name + `":1,"token":` + space + `{"` + name + `":"` + secret + `"},"uri":` + string(link) +
			`,"list":[{"token":"` + secret + `"}` + space + `],"token":"` + secret + `"}`
		if !jsontext.Value(doc).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) ||
			strings.Contains(before+after+name, secret) {
			return
		}

		var out bytes.Buffer
		_, err = document.Copy(&out, strings.NewReader(doc), document.Options{Secrets: []document.Secret{
			{Pointer: "/token"}, {Pointer: "/list/*/token"}, {Pointer: "/uri", Link: true},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), secret) {
			t.Fatalf("the secret is in %s", out.String())
		}
		if !jsontext.Value(out.Bytes()).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
			t.Fatalf("not JSON any more: %s", out.String())
		}
	})
}
