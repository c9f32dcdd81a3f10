package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const members = `"endpoint":"E16","item":"x","url":"u","status":200,"retrievedAt":"2026-11-24T07:00:00Z"`

func entriesOf(r io.Reader) (out []entry, err error) {
	err = readEntries(r, nil, func(e entry) { out = append(out, e) })
	return out, err
}

func TestReadEntriesMeasuresDocumentsAsTheyStand(t *testing.T) {
	const odd = "{\"a\" : [1e400, \"\xff\", {\"a\":1,\"a\":2}]}"
	part := `[ {` + members + `,"document" : ` + odd + " \n,\"subjectMatches\":3},\n{" + members + `,"document":null,"error":{"code":"c","message":"m"}},{` +
		members + `,"subNode":"00001~0123456789abcdef"},{` + members + `,"document":"three"}] `
	for how, r := range map[string]io.Reader{"at once": strings.NewReader(part), "byte by byte": iotest.OneByteReader(strings.NewReader(part))} {
		got, err := entriesOf(r)
		if err != nil || len(got) != 4 {
			t.Fatalf("%s: %d entries, %v", how, len(got), err)
		}

		if got[0].bytes != int64(len(odd)) || !got[0].hasDocument || got[0].SubjectMatches != 3 {
			t.Errorf("%s: the first has a document of %d bytes (%t), want %d", how, got[0].bytes, got[0].hasDocument, len(odd))
		}
		if got[1].hasDocument || got[1].bytes != 0 || got[1].Error.Code != "c" {
			t.Errorf("%s: the second is %+v", how, got[1])
		}
		if got[2].hasDocument || got[2].SubNode == "" {
			t.Errorf("%s: the third is %+v", how, got[2])
		}
		if got[3].bytes != int64(len(`"three"`)) {
			t.Errorf("%s: the fourth has %d bytes", how, got[3].bytes)
		}
	}
}

func TestReadEntriesSkipsADocumentOfAnyLength(t *testing.T) {
	const n = 3 * maxToken / 10
	part := io.MultiReader(strings.NewReader(`[{`+members+`,"document":[0`), strings.NewReader(strings.Repeat(`,"2345678"`, n)), strings.NewReader(`]}]`))
	got, err := entriesOf(part)
	if err != nil || len(got) != 1 || got[0].bytes != 10*n+3 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadEntriesRefusesWhatIsNoPart(t *testing.T) {
	for what, body := range map[string]string{
		"nothing":                 "",
		"a byte order mark":       "\xef\xbb\xbf[]",
		"an object":               "{}",
		"an array of strings":     `["s3cret"]`,
		"no end":                  `[{` + members + `,"document":1}`,
		"an open document":        `[{` + members + `,"document":{"a":`,
		"a document with a fault": `[{` + members + `,"document":{"a":s3cret}}]`,
		"something behind":        `[]x`,
		"a second array":          `[][]`,
		"a missing member":        `[{"endpoint":"E16","document":1}]`,
		"no document":             `[{` + members + `}]`,
		"both":                    `[{` + members + `,"document":1,"subNode":"x"}]`,
		"two documents":           `[{` + members + `,"document":1,"document":2}]`,
		"a member twice":          `[{` + members + `,"status":404,"document":2}]`,
		"a wrong type":            `[{` + strings.Replace(members, "200", `"s3cret"`, 1) + `,"document":2}]`,
		"a string without end":    `[{` + members + `,"document":"` + strings.Repeat("x", 2*maxToken),
		"a member that is long":   `[{` + members + `,"masked":["` + strings.Repeat("x", 2*maxToken) + `"],"document":1}]`,
		"a fault in the second":   `[{` + members + `,"document":1},{}]`,
		"an unknown member":       `[{` + members + `,"later":1,"document":1}]`,
		"other letters":           `[{` + members + `,"Masked":[],"document":1}]`,
		"an unknown member below": `[{` + members + `,"error":{"code":"c","message":"m","x":1},"document":null}]`,
		"no comma":                `[{` + members + `,"document":1}{` + members + `,"document":1}]`,
	} {
		_, err := entriesOf(strings.NewReader(body))
		if !errors.Is(err, errNoPart) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// endless is the inside of a string that is far too long.
type endless struct{ given int }

// Read implements io.Reader.
func (e *endless) Read(p []byte) (int, error) {
	if e.given > 2*maxToken {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = 'x'
	}
	e.given += len(p)
	return len(p), nil
}

func TestReadEntriesKeepsNoMoreThanOneStringInMemory(t *testing.T) {
	for _, member := range []string{`"document":"`, `"masked":["`, `"later":"`, `"`} {
		long := &endless{}
		_, err := entriesOf(io.MultiReader(strings.NewReader(`[{`+members+`,`+member), long))
		if !errors.Is(err, errNoPart) || long.given > maxToken {
			t.Errorf("%s: %d bytes were read, %v", member, long.given, err)
		}
	}
}

func FuzzReadEntries(f *testing.F) {
	f.Add([]byte(`[]`))
	f.Add([]byte(`[{` + members + `,"document":{"a":[1, 2]}}]`))
	f.Add([]byte(`[{` + members + `,"subNode":"x"},{` + members + `,"document":null}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := entriesOf(bytes.NewReader(body))
		slow, slowErr := entriesOf(iotest.OneByteReader(bytes.NewReader(body)))
		if (err == nil) != (slowErr == nil) || len(got) != len(slow) {
			t.Fatalf("at once %d entries and %v, byte by byte %d and %v", len(got), err, len(slow), slowErr)
		}
		var all []map[string]json.RawMessage
		if err != nil || json.Unmarshal(body, &all) != nil {
			return
		}
		if len(all) != len(got) {
			t.Fatalf("%d entries, want %d", len(got), len(all))
		}

		for i, e := range got {
			if e.hasDocument && e.bytes != int64(len(all[i]["document"])) {
				t.Errorf("document %d has %d bytes, want %d", i, e.bytes, len(all[i]["document"]))
			}
		}
	})
}
