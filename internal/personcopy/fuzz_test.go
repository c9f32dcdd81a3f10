package personcopy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"azureml-dsr/internal/personcopy"
)

// FuzzRedact: whatever stands around somebody's id and address in a text, neither is left, and
// the document stays JSON.
func FuzzRedact(f *testing.F) {
	const (
		id    = "0b7e9d21-6a34-4b7e-8d21-3c9e110f7b6a"
		upn   = "grace.hopper@navy.example"
		about = `{"createdBy":{"userObjectId":"` + id + `","userName":"Grace Hopper","upn":"` + upn + `"}}`
	)
	for _, seed := range []string{"", "a", "%", `\u00`, "&#", "\u0301", "Users/", `C:\`, `{"a":"`, "é", "\xff", "ada.king@example.org", "%25%32%35", "İ"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		people := personcopy.NewPeople(adaKing())
		if err := people.Learn([]byte(about)); err != nil {
			t.Fatal(err)
		}
		text := before + " " + id + " " + after + " " + upn + " " + before
		doc, err := json.Marshal(map[string]any{"text": text, text: "name", "nested": `{"x":` + string(mustJSON(t, text)) + `}`})
		if err != nil {
			t.Fatal(err)
		}
		out, err := people.Redact(doc, nil)
		if err != nil || !json.Valid(out) {
			t.Fatalf("%q: %q, %v", doc, out, err)
		}
		if s := string(out); strings.Contains(s, id) || strings.Contains(s, "hopper") {
			t.Errorf("%q: %s", text, s)
		}
	})
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
