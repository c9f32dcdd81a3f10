package document

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxEncodings is how often a link may be percent-encoded within a link before
// we no longer look and mask all of it.
const maxEncodings = 4

// maskSignature masks the value of each `sig` parameter of the link in a JSON
// string (with its quotes) and keeps every other byte. It returns raw itself
// where there is no such parameter. A signature that is hidden below further
// percent-encoding masks the whole string: none may stay.
func maskSignature(raw []byte) []byte {
	inner := raw[1 : len(raw)-1]
	masked := replaceSignatures(inner, jsonUnit)
	if hidesSignature(masked) {
		return []byte(`"` + Mask + `"`)
	}
	if bytes.Equal(masked, inner) {
		return raw
	}
	out := make([]byte, 0, len(masked)+2)
	out = append(out, '"')
	out = append(out, masked...)
	return append(out, '"')
}

// replaceSignatures walks a link unit by unit, so that an escaped character
// (& as \u0026) counts as what it means and stays as it is written. A name may
// begin behind any delimiter that some parser takes for one.
func replaceSignatures(s []byte, unit func([]byte) (byte, int)) []byte {
	const longestName = 16 // "sig" with every letter percent-encoded is 9
	var out, name []byte
	inName, skipping := false, false
	for len(s) > 0 {
		c, n := unit(s)
		if skipping && c != '&' && c != '#' {
			s = s[n:]
			continue
		}

		skipping = false
		out = append(out, s[:n]...)
		s = s[n:]

		switch c {
		case '?', '&', ';', '#':
			name, inName = name[:0], true
		case '=':
			if inName && isSig(name) {
				out = append(out, Mask...)
				skipping = true
			}
			inName = false

		default:
			name = append(name, c)
			inName = inName && len(name) <= longestName
		}
		if !inName {
			name = name[:0]
		}
	}

	return out
}

func isSig(name []byte) bool {
	return strings.EqualFold(strings.TrimSpace(string(percentDecode(name))), "sig")
}

// hidesSignature reports whether a link (the inside of a JSON string) still
// shows a signature once it is decoded further.
func hidesSignature(inner []byte) bool {
	quoted := append(append([]byte{'"'}, inner...), '"')
	text, _ := jsontext.AppendUnquote(nil, quoted) // invalid UTF-8 is replaced, which hides nothing
	for range maxEncodings {
		if !bytes.Equal(replaceSignatures(text, plainUnit), text) {
			return true
		}
		decoded := percentDecode(text)
		if bytes.Equal(decoded, text) {
			return false
		}
		text = decoded
	}

	return true
}

func percentDecode(s []byte) []byte {
	if bytes.IndexByte(s, '%') < 0 {
		return s
	}

	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(string(s[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(v))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}

	return out
}

func plainUnit(s []byte) (byte, int) { return s[0], 1 }

// jsonUnit decodes the first character of a valid JSON string's inside; one
// outside ASCII reads as 0x80, which no link's syntax knows.
func jsonUnit(s []byte) (c byte, n int) {
	if s[0] != '\\' {
		return s[0], 1
	}
	if s[1] != 'u' {
		return s[1], 2 // of \b, \f, \n, \r, \t too: none of them matters here
	}
	v, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	if err != nil || v >= 0x80 {
		return 0x80, 6
	}
	return byte(v), 6
}
