package functionshost

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is how deep Newtonsoft reads JSON.
const maxDepth = 64

// copyBody puts the members of a body that is a JSON object into an
// invocation's metadata, over what is there (azure-functions-host,
// Utility.ApplyBindingData). So a body can replace LockToken or sys, which is
// why triggers that settle by lock token should have dataType binary.
//
// Arrays and nulls are left out, and hidden names. A body that isn't JSON changes
// nothing. Newtonsoft reads a little more than JSON, such as comments and single
// quotes: here that is no JSON.
func copyBody(meta *members, body string) {
	parsed, err := bodyMembers([]byte(body))
	if err != nil {
		return
	}
	for _, e := range parsed {
		if !hiddenName(e.key) {
			meta.set(e.key, e.jsonText)
		}
	}
}

// hiddenName reports whether metadata never show a name: the real host takes it for
// the trigger's own value.
func hiddenName(key string) bool { return strings.HasSuffix(strings.ToLower(key), "trigger") }

// bodyMembers returns the members as metadata show them. Of two with the same name
// the last wins, in the position of the first.
func bodyMembers(body []byte) ([]member, error) {
	d := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, errors.New("no JSON object")
	}

	var all []member
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}

		key := name.String()
		shown, err := metadataValue(d)
		if err != nil {
			return nil, err
		}

		if i := slices.IndexFunc(all, func(e member) bool { return e.key == key }); i >= 0 {
			all[i].jsonText = shown
		} else {
			all = append(all, member{key, shown})
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the object")
	}

	return slices.DeleteFunc(all, func(e member) bool { return e.jsonText == "" }), nil
}

// metadataValue reads one member's value; "" for what isn't copied. An object
// stays one, all else becomes .NET's text of it, as a string.
func metadataValue(d *jsontext.Decoder) (string, error) {
	switch d.PeekKind() {
	case '{':
		return rewritten(d)
	case '[':
		_, err := rewritten(d) // its depth counts
		return "", err
	}

	t, err := d.ReadToken()
	if err != nil {
		return "", err
	}

	switch t.Kind() {
	case 't':
		return asText(quote("True")), nil
	case 'f':
		return asText(quote("False")), nil
	case '0':
		return asText(quote(jsonNumber(t.String(), double))), nil
	case '"':
		return asText(quote(netText(t.String()))), nil
	}

	return "", nil // null
}

// netText returns a string as Newtonsoft reads it: what looks like a date becomes one,
// and is written in .NET's invariant form, without its zone.
func netText(s string) string {
	if at, _, ok := netDate(s); ok {
		return at.Format("01/02/2006 15:04:05")
	}
	return s
}

// rewritten reads an object or array and writes it as Newtonsoft does: compact, with
// numbers and dates in their shortest form.
func rewritten(d *jsontext.Decoder) (string, error) {
	var b strings.Builder
	around := d.StackDepth()
	for first := true; ; first = false {
		separate(&b, d, first)
		t, err := d.ReadToken()
		if err != nil {
			return "", err
		}
		if d.StackDepth() > maxDepth {
			return "", errors.New("too deep")
		}

		b.WriteString(tokenText(t, isName(d, t)))
		if closed := t.Kind() == '}' || t.Kind() == ']'; closed && d.StackDepth() == around {
			return b.String(), nil
		}
	}
}

// isName reports whether the token just read names a member.
func isName(d *jsontext.Decoder, t jsontext.Token) bool {
	kind, n := d.StackIndex(d.StackDepth())
	return kind == '{' && n%2 == 1 && t.Kind() == '"'
}

// separate writes the comma or colon before the next token.
func separate(b *strings.Builder, d *jsontext.Decoder, first bool) {
	kind, n := d.StackIndex(d.StackDepth())
	next := d.PeekKind()
	switch {
	case first || n == 0 || next == '}' || next == ']':
	case kind == '{' && n%2 == 1:
		b.WriteByte(':')
	default:
		b.WriteByte(',')
	}
}

func tokenText(t jsontext.Token, name bool) string {
	switch t.Kind() {
	case '"':
		if at, layout, ok := netDate(t.String()); ok && !name {
			return quote(at.Format(layout))
		}
		return quote(t.String())
	case '0':
		return jsonNumber(t.String(), float)
	}
	return t.String()
}

// jsonNumber rewrites a JSON number: an integer stays as it is, any other is a
// double.
func jsonNumber(text string, write func(float64, int) string) string {
	if !strings.ContainsAny(text, ".eE") {
		if text == "-0" {
			return "0"
		}
		return text
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text // too large for a double
	}
	return write(f, 64)
}

var dateForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?(Z|[+-]\d\d:\d\d)?$`)

// netDate reads a string that Newtonsoft takes for a date, and returns the layout in
// which Newtonsoft writes it. A date with an offset becomes the host's local time:
// UTC.
func netDate(s string) (at time.Time, layout string, ok bool) {
	form := dateForm.FindStringSubmatch(s)
	if form == nil {
		return time.Time{}, "", false
	}

	read := time.RFC3339Nano
	switch form[1] {
	case "":
		read, layout = "2006-01-02T15:04:05", "2006-01-02T15:04:05.9999999"
	case "Z":
		layout = layoutZulu
	default:
		layout = layoutPrecise
	}

	at, err := time.Parse(read, s)
	return at.UTC(), layout, err == nil
}
