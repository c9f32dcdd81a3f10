package mention

import (
	"bytes"
	"unicode/utf8"
)

// lower is a byte's small letter, with one kind of slash.
var lower = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if i >= 'A' && i <= 'Z' {
			t[i] = byte(i) + 'a' - 'A'
		}
	}
	t['\\'] = '/'
	return t
}()

// class is lower, with one sign for all that may part a name's words.
var class = func() (t [256]byte) {
	t = lower
	for _, c := range []byte(" \t\r\n+_.,-@") {
		t[c] = ' '
	}
	return t
}()

// isPlain reports whether a text is only itself: without escapes, encodings, and letters
// that have more than one spelling.
func isPlain(text []byte) bool {
	return bytes.IndexByte(text, '\\') < 0 && bytes.IndexByte(text, '%') < 0 && bytes.IndexByte(text, '&') < 0 && isASCII(text)
}

func isASCII(text []byte) bool {
	for len(text) >= 8 {
		if (text[0]|text[1]|text[2]|text[3]|text[4]|text[5]|text[6]|text[7])&utf8.RuneSelf != 0 {
			return false
		}
		text = text[8:]
	}
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
