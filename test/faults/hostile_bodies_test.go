package faults

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

type body = azservicebus.AMQPAnnotatedMessageBody

// hostileKind is a body that nobody should send, made from a good one.
type hostileKind struct {
	name string
	body func(r *rand.Rand, id, good string) body
}

// hostileKinds returns bodies of wrong bytes, and bodies that are no bytes at all,
// which the Functions host can't pass to a function that binds bytes.
func hostileKinds() []hostileKind {
	bytes := func(name string, make func(r *rand.Rand, id, good string) string) hostileKind {
		return hostileKind{name, func(r *rand.Rand, id, good string) body { return body{Data: [][]byte{[]byte(make(r, id, good))}} }}
	}
	value := func(name string, make func(id, good string) any) hostileKind {
		return hostileKind{name, func(_ *rand.Rand, id, good string) body { return body{Value: make(id, good)} }}
	}
	with := func(member string) func(*rand.Rand, string, string) string {
		return func(_ *rand.Rand, _, good string) string { return strings.Replace(good, `"kind"`, member+`,"kind"`, 1) }
	}
	return []hostileKind{
		bytes("truncated", func(r *rand.Rand, _, good string) string { return good[:1+r.IntN(len(good)-2)] }),
		bytes("a wrong type", func(_ *rand.Rand, _, good string) string { return strings.Replace(good, `"export"`, `7`, 1) }),
		bytes("a duplicate key", with(`"kind":"delete"`)),
		bytes("deep", func(*rand.Rand, string, string) string {
			return strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000)
		}),
		bytes("a long string", with(`"source":"`+strings.Repeat("x", 200_000)+`"`)),
		bytes("invalid UTF-8", with("\"source\":\"\xff\xfe\"")),
		bytes("a byte order mark", func(_ *rand.Rand, _, good string) string { return "\xef\xbb\xbf" + good }),
		bytes("an unknown version", func(_ *rand.Rand, _, good string) string { return strings.Replace(good, `"1.0"`, `"9.9"`, 1) }),
		bytes("a taken id", func(_ *rand.Rand, id, good string) string {
			return strings.Replace(strings.Replace(good, id, "good", 1), `"objectId":"`, `"objectId":"other-`, 1)
		}),
		bytes("nothing", func(*rand.Rand, string, string) string { return "" }),
		bytes("random bytes", func(r *rand.Rand, _, _ string) string {
			b := make([]byte, 1+r.IntN(3000))
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			return string(b)
		}),
		bytes("an array", func(_ *rand.Rand, _, good string) string { return "[" + good + "]" }),
		value("a text", func(_, good string) any { return good }),
		value("bytes as a value", func(_, good string) any { return []byte(good) }),
		value("a map", func(id, _ string) any {
			return map[string]any{"schemaVersion": "1.0", "id": id, "scope": []any{map[string]any{"subscriptionId": "s"}}}
		}),
		value("a list", func(id, _ string) any { return []any{id, int64(1), nil} }),
		value("a number", func(string, string) any { return int64(17) }),
		value("a boolean", func(string, string) any { return false }),
		{"sequences", func(_ *rand.Rand, id, good string) body { return body{Sequence: [][]any{{id}, {good, int64(1)}}} }},
		{"two halves", func(_ *rand.Rand, _, good string) body {
			return body{Data: [][]byte{[]byte(good[:9]), []byte(good[9:])}} // joined, they are the good request
		}},
	}
}

// make returns the kind's body for one message, made from a good request.
func (k hostileKind) make(n int, r *rand.Rand, good []byte) body {
	id := fmt.Sprintf("hostile-%d", n)
	return k.body(r, id, strings.Replace(string(good), `"good"`, `"`+id+`"`, 1))
}
