package dsr

import (
	"bytes"
	"encoding/base64"
)

// noJSON returns the error of a body that is no JSON: the form that it has, where one of
// the known forms fits, and else the byte near which it breaks.
func noJSON(body []byte, at int64) error {
	for _, f := range foreignForms() {
		if f.fits(body) {
			return notStrict("the message is not JSON in UTF-8 but %s; %s", f.is, f.remedy)
		}
	}
	return notStrict("the message is not JSON in UTF-8: it breaks near byte %d", at)
}

// foreignForm is a form in which senders are known to send what should be JSON.
type foreignForm struct {
	is     string
	remedy string // what the sender should do
	fits   func(body []byte) bool
}

// foreignForms returns the known forms, the more special ones first.
func foreignForms() []foreignForm {
	const sendUTF8, sendBytes = "send UTF-8", "send the bytes of the JSON themselves"
	return []foreignForm{
		{"empty", "put the JSON object into the message's body", isBlank},
		{"UTF-32", sendUTF8, startsWith("\xff\xfe\x00\x00", "\x00\x00\xfe\xff", "{\x00\x00\x00", "\x00\x00\x00{")},
		{"UTF-16", sendUTF8, startsWith("\xff\xfe", "\xfe\xff", "{\x00", "\x00{")},
		{"compressed with gzip", "send it uncompressed", startsWith("\x1f\x8b")},
		{"compressed with zlib", "send it uncompressed", startsWith("\x78\x01", "\x78\x5e", "\x78\x9c", "\x78\xda")},
		{"a zip archive", "send the JSON alone", startsWith("PK\x03\x04")},
		{
			"a string as .NET's DataContractSerializer writes it",
			"give BrokeredMessage a stream of UTF-8 bytes, or use Azure.Messaging.ServiceBus",
			func(body []byte) bool {
				return bytes.Contains(body, []byte("schemas.microsoft.com/2003/10/Serialization"))
			},
		},
		{"a serialised Java object", sendBytes + ", not an ObjectMessage", startsWith("\xac\xed\x00\x05")},
		{"a Python pickle", "send json.dumps(request)", startsWith("\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05")},
		{"the text of a Python object", "send json.dumps(request)", startsWith("{'", "b'", "b\"", "[{'")},
		{"the text of a JavaScript object", "send JSON.stringify(request)", startsWith("[object ")},
		{"XML", "send JSON", startsWith("<")},
		{"JSON that is percent-encoded", sendBytes, startsWith("%7B", "%7b")},
		{"JSON with comments", "remove them", startsWith("//", "/*")},
		{"Base64", sendBytes, isBase64},
	}
}

// startsWith returns a function that reports whether a body begins with one of some
// strings, after white space.
func startsWith(prefixes ...string) func([]byte) bool {
	return func(body []byte) bool {
		for _, p := range prefixes {
			if bytes.HasPrefix(body, []byte(p)) || bytes.HasPrefix(bytes.TrimSpace(WithoutByteOrderMark(body)), []byte(p)) {
				return true
			}
		}
		return false
	}
}

func isBlank(body []byte) bool {
	return len(bytes.Trim(WithoutByteOrderMark(body), " \t\r\n\x00")) == 0
}

// isBase64 reports whether a body is the Base64 of an object.
func isBase64(body []byte) bool {
	decoded, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(body)))
	return err == nil && bytes.HasPrefix(bytes.TrimSpace(WithoutByteOrderMark(decoded)), []byte("{"))
}
