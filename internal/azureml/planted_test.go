package azureml

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/document/documenttest"
)

// answerOf is an answer of a row in whose documents a value stands in many places, and
// whose elements have names as long as secrets.
func answerOf(op Operation, value any) map[string]any {
	element := map[string]any{
		"description": value,
		"tags":        map[string]any{"note": value},
		"properties":  map[string]any{"properties": map[string]any{"deep": []any{value}}, "environmentVariables": map[string]any{"V": value}},
	}
	if op.Key != "" {
		element[op.Key] = "name/token=abcdefgh"
	}
	if !op.HasPages() {
		return element
	}
	if op.Token == lastID {
		return map[string]any{"data": []any{element, element}, "has_more": true, "last_id": "id/token=abcdefgh"}
	}
	return map[string]any{"value": []any{element, element}, "nextLink": "https://x.example/list?token=abcdefgh"}
}

func TestNoRowKeepsAPlantedSecret(t *testing.T) {
	const each = 50
	r := rand.New(rand.NewPCG(20261129, 2))
	rows, secrets := 0, 0
	for _, op := range Catalogue() {
		rows++
		for range each {
			secret, value := documenttest.Secret(r)
			answer, err := json.Marshal(answerOf(op, value))
			if err != nil {
				t.Fatal(err)
			}
			out, _, err := document.CopyHeld(answer, document.Options{Secrets: op.DocumentSecrets(), Everywhere: true})
			if err != nil || !json.Valid(out) {
				t.Fatalf("%s: %s, %v", op.ID, out, err)
			}
			secrets++

			if strings.Contains(string(out), secret) {
				t.Errorf("%s keeps %q: %s", op.ID, secret, out)
			}
			next := `"nextLink":"https://x.example/list?token=abcdefgh"`
			if op.Token == lastID {
				next = `"last_id":"id/token=abcdefgh"`
			}
			if op.HasPages() && !strings.Contains(string(out), next) {
				t.Errorf("%s: the next page is lost: %s", op.ID, out)
			}
			if op.IsList() && op.Key != "" && !strings.Contains(string(out), `"name/token=abcdefgh"`) {
				t.Errorf("%s: the names are lost: %s", op.ID, out)
			}
		}
	}
	t.Logf("%d rows, %d planted secrets, none kept", rows, secrets)
}
