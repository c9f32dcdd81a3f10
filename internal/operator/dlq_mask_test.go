package operator

import (
	"strings"
	"testing"
)

func TestABodyIsShownWithoutPersonalData(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"a subject's values, not their names": {
			`{"id":"r","subject":{"objectId":"o-1","mail":["a@x","b@x"]}}`, `{"id":"r","subject":{"mail":"***","objectId":"***"}}`},
		"a subject's values elsewhere": {
			`{"source":"from A@X","confirm":["/s/a@x"],"hold":["keep"],"subject":{"mail":["a@x"]}}`,
			`{"confirm":["***"],"hold":["keep"],"source":"***","subject":{"mail":"***"}}`},
		"a request in a CloudEvent": {
			`{"specversion":"1.0","subject":"o-1","data":{"id":"r-1","kind":"export","subject":{"puid":"p"}}}`,
			`{"data":{"id":"r-1","kind":"export","subject":{"puid":"***"}},"specversion":"1.0","subject":"***"}`},
		"a subject that is misspelt":           {`{"Subject":{"mail":"a@x"},"sbj":"a","source":"a@x"}`, `{"Subject":"***","sbj":"***","source":"***"}`},
		"members that nothing has":             {`{"subject":{"x":1},"a@x":1,"source":{"given":"A"}}`, `{"***":"***","source":{"given":"***"},"subject":{"***":"***"}}`},
		"numbers as they were written":         {`{"attempt":1.0,"chunk":12345678901234567890}`, `{"attempt":1.0,"chunk":12345678901234567890}`},
		"nothing of what is no object":         {`["a@x"]`, `"*** (7 bytes that are no JSON object)"`},
		"nothing of what is more than one":     {`{} {"x":1}`, `"*** (10 bytes that are no JSON object)"`},
		"what follows a byte order mark":       {"\ufeff" + `{"id":"r","subject":{"puid":"p"}}`, `{"id":"r","subject":{"puid":"***"}}`},
		"nothing of what is no JSON":           {`a@x`, `"*** (3 bytes that are no JSON object)"`},
		"nothing of null, which is no request": {`null`, `"*** (4 bytes that are no JSON object)"`},
	} {
		if got := string(shownBody([]byte(c.body), false)); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}

	for body, want := range map[string]string{`{"a": 1}`: `{"a": 1}`, "a\x1b[2J": `"a\u001b[2J"`} {
		if got := string(shownBody([]byte(body), true)); got != want {
			t.Errorf("revealed: %s", got)
		}
	}
}

func FuzzAMaskedBodyHoldsNothingOfTheSubject(f *testing.F) {
	for _, seed := range []string{
		`"x SecretPerson"`, `"secret\u0070erson"`, `{"name":"secretperson"}`, `["secretperson",{"secretperson":1}]`, `1,"data":{"secretperson":[]}`,
		`1,"subject":"x"`, `1}`, `{"subject":{"secretperson":{}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		masked, ok := maskBody([]byte(`{"source":` + value + `,"subject":{"mail":["secretperson"]}}`))
		if ok && strings.Contains(strings.ToLower(string(masked)), "secretperson") {
			t.Errorf("%s shows as %s", value, masked)
		}
	})
}
