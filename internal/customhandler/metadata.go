package customhandler

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

// The host writes most values as JSON text in a string ("\"abc\"", "3"), but dates and
// objects as they are. Other hosts and versions write all values as they are. The functions
// here read both forms. A null or a missing value is read as zero.

// text reads a string in either form.
func text(raw json.RawMessage) (string, error) {
	if absent(raw) {
		return "", nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", errors.New("not a string")
	}
	if !strings.HasPrefix(s, `"`) {
		return s, nil
	}

	var inner string
	if err := json.Unmarshal([]byte(s), &inner); err != nil {
		return s, nil //nolint:nilerr // a plain string that begins with a quotation mark
	}

	return inner, nil
}

// integer reads a whole number in either form.
func integer(raw json.RawMessage) (int64, error) {
	if absent(raw) {
		return 0, nil
	}

	digits := string(raw)
	if strings.HasPrefix(digits, `"`) {
		s, err := text(raw)
		if err != nil {
			return 0, err
		}
		digits = s
	}

	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, errors.New("not a whole number")
	}

	return n, nil
}

// instant reads a date. Without a zone it is UTC, like the host's …Utc values. The year 1
// means never, whatever its offset.
func instant(raw json.RawMessage) (time.Time, error) {
	s, err := text(raw)
	if err != nil || s == "" {
		return time.Time{}, err
	}

	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if t.Year() <= 1 {
			return time.Time{}, nil
		}
		return t.UTC(), nil
	}

	return time.Time{}, errors.New("not a date")
}

// object reads a JSON object, or the text of one in a string. A number becomes an int64
// if it is whole and fits, else a float64.
func object(raw json.RawMessage) (map[string]any, error) {
	if absent(raw) {
		return nil, nil
	}

	if bytes.HasPrefix(raw, []byte(`"`)) {
		s, err := text(raw)
		if err != nil {
			return nil, err
		}
		raw = json.RawMessage(s)
	}

	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, errors.New("not a JSON object")
	}

	for k, v := range m {
		m[k] = plain(v)
	}

	return m, nil
}

// plain replaces each json.Number, at any depth, by an int64 or a float64.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64() // ±Inf when it is out of range
		return f

	case map[string]any:
		for k, e := range v {
			v[k] = plain(e)
		}

	case []any:
		for i, e := range v {
			v[i] = plain(e)
		}
	}
	return v
}

func absent(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null"
}
