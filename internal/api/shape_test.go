package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// A body of another shape is refused by the member that is wrong and what it should be, in
// words that say nothing of how this program is written.
func TestABodyOfAnotherShapeIsRefusedByItsMember(t *testing.T) {
	for body, want := range map[string]struct{ field, message string }{
		`{"policy":"include"}`:                           {"policy", "policy: want an object"},
		`{"policy":{"files":7}}`:                         {"policy/files", "policy/files: want a string"},
		`{"partial":"yes"}`:                              {"partial", "partial: want true or false"},
		`{"contact":["a@example.org"]}`:                  {"contact", "contact: want a string"},
		`{"Policy":{}}`:                                  {"Policy", "Policy: this operation has no such member"},
		`{"policy":{"logs":"include"}}`:                  {"policy/logs", "policy/logs: this operation has no such member"},
		`["include"]`:                                    {"", "the body has a member that this operation does not know, or another shape"},
		`{"<b>":1}`:                                      {"", "the body has a member that this operation does not know, or another shape"},
		`{"` + strings.Repeat("long", 100) + `":"what"}`: {"", "the body has a member that this operation does not know, or another shape"},
	} {
		w := deployed(t, aboutAda(t)).do(call{method: "POST", path: copyPath, body: body, header: as(bob, "DSR.Operate")})
		got := decodedText[struct {
			Detail string
			Errors []struct{ Field, Message string }
		}](t, w.Body.Bytes())
		if w.Code != http.StatusBadRequest || len(got.Errors) != 1 || got.Errors[0].Field != want.field || got.Errors[0].Message != want.message {
			t.Errorf("%.60s: %d %+v, want %+v", body, w.Code, got, want)
		}
	}
}
