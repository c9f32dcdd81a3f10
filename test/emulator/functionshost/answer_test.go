package functionshost

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

const jsonType = "application/json; charset=utf-8"

func TestAnswers(t *testing.T) {
	tests := []struct {
		name, contentType, body string
		status                  int
		want                    string // part of the error; empty: success
	}{
		{"the full answer", jsonType, `{"Outputs":{},"Logs":null,"ReturnValue":null}`, 200, ""},
		{"an empty object", "text/json", `{}`, 201, ""},
		{"names in another case", jsonType, `{"outputs":{"a":1},"LOGS":["x",3,null],"returnvalue":{}}`, 200, ""},
		{"a JSON media type in another case", "Application/JSON", `{}`, 200, ""},
		{"an empty body", jsonType, ``, 200, errNoAnswer.Error()},
		{"an empty body without a type", "", ``, 204, errNoAnswer.Error()},
		{"blanks only", "text/plain", " \n", 200, errNoAnswer.Error()},
		{"null", jsonType, `null`, 202, errNoAnswer.Error()},
		{"text", "text/plain; charset=utf-8", `{}`, 200, "content type"},
		{"no type", "", `{}`, 200, "content type"},
		{"problem+json", "application/problem+json", `{}`, 200, "content type"},
		{"an array", jsonType, `[]`, 200, "not a JSON object"},
		{"broken JSON", jsonType, `{"Outputs":`, 200, "not a JSON object"},
		{"two objects", jsonType, `{}{}`, 200, "not a JSON object"},
		{"outputs of another shape", jsonType, `{"Outputs":[]}`, 200, "not a JSON object"},
		{"objects in Logs", jsonType, `{"Logs":[{"a":1}]}`, 200, "Logs"},
		{"a server error", jsonType, `{}`, 500, "500"},
		{"an unknown function", jsonType, `{}`, 404, "404"},
		{"a body without end", jsonType, strings.Repeat(" ", maxAnswer+1), 200, "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp := &http.Response{StatusCode: tt.status, Header: http.Header{"Content-Type": {tt.contentType}}, Body: io.NopCloser(strings.NewReader(tt.body))}
			_, err := judge(resp, quiet)
			if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestLogsOfAGoodAnswerAreLogged(t *testing.T) {
	var out bytes.Buffer
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {jsonType}}, Body: io.NopCloser(strings.NewReader(`{"Logs":["hello",3]}`))}
	if _, err := judge(resp, slog.New(slog.NewTextHandler(&out, nil))); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.Contains(got, "line=hello") || !strings.Contains(got, "line=3") {
		t.Errorf("got %s", got)
	}
}

func TestTheBodyOfABadAnswerIsLogged(t *testing.T) {
	tests := []struct {
		name, contentType string
		status            int
		logged            bool
	}{
		{"one that is no JSON by its type", "text/plain", http.StatusOK, true},
		{"one that is no object", jsonType, http.StatusOK, true},
		{"one with a bad status, whose body is dropped", "text/plain", http.StatusInternalServerError, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			resp := &http.Response{StatusCode: tt.status, Header: http.Header{"Content-Type": {tt.contentType}}, Body: io.NopCloser(strings.NewReader("what it said"))}
			if _, err := judge(resp, slog.New(slog.NewTextHandler(&out, nil))); err == nil {
				t.Fatal("it was accepted")
			}
			if got := out.String(); strings.Contains(got, `level=ERROR msg="invalid answer"`) != tt.logged || strings.Contains(got, "what it said") != tt.logged {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestAnAnswersOutputsAreKept(t *testing.T) {
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {jsonType}}, Body: io.NopCloser(strings.NewReader(`{"outputs":{"res":{"body":"b"}},"returnValue":3}`))}
	a, err := judge(resp, quiet)
	if err != nil || string(a.outputs["res"]) != `{"body":"b"}` || string(a.value) != "3" {
		t.Errorf("got %s, %s, %v", a.outputs, a.value, err)
	}
}

func TestAnAnswerThatBreaksOffFails(t *testing.T) {
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(io.MultiReader(strings.NewReader("{"), brokenReader{}))}
	if _, err := judge(resp, quiet); err == nil || !strings.Contains(err.Error(), "reading the handler's answer") {
		t.Errorf("got %v", err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken off") }

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{`{}`, `{"Logs":["a",1,null,[],{}]}`, `[]`, `{"Outputs":{"a":{}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {jsonType}}, Body: io.NopCloser(bytes.NewReader(body))}
		if _, err := judge(resp, quiet); err == nil && bytes.TrimSpace(body)[0] != '{' {
			t.Errorf("success for %q", body)
		}
	})
}
