package functionshost

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
)

// Why triggers that settle by lock token have dataType binary: bound as string,
// a body that anybody may send chooses the lock token that the handler gets.
func TestABodyBoundAsStringReplacesMetadataAndOneBoundAsBytesDoesNot(t *testing.T) {
	const body = `{"lockToken":"another's","sys":{"MethodName":"other"},"deliveryCount":99,"SUBJECT":"of the body"}`
	tests := []struct {
		name           string
		binary         bool
		want, unwanted string
	}{
		{"as string", false,
			`"DeliveryCount":"\"99\"","LockToken":"\"another's\"","ExpiresAtUtc":"2026-12-08T10:00:00","ExpiresAt":"2026-12-08T10:00:00+00:00",` +
				`"EnqueuedTimeUtc":"2026-11-24T10:00:00","EnqueuedTime":"2026-11-24T10:00:00+00:00","Subject":"\"of the body\"","Label":"\"sender\"",` +
				`"ApplicationProperties":{},"UserProperties":{},"sys":{"MethodName":"other"}}}`,
			"00000000-0000"},
		{"as bytes", true, `"DeliveryCount":"1","LockToken":"\"00000000-0000-0000-0000-000000000000\"",`, "another"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := goldenMessage()
			m.Body, m.Subject = []byte(body), to.Ptr("sender")
			got, err := messagePayload("message", tt.binary, m, goldenClient, goldenSystem("f"))
			if err != nil {
				t.Fatal(err)
			}

			if !strings.Contains(string(got), tt.want) || strings.Contains(string(got), tt.unwanted) {
				t.Errorf("got %s, want %s in it and no %s", got, tt.want, tt.unwanted)
			}
		})
	}
}

func TestMembersOfABodyAreCopiedAsNewtonsoftReadsThem(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"text", `{"a":"x \"é\""}`, `{"a":"\"x \\\"é\\\"\""}`},
		{"a whole number", `{"a":-12}`, `{"a":"\"-12\""}`},
		{"a double that is whole", `{"a":1.0}`, `{"a":"\"1\""}`},
		{"a large double", `{"a":1e20}`, `{"a":"\"1E+20\""}`},
		{"booleans", `{"a":true,"b":false}`, `{"a":"\"True\"","b":"\"False\""}`},
		{"no null and no array", `{"a":null,"b":[1],"c":1}`, `{"c":"\"1\""}`},
		{"a date", `{"a":"2026-11-24T10:00:00Z"}`, `{"a":"\"11/24/2026 10:00:00\""}`},
		{"a date with an offset, in UTC", `{"a":"2026-11-24T01:00:00.25+02:00"}`, `{"a":"\"11/23/2026 23:00:00\""}`},
		{"a date without zone", `{"a":"2026-11-24T10:00:00"}`, `{"a":"\"11/24/2026 10:00:00\""}`},
		{"what is almost a date", `{"a":"2026-11-24","b":"2026-13-24T10:00:00Z"}`, `{"a":"\"2026-11-24\"","b":"\"2026-13-24T10:00:00Z\""}`},
		{"an object, written again", `{"a": {"z": [1.50, -0, 1e5, {}, []], "d": "2026-11-24T10:00:00.500Z", "2026-11-24T10:00:00.0Z": null}}`,
			`{"a":{"z":[1.5,0,100000.0,{},[]],"d":"2026-11-24T10:00:00.5Z","2026-11-24T10:00:00.0Z":null}}`},
		{"an object's dates keep their kind", `{"a":{"b":"2026-11-24T10:00:00.10","c":"2026-11-24T10:00:00+02:00"}}`,
			`{"a":{"b":"2026-11-24T10:00:00.1","c":"2026-11-24T08:00:00+00:00"}}`},
		{"the last of two names", `{"a":1,"b":2,"a":3}`, `{"a":"\"3\"","b":"\"2\""}`},
		{"one spelling of a name", `{"a":1,"A":2}`, `{"a":"\"2\""}`},
		{"no name that ends in trigger", `{"myTrigger":1,"a":1}`, `{"a":"\"1\""}`},
		{"an array", `[{"a":1}]`, `{}`},
		{"text that is no JSON", `{"a":1`, `{}`},
		{"two objects", `{"a":1}{"b":1}`, `{}`},
		{"nothing", ``, `{}`},
		{"as deep as is read", nested(maxDepth), `{"a":` + nested(maxDepth-1) + `}`},
		{"deeper than is read", nested(maxDepth + 1), `{}`},
		{"deeper in what isn't copied", `{"b":1,"a":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + `}`, `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var meta members
			copyBody(&meta, tt.body)
			if got := meta.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// nested is an object of so many levels.
func nested(levels int) string {
	return strings.Repeat(`{"a":`, levels-1) + `{}` + strings.Repeat(`}`, levels-1)
}

// Whatever the body is, metadata stay a JSON object.
func FuzzCopyBody(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":[1.5,"2026-11-24T10:00:00Z",null]}}`, `{"sys":1,"SYS":"\u2028"}`, `{"a":-1e-7}`, "{\"\xff\":\"\xff\"}", `[`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var meta members
		meta.add("sys", "{}")
		copyBody(&meta, body)
		if got := meta.String(); !json.Valid([]byte(got)) {
			t.Errorf("%q became %s", body, got)
		}
	})
}
