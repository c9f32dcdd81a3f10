package functionshost

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/Azure/go-amqp"
)

// The real host writes JSON with Newtonsoft: compact, keys in the order they
// are added, and only what must be escaped is. encoding/json does neither.

// quote returns s as a JSON string.
func quote(s string) string {
	b := make([]byte, 0, len(s)+2)
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\b':
			b = append(b, `\b`...)
		case r == '\f':
			b = append(b, `\f`...)
		case r < ' ' || r == 0x85 || r == 0x2028 || r == 0x2029:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}

	return string(append(b, '"'))
}

// asText is how an invocation carries what is neither object, date nor bytes:
// the value's JSON text, as a string.
func asText(jsonText string) string { return quote(jsonText) }

// members builds a JSON object in the order of the calls. A member whose text is
// empty is a null: it isn't written, but it has its place.
type members struct{ list []member }

type member struct{ key, jsonText string }

func (m *members) add(key, jsonText string) { m.list = append(m.list, member{key, jsonText}) }

// addString adds an optional string in the encoding of metadata.
func (m *members) addString(key string, s *string) {
	text := ""
	if s != nil {
		text = asText(quote(*s))
	}
	m.add(key, text)
}

// set is how binding data change, which are a .NET dictionary that ignores
// case: an old key keeps its spelling and its place.
func (m *members) set(key, jsonText string) {
	if i := m.index(key); i >= 0 {
		m.list[i].jsonText = jsonText
		return
	}
	m.add(key, jsonText)
}

// index finds a key ignoring case; -1 when it isn't there.
func (m *members) index(key string) int {
	return slices.IndexFunc(m.list, func(e member) bool { return strings.EqualFold(e.key, key) })
}

func (m *members) String() string {
	var b strings.Builder
	b.WriteByte('{')

	for _, e := range m.list {
		if e.jsonText == "" {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(quote(e.key) + ":" + e.jsonText)
	}

	b.WriteByte('}')

	return b.String()
}

// Layouts of dates: in metadata they are cut to whole seconds, inside objects
// they have up to seven decimals. The first of each pair has no zone.
const (
	layoutUTC     = "2006-01-02T15:04:05"
	layoutOffset  = "2006-01-02T15:04:05-07:00"
	layoutZulu    = "2006-01-02T15:04:05.9999999Z"
	layoutPrecise = "2006-01-02T15:04:05.9999999-07:00"
)

// properties writes application properties. Their order on the wire is lost
// in the client's map, so they are sorted; what a broker adds when it
// dead-letters comes last, as it does there.
func properties(values map[string]any) string {
	keys := make([]string, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}

	slices.SortFunc(keys, func(a, b string) int {
		if rank := deadLetterRank(a) - deadLetterRank(b); rank != 0 {
			return rank
		}
		return strings.Compare(a, b)
	})

	var m members
	for _, k := range keys {
		m.add(k, value(values[k]))
	}

	return m.String()
}

func deadLetterRank(key string) int {
	return 1 + slices.Index([]string{"DeadLetterReason", "DeadLetterErrorDescription"}, key)
}

// value writes an AMQP value as Newtonsoft writes the .NET type it maps to.
func value(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quote(v)
	case amqp.Symbol:
		return quote(string(v))
	case []byte:
		return quote(base64.StdEncoding.EncodeToString(v))
	case time.Time:
		return quote(v.UTC().Format(layoutZulu))
	case amqp.UUID:
		return quote(v.String())
	case float32:
		return float(float64(v), 32)
	case float64:
		return float(v, 64)
	}

	b, err := json.Marshal(v) // booleans, integers, lists and maps of them
	if err != nil {
		return "null"
	}

	return string(b)
}

// float keeps a decimal point, as Newtonsoft does: 1.0, not 1.
func float(f float64, bits int) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return quote(strings.TrimPrefix(strings.Replace(strconv.FormatFloat(f, 'f', -1, bits), "Inf", "Infinity", 1), "+"))
	}
	s := double(f, bits)
	if !strings.ContainsAny(s, ".E") {
		s += ".0"
	}
	return s
}

// double is a finite number as .NET writes it: the shortest that reads back
// the same, with an exponent below 1e-5 and from 1e15.
func double(f float64, bits int) string {
	if a := math.Abs(f); a != 0 && (a < 1e-5 || a >= 1e15) {
		return strconv.FormatFloat(f, 'E', -1, bits)
	}
	return strconv.FormatFloat(f, 'f', -1, bits)
}
