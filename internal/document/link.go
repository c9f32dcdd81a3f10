package document

import (
	"bytes"
	"strconv"
	"strings"
)

// maxEncodings is how many levels of percent-encoding are decoded. A link with more levels is
// masked as a whole.
const maxEncodings = 4

// maskSignature masks the value of each `sig` parameter of the link in a JSON string and keeps
// every other byte. raw includes the quotes. If there is no such parameter, it returns raw
// itself. If further percent-encoding hides a signature, it masks the whole string.
func maskSignature(raw []byte) []byte {
	inner := raw[1 : len(raw)-1]
	if !bytes.ContainsAny(inner, "=%\\") {
		return raw
	}

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

// replaceSignatures replaces the value of each `sig` parameter of a link. unit decodes the
// next character and returns its length in bytes, so that an escaped character (& as \u0026)
// has its meaning and is kept as written. A parameter may begin after any delimiter that some
// parser accepts. It returns s itself where there is none.
func replaceSignatures(s []byte, unit func([]byte) (byte, int)) []byte {
	const longestName = 16 // "sig" with every letter percent-encoded has 9 bytes
	var out []byte
	name := make([]byte, 0, longestName+1)
	inName, skipping := false, false
	copied := 0 // how many bytes of s are in out, or left out of it
	for i := 0; i < len(s); {
		c, n := unit(s[i:])
		if skipping && c != '&' && c != '#' {
			i += n
			copied = i
			continue
		}

		skipping = false
		i += n

		switch c {
		case '?', '&', ';', '#':
			name, inName = name[:0], true
		case '=':
			if inName && isSig(name) {
				out = append(append(out, s[copied:i]...), Mask...)
				copied, skipping = i, true
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

	if out == nil {
		return s
	}
	return append(out, s[copied:]...)
}

// isSig reports whether the name of a parameter means `sig`.
func isSig(name []byte) bool {
	return strings.EqualFold(strings.TrimSpace(string(percentDecode(name))), "sig")
}

// hidesSignature reports whether a link has a signature once it is decoded further. inner is
// the content of a JSON string without its quotes.
func hidesSignature(inner []byte) bool {
	text := inner
	if bytes.IndexByte(inner, '\\') >= 0 {
		text = textOf(append(append([]byte{'"'}, inner...), '"'))
	}

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

// plainUnit is a unit of replaceSignatures for text that is not escaped.
func plainUnit(s []byte) (byte, int) { return s[0], 1 }

// jsonUnit is a unit of replaceSignatures for the content of a valid JSON string. An escaped
// character outside ASCII decodes as 0x80, which has no meaning in a link.
func jsonUnit(s []byte) (c byte, n int) {
	if s[0] != '\\' {
		return s[0], 1
	}
	if s[1] != 'u' {
		return s[1], 2 // \b, \f, \n, \r and \t read as letters that "sig" does not have
	}
	v, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	if err != nil || v >= 0x80 {
		return 0x80, 6
	}
	return byte(v), 6
}
