package document_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/document/documenttest"

	"github.com/google/go-cmp/cmp"
)

// readings are the ways in which a body may arrive.
var readings = map[string]func(io.Reader) io.Reader{
	"at once":          func(r io.Reader) io.Reader { return r },
	"byte by byte":     iotest.OneByteReader,
	"end with data":    iotest.DataErrReader,
	"half of a buffer": iotest.HalfReader,
}

func eachReading(t *testing.T, f func(t *testing.T, reader func(string) io.Reader)) {
	t.Helper()
	for name, wrap := range readings {
		t.Run(name, func(t *testing.T) {
			f(t, func(s string) io.Reader { return wrap(strings.NewReader(s)) })
		})
	}
}

// nasty are documents that decoding and encoding would change.
var nasty = []string{
	`{}`, `[]`, `null`, `0`, `-0.0`, `""`, `"x"`, `true`,
	`1e400`, `1234567890123456789012345678901234567890.10`, `[1.0,1.00,1E+2]`,
	"{ \"b\" :\t1 ,\r\n \"a\":[ 1 , 2 ] }", `{"a":1,"a":2,"a":{"a":3}}`,
	`{"\u0061":"\u0062\/\/"}`, `"\ud800"`, `"\ud83d\ude00 😀"`, "\"\xff\xfe\"", "{\"\xff\":\"\xc3\"}",
	`{"":{"":{"":""}}}`, `[[[[[[[[[[]]]]]]]]]]`, `{"html":"<a href=\"x\">&amp;</a>"}`,
	`"` + strings.Repeat("long ", 4_000) + `"`, strings.Repeat("[", 1_000) + strings.Repeat("]", 1_000),
	`{"sig":"?sig=not a secret here","token":"nor here"}`,
}

func TestCopyKeepsEveryByte(t *testing.T) {
	eachReading(t, func(t *testing.T, reader func(string) io.Reader) {
		for _, doc := range nasty {
			for _, around := range [][2]string{{"", ""}, {" \n\t", "\r\n "}, {"\xef\xbb\xbf", ""}, {"\xef\xbb\xbf \n", "\n"}} {
				var out bytes.Buffer
				res, err := document.Copy(&out, reader(around[0]+doc+around[1]), document.Options{})
				if err != nil {
					t.Fatalf("%.60q: %v", doc, err)
				}

				if out.String() != doc {
					t.Errorf("got %.80q, want %.80q", out.String(), doc)
				}
				if res.Bytes != int64(len(doc)) || res.Masked != nil || res.Matches != 0 {
					t.Errorf("%.60q: unexpected result %+v", doc, res)
				}
			}
		}
	})
}

func TestCopyRefusesWhatIsNotOneDocument(t *testing.T) {
	eachReading(t, func(t *testing.T, reader func(string) io.Reader) {
		for name, doc := range map[string]string{
			"nothing": "", "only white space": " \n", "only a byte order mark": "\xef\xbb\xbf",
			"two values": `{} {}`, "trailing text": `{}x`, "trailing comma": `{},`, "an open object": `{"a":1`,
			"an open string": `"secret-value`, "a bare word": `secret-value`, "a missing comma": `["secret-value" 1]`,
			"a missing colon": `{"secret-value" 1}`, "a name that is no string": `{1:2}`, "a trailing comma in an array": `[1,]`,
			"a control character": "\"secret-value\x01\"", "a bad escape": `"secret-value\x"`, "a leading zero": `01`,
			"a wrong bracket": `[}`, "too deep": strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
			"a mark within": "\xef\xbb\xbf\xef\xbb\xbf{}", "HTML": "<html>secret-value</html>",
		} {
			var out bytes.Buffer
			_, err := document.Copy(&out, reader(doc), document.Options{})
			if !errors.Is(err, document.ErrMalformed) || errors.Is(err, document.ErrTooLong) {
				t.Errorf("%s: got %v, want ErrMalformed", name, err)
			}
			if err != nil && strings.Contains(err.Error(), "secret-value") {
				t.Errorf("%s: the error quotes the document: %v", name, err)
			}
			if len(doc) < 1000 && out.Len() > 0 {
				t.Errorf("%s: a short document that fails has written %q", name, out.String())
			}
		}
	})
}

func TestCopyLimitsASingleString(t *testing.T) {
	eachReading(t, func(t *testing.T, reader func(string) io.Reader) {
		fits := strings.Repeat("x", 10_000)
		for name, c := range map[string]struct {
			doc  string
			want error
		}{
			"a string at the limit":           {`["` + fits + `"]`, nil},
			"many strings at the limit":       {`["` + strings.Repeat(fits+`","`, 4) + `"]`, nil},
			"a string one past it":            {`["` + fits + `x"]`, document.ErrTooLong},
			"a string far past it":            {`["` + strings.Repeat(fits, 3) + `"]`, document.ErrTooLong},
			"an endless string":               {`"` + strings.Repeat(fits, 3), document.ErrTooLong},
			"a name past it":                  {`{"` + fits + `x":1}`, document.ErrTooLong},
			"a number past it":                {`[` + strings.Repeat("1", 20_000) + `]`, document.ErrTooLong},
			"much white space":                {`[` + strings.Repeat(" ", 40_000) + `1]`, document.ErrTooLong},
			"names that add up on the way in": {`{"` + fits[:6000] + `":{"` + fits[:6000] + `":1}}`, document.ErrTooLong},
			"names that stand side by side":   {`{"` + fits[:6000] + `":{"a":1},"` + fits[:6000] + `":{"a":1}}`, nil},
		} {
			var out bytes.Buffer
			_, err := document.Copy(&out, reader(c.doc), document.Options{MaxToken: 10_000})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
			if c.want == nil && out.String() != c.doc {
				t.Errorf("%s: the document has changed", name)
			}
		}
	})
}

func TestCopyPassesOnTheErrorsOfOthers(t *testing.T) {
	broken := errors.New("the line broke")
	for name, err := range map[string]error{"an own error": broken, "a truncated body": io.ErrUnexpectedEOF} {
		for where, doc := range map[string]string{
			"in a string": `{"a":"b`, "between tokens": `{"a":1,`, "before the first byte": ``, "after the document": `{"a":1}`,
		} {
			src := io.MultiReader(strings.NewReader(doc), iotest.ErrReader(err))
			_, got := document.Copy(io.Discard, src, document.Options{})
			if !errors.Is(got, err) || errors.Is(got, document.ErrMalformed) {
				t.Errorf("%s %s: got %v", name, where, got)
			}
		}
	}

	_, err := document.Copy(failingWriter{broken}, strings.NewReader(`{"a":1}`), document.Options{})
	if !errors.Is(err, broken) || errors.Is(err, document.ErrMalformed) {
		t.Errorf("destination: got %v", err)
	}
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

func TestCopyCountsTheStringsThatNameTheSubject(t *testing.T) {
	subject := documenttest.Finder(func(s string) bool { return strings.EqualFold(s, "ann@example.org") })
	eachReading(t, func(t *testing.T, reader func(string) io.Reader) {
		for _, c := range []struct {
			doc  string
			want int
		}{
			{`{"a":"ann@example.org","b":["ANN@example.org","bob"],"c":"x ann@example.org"}`, 2},
			{`{"a":"\u0061nn@example\u002eorg"}`, 1},
			{`{"ann@example.org":{"ann@example.org":1}}`, 2},
			{`"ann@example.org"`, 1},
			{`{"token":"ann@example.org","secret":{"who":"ann@example.org"}}`, 0},
		} {
			res, err := document.Copy(io.Discard, reader(c.doc), document.Options{
				Subject: subject, Secrets: []document.Secret{{Pointer: "/token"}, {Pointer: "/secret"}},
			})
			if err != nil || res.Matches != c.want {
				t.Errorf("%s: got %d, %v; want %d", c.doc, res.Matches, err, c.want)
			}
		}
	})
}

func TestCopyNotesWhereTheSubjectIsNamed(t *testing.T) {
	subject := documenttest.Finder(func(s string) bool { return strings.HasPrefix(s, "ann") })
	many := "[" + strings.Repeat(`"ann",`, 1000) + `"ann"]`
	long := `{"` + strings.Repeat("x", 600) + `":"ann","short":"ann"}`
	eachReading(t, func(t *testing.T, reader func(string) io.Reader) {
		for doc, want := range map[string][]string{
			`{"a":"ann","b":["bob","ann"],"c/d":{"e~f":"ann"}}`: {"/a", "/b/1", "/c~1d/e~0f"},
			`{"ann@example.org":{"x":1}}`:                       {"/ann@example.org"},
			`"ann"`:                                             {""},
			`{"token":"ann","a":"bob"}`:                         nil,
			long:                                                {"/short"},
		} {
			res, err := document.Copy(io.Discard, reader(doc), document.Options{Subject: subject, Secrets: []document.Secret{{Pointer: "/token"}}})
			if err != nil || !slices.Equal(res.Mentions, want) {
				t.Errorf("%.60s: got %q, %v; want %q", doc, res.Mentions, err, want)
			}
		}
		res, err := document.Copy(io.Discard, reader(many), document.Options{Subject: subject})
		if err != nil || res.Matches != 1001 || len(res.Mentions) != document.MaxMentions || res.Mentions[19] != "/19" {
			t.Errorf("many: %d matches, %q, %v", res.Matches, res.Mentions, err)
		}
	})
}

func TestCopyMasks(t *testing.T) {
	whole := func(pointers ...string) (out []document.Secret) {
		for _, p := range pointers {
			out = append(out, document.Secret{Pointer: p})
		}
		return out
	}
	for name, c := range map[string]struct {
		secrets []document.Secret
		doc     string
		want    string
		masked  []string
	}{
		"a string":          {whole("/token"), `{ "token" : "s3cret" , "x":1}`, `{ "token" : "[masked]" , "x":1}`, []string{"/token"}},
		"a number":          {whole("/token"), `{"token":12.50}`, `{"token":"[masked]"}`, []string{"/token"}},
		"null":              {whole("/token"), `{"token":null}`, `{"token":"[masked]"}`, []string{"/token"}},
		"an object":         {whole("/a"), `{"a": {"b":[1,{"a":2}], "c":"]"} ,"d":1}`, `{"a": "[masked]" ,"d":1}`, []string{"/a"}},
		"an empty array":    {whole("/a"), `{"a":[ ]}`, `{"a":"[masked]"}`, []string{"/a"}},
		"an escaped name":   {whole("/token"), `{"tok\u0065n":"s3cret"}`, `{"tok\u0065n":"[masked]"}`, []string{"/token"}},
		"a repeated name":   {whole("/token"), `{"token":"s3","token":"s4"}`, `{"token":"[masked]","token":"[masked]"}`, []string{"/token"}},
		"each element":      {whole("/value/*/token"), `{"value":[{"token":"a"},{"x":1},{"token":"b"}]}`, `{"value":[{"token":"[masked]"},{"x":1},{"token":"[masked]"}]}`, []string{"/value/0/token", "/value/2/token"}},
		"each of an array":  {whole("/*"), `["a",1,{}]`, `["[masked]","[masked]","[masked]"]`, []string{"/0", "/1", "/2"}},
		"one index":         {whole("/1"), `["a","b","c"]`, `["a","[masked]","c"]`, []string{"/1"}},
		"each member":       {whole("/keys/*"), `{"keys":{"a":1,"b":{"c":2}}}`, `{"keys":{"a":"[masked]","b":"[masked]"}}`, []string{"/keys/a", "/keys/b"}},
		"escaped pointers":  {whole("/a~1b/c~0d"), `{"a/b":{"c~d":1}}`, `{"a/b":{"c~d":"[masked]"}}`, []string{"/a~1b/c~0d"}},
		"the document":      {whole(""), ` {"a":1} `, `"[masked]"`, []string{""}},
		"the root's scalar": {whole(""), `"s3cret"`, `"[masked]"`, []string{""}},
		"no other depth":    {whole("/token"), `{"a":{"token":1},"b":[{"token":2}]}`, `{"a":{"token":1},"b":[{"token":2}]}`, nil},
		"no other name":     {whole("/token"), `{"Token":1,"tokens":2,"toke":3}`, `{"Token":1,"tokens":2,"toke":3}`, nil},
		"inner and outer":   {whole("/a/b", "/a"), `{"a":{"b":1}}`, `{"a":"[masked]"}`, []string{"/a"}},
		"an empty name":     {whole("/"), `{"":1}`, `{"":"[masked]"}`, []string{"/"}},
		"no other's child":  {whole("/a/x", "/b/y"), `{"a":{"x":1,"y":2},"b":{"x":3,"y":4}}`, `{"a":{"x":"[masked]","y":2},"b":{"x":3,"y":"[masked]"}}`, []string{"/a/x", "/b/y"}},
		"siblings after":    {whole("/a/x"), `{"a":{"b":{"x":1},"x":2}}`, `{"a":{"b":{"x":1},"x":"[masked]"}}`, []string{"/a/x"}},
	} {
		t.Run(name, func(t *testing.T) {
			eachReading(t, func(t *testing.T, reader func(string) io.Reader) {
				checkMask(t, reader, c.secrets, c.doc, c.want, c.masked)
			})
		})
	}
}

func checkMask(t *testing.T, reader func(string) io.Reader, secrets []document.Secret, doc, want string, masked []string) {
	t.Helper()
	var out bytes.Buffer
	res, err := document.Copy(&out, reader(doc), document.Options{Secrets: secrets})
	if err != nil {
		t.Fatal(err)
	}

	if out.String() != want {
		t.Errorf("got  %s\nwant %s", out.String(), want)
	}
	if diff := cmp.Diff(masked, res.Masked); diff != "" {
		t.Errorf("masked (-want +got):\n%s", diff)
	}
	if res.Bytes != int64(len(want)) {
		t.Errorf("bytes: got %d, want %d", res.Bytes, len(want))
	}
}

func TestCopyRefusesASecretThatIsNoPointer(t *testing.T) {
	if _, err := document.Copy(io.Discard, strings.NewReader("{}"), document.Options{Secrets: []document.Secret{{Pointer: "token"}}}); err == nil {
		t.Error("no error")
	}
}
