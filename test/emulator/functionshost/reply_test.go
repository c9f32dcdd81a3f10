package functionshost

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRepliesOfAnHTTPOutput(t *testing.T) {
	const text, asJSON = "text/plain; charset=utf-8", "application/json; charset=utf-8"
	tests := []struct {
		name, output, answer string
		status               int
		kind, body           string
	}{
		{"a whole response", "res", `{"Outputs":{"res":{"statusCode":201,"headers":{"content-type":"application/json"},"body":"{\"a\":1}"}}}`, 201, asJSON, `{"a":1}`},
		{"names in another case", "res", `{"Outputs":{"res":{"STATUSCODE":"202","Body":"b"}}}`, 202, text, "b"},
		{"status instead of statusCode", "res", `{"Outputs":{"res":{"status":404,"body":"b"}}}`, 404, text, "b"},
		{"a status that is none", "res", `{"Outputs":{"res":{"statusCode":"gone","body":"b"}}}`, 200, text, "b"},
		{"a character set is kept", "res", `{"Outputs":{"res":{"headers":{"Content-Type":"text/html; charset=latin1"},"body":"b"}}}`, 200, "text/html; charset=latin1", "b"},
		{"no body", "res", `{"Outputs":{"res":{"statusCode":204}}}`, 204, text, ""},
		{"a body that is an object, written again", "res", `{"Outputs":{"res":{"body":{"a":[1.0,"2026-11-24T10:00:00.50Z"],"b":{}}}}}`, 200, text, "{\n  \"a\": [\n    1.0,\n    \"2026-11-24T10:00:00.5Z\"\n  ],\n  \"b\": {}\n}"},
		{"a body that is a number", "res", `{"Outputs":{"res":{"body":3.50}}}`, 200, text, "3.5"},
		{"a body that is a boolean", "res", `{"Outputs":{"res":{"body":true}}}`, 200, text, "True"},
		{"a response in a text", "res", `{"Outputs":{"res":"{\"statusCode\":418,\"body\":\"b\"}"}}`, 418, text, "b"},
		{"no such output", "res", `{"Outputs":{"Res":{"statusCode":500}}}`, 200, text, "{}"},
		{"no outputs", "res", `{}`, 200, text, "{}"},
		{"an output that is no response", "res", `{"Outputs":{"res":3}}`, 0, "", ""},
		{"a text that is no response", "res", `{"Outputs":{"res":"hello"}}`, 0, "", ""},
		{"$return: a response", "$return", `{"ReturnValue":{"statusCode":201,"body":"b"}}`, 201, text, "b"},
		{"$return: an object without a body is the body", "$return", `{"ReturnValue":{"statusCode":201}}`, 200, text, "{\n  \"statusCode\": 201\n}"},
		{"$return: text", "$return", `{"ReturnValue":"hello, you"}`, 200, text, "hello, you"},
		{"$return: Base64 is bytes", "$return", `{"ReturnValue":"done"}`, 200, "", "v\x89\xde"},
		{"$return: nothing", "$return", `{"ReturnValue":null}`, 200, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, _, err := parseAnswer("application/json", []byte(tt.answer))
			if err != nil {
				t.Fatal(err)
			}
			got, err := replyOf(tt.output, a)
			if (err != nil) != (tt.status == 0) {
				t.Fatalf("got %v", err)
			}

			if got.status != tt.status || got.header.Get("Content-Type") != tt.kind || string(got.body) != tt.body {
				t.Errorf("got %d %q %q", got.status, got.header.Get("Content-Type"), got.body)
			}
		})
	}
}

func TestHeadersOfAnHTTPOutput(t *testing.T) {
	got, err := replyOf("res", answer{outputs: map[string]json.RawMessage{"res": json.RawMessage(`{"headers":{"x-text":"t","x-number":3,"content-length":"99"},"body":"b"}`)}})
	want := http.Header{"X-Text": {"t"}, "X-Number": {"3"}, "Content-Type": {"text/plain; charset=utf-8"}}
	if diff := cmp.Diff(want, got.header); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}
