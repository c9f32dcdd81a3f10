package config

// withoutComments returns JSON without the comments that Core Tools allows in it: those from
// // to the end of the line and those between /* and */. Blanks take their place.
func withoutComments(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		n := tokenLength(text[i:])
		if isComment(text[i:]) {
			out = append(out, ' ')
		} else {
			out = append(out, text[i:i+n]...)
		}
		i += n
	}
	return out
}

func isComment(text []byte) bool {
	return len(text) > 1 && text[0] == '/' && (text[1] == '/' || text[1] == '*')
}

// tokenLength returns how many bytes the string, the comment or the single byte takes with
// which a text begins.
func tokenLength(text []byte) int {
	switch {
	case text[0] == '"':
		return stringLength(text)
	case isComment(text) && text[1] == '/':
		return until(text, "\n")
	case isComment(text):
		return until(text[2:], "*/") + 2
	default:
		return 1
	}
}

func stringLength(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// until returns the length up to and with the first end in a text, or that of the text.
func until(text []byte, end string) int {
	for i := range text {
		if len(text)-i >= len(end) && string(text[i:i+len(end)]) == end {
			return i + len(end)
		}
	}
	return len(text)
}
