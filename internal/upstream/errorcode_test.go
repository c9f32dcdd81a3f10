package upstream

import (
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

func TestErrorCodeOfEveryShape(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"nested, as ARM answers", `{"error":{"code":"ResourceNotFound","message":"x"}}`, "ResourceNotFound"},
		{"flat, as the experimentation provider answers", `{"code":"Conflict","message":"x"}`, "Conflict"},
		{"with correlation, as experiments answers", `{"error":{"code":"UserError","message":"x","innerError":{"code":"y"}},"correlation":{"operation":"z"}}`, "UserError"},
		{"as model management answers", `{"code":"ModelNotFound","statusCode":404,"message":"x","details":[{"code":"y"}]}`, "ModelNotFound"},
		{"a text for an error beside a code", `{"error":"x","code":"Flat"}`, "Flat"},
		{"nothing", ``, ""},
		{"no JSON", `<html>`, ""},
		{"an array", `[1]`, ""},
		{"a number for a code", `{"code":17}`, ""},
		{"a code with a mail address", `{"code":"anna@example.com"}`, ""},
		{"a code with a line end", `{"code":"a\nb"}`, ""},
		{"a code as long as may be", `{"code":"` + strings.Repeat("a", 64) + `"}`, strings.Repeat("a", 64)},
		{"a code that is too long", `{"code":"` + strings.Repeat("a", 65) + `"}`, ""},
		{"a body past the bound", `{"message":"` + strings.Repeat("a", maxErrorBody) + `","code":"x"}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ErrorCode(iotest.OneByteReader(strings.NewReader(tt.body))); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRequestIDsMustLookLikeOne(t *testing.T) {
	tests := []struct{ theirs, ours, want string }{
		{"r-1", "c-1", "r-1"}, {"", "c-1", "c-1"}, {"anna@example.com", "c-1", "c-1"}, {"a b", "", ""},
		{strings.Repeat("r", 128), "c-1", strings.Repeat("r", 128)}, {strings.Repeat("r", 129), "c-1", "c-1"},
	}
	for _, tt := range tests {
		h := http.Header{"X-Ms-Request-Id": {tt.theirs}, "X-Ms-Client-Request-Id": {tt.ours}}
		if got := RequestID(h); got != tt.want {
			t.Errorf("%+v: got %q", tt, got)
		}
	}
}
