package functionshost

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// callerRequest is what the host makes of a request on the wire.
func callerRequest(t *testing.T, params []param, lines ...string) httpRequest {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.Join(lines, "\r\n"))))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return newHTTPRequest(r, body, params)
}

func TestGoldenHTTPRequest(t *testing.T) {
	r := callerRequest(t, nil, "POST /api/dsr_api?dry=1 HTTP/1.1", "Host: localhost:7071", "User-Agent: curl/8.5.0", "Accept: */*",
		"Content-Type: application/json", "Content-Length: 29", "", `{"kind":"export","scope":[1]}`)
	got := httpPayload("req", r, goldenSystem("dsr_api"))
	if diff := cmp.Diff(golden(t, "http_json.json"), string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestPartsOfAnHTTPInvocation(t *testing.T) {
	seven := "7"
	tests := []struct {
		name   string
		params []param
		lines  []string
		want   []string // parts
		not    string
	}{
		{"route values, one of them missing", []param{{"id", &seven}, {"opt", nil}}, []string{"GET /a HTTP/1.1", "Host: h", "", ""},
			[]string{`"Url":"http://h/a","Method":"GET","Query":{},`, `"Params":{"id":"7","opt":null}`, `"Metadata":{"id":"\"7\"","Query":{},"Headers":{"Host":"h"},"sys":`}, `"Body"`},
		{"values of one name in the query, and a key", nil, []string{"GET /a%20b?x=1&X=2%26&code=secret&y HTTP/1.1", "Host: h", "", ""},
			[]string{`"Url":"http://h/a%20b?x=1&X=2%26&code=secret&y"`, `"Query":{"x":"1,2&","code":"secret","y":""},"Headers"`,
				`"Metadata":{"x":"\"2&\"","y":"\"\"","Query":{"x":"2&","code":"secret","y":""}`}, `"code":"\"`},
		{"headers of several lines", nil, []string{"GET / HTTP/1.1", "Host: h", "X-B: 1", "X-A: 3", "X-B: 2", "", ""},
			[]string{`"Headers":{"Host":["h"],"X-A":["3"],"X-B":["1","2"]}`, `"Headers":{"Host":"h","X-A":"3","X-B":"1,2"}`}, `"Body"`},
		{"headers in Kestrel's order", nil, []string{"POST / HTTP/1.1", "Bespoke: 1", "traceparent: 2", "Content-Length: 1", "Via: 3", "User-Agent: 4", "Cookie: 5", "Host: h", "", "x"},
			[]string{`"Headers":{"Host":"h","User-Agent":"4","Cookie":"5","Traceparent":"2","Via":"3","Content-Length":"1","Bespoke":"1"}`}, "\x00"},
		{"a body of unknown length is missing", nil, []string{"POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "7", `{"a":1}`, "0", "", ""},
			[]string{`"Metadata":{"Query":{}`}, `"Body"`},
		{"bytes", nil, []string{"POST / HTTP/1.1", "Host: h", "Content-Type: application/octet-stream", "Content-Length: 2", "", "\x00\xff"},
			[]string{`"Body":"AP8="`}, "\uFFFD"},
		{"a form of several parts", nil, []string{"POST / HTTP/1.1", "Host: h", "Content-Type: multipart/form-data; boundary=x", "Content-Length: 1", "", "a"},
			[]string{`"Body":"YQ=="`}, "\uFFFD"},
		{"a byte-order mark", nil, []string{"POST / HTTP/1.1", "Host: h", "Content-Length: 10", "", "\uFEFF{\"a\":1}"},
			[]string{`"Body":"{\"a\":1}"`, `"Metadata":{"a":"\"1\"",`}, "\uFEFF"},
		{"the query before the body, route values before both", []param{{"a", &seven}}, []string{"POST /?a=2&b=3 HTTP/1.1", "Host: h", "Content-Length: 13", "", `{"A":1,"b":1}`},
			[]string{`"Metadata":{"A":"\"7\"","b":"\"3\"","Query"`}, `"\"1\""`},
		{"names of the body instead of the host's", nil, []string{"POST / HTTP/1.1", "Host: h", "Content-Length: 26", "", `{"query":1,"HEADERS":"no"}`},
			[]string{`"Metadata":{"query":"\"1\"","HEADERS":"\"no\"","sys":`}, `"Host":"h"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(httpPayload("req", callerRequest(t, tt.params, tt.lines...), goldenSystem("f")))
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s lacks %s", got, want)
				}
			}

			if strings.Contains(got, tt.not) {
				t.Errorf("%s has %s", got, tt.not)
			}
		})
	}
}
