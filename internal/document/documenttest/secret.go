// Package documenttest makes documents for tests.
package documenttest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Secret returns a secret and a value of a document in which it stands, in one of many
// ways: under a name, within a text, in JSON within a string.
func Secret(r *rand.Rand) (secret string, value any) {
	const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	random := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}

	names := []string{"password", "PASSWORD", "dbPassword", "client_secret", "clientSecret", "api-key", "ApiKey", "accessKey", "AZURE_STORAGE_KEY_SECRET",
		"accessToken", "refresh_token", "GITHUB_TOKEN", "connectionString", "sharedAccessKey", "Pwd", "sasToken", "privateKey"}
	name := names[r.IntN(len(names))]
	s := "s" + random(20+r.IntN(30))
	text := func(format string) any { return fmt.Sprintf(format, s) }

	switch r.IntN(15) {
	case 0:
		return s, map[string]any{name: s}
	case 1:
		return s, text("https://user:%s@host.example/path")
	case 2:
		return s, text("prefix https://a.blob.core.windows.net/c?sv=2024&sig=%s&sp=r suffix")
	case 3:
		return s, text("Server=x;" + name + "=%s;Timeout=3")
	case 4:
		return s, text("run --" + strings.ReplaceAll(name, " ", "") + " %s --epochs 3")
	case 5:
		return s, text("export " + name + "='%s'")
	case 6:
		return s, text(name + ": %s\nother: 1")
	case 7:
		inner, _ := json.Marshal(map[string]any{"config": map[string]any{name: s, "n": 1}})
		return s, string(inner)
	case 8:
		inner, _ := json.Marshal(map[string]any{name: s})
		outer, _ := json.Marshal(map[string]any{"inner": string(inner)})
		return s, string(outer)
	case 9:
		return s, text("Authorization: Bearer %s")
	case 10:
		s = random(60)
		return s, "token ghp_" + s
	case 11:
		s = random(60)
		return s, "eyJ" + random(50) + "." + s + "." + random(20)
	case 12:
		return s, []any{map[string]any{"name": name, "value": s}}
	case 13:
		return s, json.RawMessage(fmt.Sprintf(`{"value":%q,"note":[1,{"value":"x"}],"name":%q}`, s, name))
	default:
		return s, text("-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----")
	}
}
