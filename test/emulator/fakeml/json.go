package fakeml

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// field is one member of an object; value is raw JSON.
type field struct{ name, value string }

// object writes members in the order given. The layout chooses the white space,
// which differs between the services: whoever keeps documents byte for byte must not
// depend on it.
func object(layout int, fields ...field) string {
	open, colon, comma, end := "{", ":", ",", "}"
	switch layout % 4 {
	case 1:
		open, colon, comma, end = "{ ", ": ", ", ", " }"
	case 2:
		open, colon, comma, end = "{\n  ", ": ", ",\n  ", "\n}"
	case 3:
		open, colon, comma, end = "{\r\n\t", " :\t", " ,\r\n\t", "\r\n}"
	}

	var b strings.Builder
	b.WriteString(open)

	for i, f := range fields {
		if i > 0 {
			b.WriteString(comma)
		}
		b.WriteString(text(f.name) + colon + f.value)
	}

	b.WriteString(end)

	return b.String()
}

// rotate changes which member is first, so that no key has a fixed place.
func rotate(by int, fields []field) []field {
	by %= len(fields)
	return append(append([]field{}, fields[by:]...), fields[:by]...)
}

// text quotes a JSON string.
func text(s string) string {
	quoted, _ := jsontext.AppendQuote(nil, s) // an error means invalid UTF-8, replaced already
	return string(quoted)
}

// moment quotes the time n minutes after the account's first day.
func moment(n int) string { return stamp(minute(n)) }

func minute(n int) time.Time {
	return time.Date(2018, 5, 22, 7, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
}

// stamp quotes a time with the seven digits of .NET.
func stamp(t time.Time) string {
	return text(t.UTC().Format("2006-01-02T15:04:05.0000000Z07:00"))
}
