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

// signs are what a text has that decides how names are looked for in it.
type signs uint8

const (
	// slashes part a path.
	slashes signs = 1 << iota
	// marks may begin an escape or an encoding.
	marks
	// letters outside ASCII may have more than one spelling.
	letters
)

// signsOf is which signs a byte is.
var signsOf = func() (t [256]signs) {
	for i := utf8.RuneSelf; i < len(t); i++ {
		t[i] = letters
	}
	t['/'], t['\\'], t['%'], t['&'] = slashes, slashes|marks, marks, marks
	return t
}()

// signsIn returns which signs a text has.
func signsIn(text []byte) (found signs) {
	const short = 64 // a search for one byte begins slowly
	if len(text) <= short {
		for _, c := range text {
			found |= signsOf[c]
		}
		return found
	}

	for _, c := range []byte{'/', '\\', '%', '&'} {
		if bytes.IndexByte(text, c) >= 0 {
			found |= signsOf[c]
		}
	}
	if !isASCII(text) {
		found |= letters
	}

	return found
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
