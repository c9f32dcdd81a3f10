package dsr_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

// gzipped returns text as gzip compresses it.
func gzipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAByteOrderMarkIsNoPartOfAMessage(t *testing.T) {
	for _, body := range []string{`{"id":"r"}`, "\ufeff" + `{"id":"r"}`} {
		if text, err := dsr.StrictJSON([]byte(body)); err != nil || string(text) != `{"id":"r"}` {
			t.Errorf("%q: %q, %v", body, text, err)
		}
		if id := dsr.RequestIDIn([]byte(body)); id != "r" {
			t.Errorf("%q: id %q", body, id)
		}
	}
}

func TestWhatIsNoJSONIsNamedWithItsRemedy(t *testing.T) {
	const request = `{"id":"secret"}`
	wide := func(zeros int) string { // each character, then zeros
		var out strings.Builder
		for _, c := range request {
			out.WriteString(string(c) + strings.Repeat("\x00", zeros))
		}
		return out.String()
	}
	contract := "@\x06string\x083http://schemas.microsoft.com/2003/10/Serialization/\x99\x0f" + request

	for _, c := range []struct{ name, body, want string }{
		{"nothing", "", "empty; put the JSON object"},
		{"blanks", " \r\n", "empty; put"},
		{"a byte order mark alone", "\ufeff", "empty; put"},
		{"zeros alone", "\x00\x00\x00\x00", "empty; put"},
		{"UTF-16 with its mark, as PowerShell writes it", "\xff\xfe" + wide(1), "UTF-16; send UTF-8"},
		{"UTF-16 without a mark, as Encoding.Unicode writes it", wide(1), "UTF-16; send UTF-8"},
		{"UTF-16, the greater byte first", "\xfe\xff\x00{", "UTF-16; send UTF-8"},
		{"UTF-32", "\xff\xfe\x00\x00" + wide(3), "UTF-32; send UTF-8"},
		{"UTF-32 without a mark", wide(3), "UTF-32; send UTF-8"},
		{"gzip", gzipped(t, request), "gzip; send it uncompressed"},
		{"zlib", "\x78\x9c\xab\x56", "zlib; send it uncompressed"},
		{"a string in an old BrokeredMessage", contract, "DataContractSerializer writes it; give BrokeredMessage a stream"},
		{"the same as XML", `<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">x</string>`, "DataContractSerializer"},
		{"XML", "<request/>", "XML; send JSON"},
		{"a Java object", "\xac\xed\x00\x05sr", "serialised Java object"},
		{"Python's str(dict)", "{'id': 'secret'}", "Python object; send json.dumps"},
		{"Python's str(bytes)", "b'" + request + "'", "Python object"},
		{"a pickle", "\x80\x04\x95", "Python pickle"},
		{"an object that JavaScript made a text of", "[object Object]", "JSON.stringify"},
		{"a form", "%7B%22id%22", "percent-encoded"},
		{"comments", "// secret\n" + request, "comments; remove them"},
		{"Base64", base64.StdEncoding.EncodeToString([]byte(request)), "Base64; send the bytes"},
		{"JSON that is encoded twice", `"{\"id\":\"secret\"}"`, "a JSON string; send the object itself"},
		{"zeros behind", request + "\x00\x00", "bytes of value 0 follow the JSON"},
		{"two objects", request + request, "more than one JSON value"},
		{"a member twice", `{"id":1,"id":2}`, "stands twice"},
		{"anything else", "secret", "not JSON in UTF-8: it breaks near byte 0"},
	} {
		_, err := dsr.StrictJSON([]byte(c.body))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != dsr.ReasonInvalidRequest {
			t.Errorf("%s: %s, %s", c.name, dsr.ClassOf(err), dsr.ReasonOf(err))
		}
	}
}
