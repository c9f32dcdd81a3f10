package document_test

import (
	"testing"

	"azureml-dsr/internal/document"
)

func TestStringsThatAreTooShortToMatchAreSkipped(t *testing.T) {
	const doc = `{"ann":["an","ann","anna","\u0061nn",""]}`
	asked := map[string]int{}
	_, result, err := document.CopyHeld([]byte(doc), document.Options{
		IsSubject:     func(s string) bool { asked[s]++; return s == "ann" },
		ShortestMatch: len("ann"),
	})
	if err != nil {
		t.Fatal(err)
	}

	if result.Matches != 3 { // a name, a string, and one that is escaped
		t.Errorf("%d matches, want 3", result.Matches)
	}
	if asked["an"]+asked[""] > 0 || asked["anna"] != 1 {
		t.Errorf("asked about %v", asked)
	}
}
