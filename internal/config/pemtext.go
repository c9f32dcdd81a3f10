package config

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
)

// pemBlock matches a PEM block, however its lines are broken.
var pemBlock = regexp.MustCompile(`(?s)-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END ([A-Z0-9 ]+)-----`)

// isPEM reports whether a setting holds PEM text, as it is or in Base64.
func isPEM(text string) bool { return strings.Contains(fromBase64(text), "-----BEGIN") }

// normalPEM returns the blocks of PEM text with their line breaks. Settings often hold it without any, with
// spaces in their place, or with \n or \r\n spelled out.
func normalPEM(text string) []byte {
	text = strings.NewReplacer(`\r`, "\n", `\n`, "\n").Replace(fromBase64(text))
	blocks := pemBlock.FindAllStringSubmatch(text, -1)
	if blocks == nil {
		return []byte(text)
	}

	var out bytes.Buffer
	for _, m := range blocks {
		writePEM(&out, m[1], m[2], m[3])
	}

	return out.Bytes()
}

// writePEM writes one block.
func writePEM(out *bytes.Buffer, begin, body, end string) {
	const width = 64
	out.WriteString("-----BEGIN " + begin + "-----\n")
	for rest := strings.Join(strings.Fields(body), ""); rest != ""; {
		n := min(width, len(rest))
		out.WriteString(rest[:n] + "\n")
		rest = rest[n:]
	}
	out.WriteString("-----END " + end + "-----\n")
}

// fromBase64 returns the PEM text that a text is the Base64 of, and any other unchanged.
func fromBase64(text string) string {
	decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err == nil && bytes.Contains(decoded, []byte("-----BEGIN")) {
		return string(decoded)
	}
	return text
}
