package personcopy

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const (
	// maxFileName bounds a segment of a file's name, so that a whole name is short enough
	// for Windows.
	maxFileName = 60
	// hashDigits is how many digits of a hash tell shortened names apart.
	hashDigits = 12
)

// FileName returns a text as a file name that is valid on Windows, macOS and Linux: ASCII
// letters, digits, dots, hyphens and underscores. A text that had to be changed gets digits of
// its hash, so that different texts have different names.
func FileName(text string) string {
	var b strings.Builder
	for _, r := range text {
		if isPlain(r) {
			b.WriteRune(r)
		} else {
			b.WriteByte('_')
		}
	}

	plain := b.String()
	if plain == text && isPortable(plain) {
		return plain
	}

	sum := sha256.Sum256([]byte(text))
	kept := strings.Trim(plain[:min(len(plain), maxFileName-hashDigits-2)], ".")
	return "_" + kept + "-" + hex.EncodeToString(sum[:])[:hashDigits]
}

func isPlain(r rune) bool {
	return (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') || (r >= '0' && r <= '9') || r == '.' || r == '-' || r == '_'
}

// isPortable reports whether a name of plain characters is one that Windows takes, and none
// that FileName makes itself.
func isPortable(s string) bool {
	switch {
	case s == "" || len(s) > maxFileName || strings.HasPrefix(s, "_"):
		return false
	case strings.HasPrefix(s, ".") || strings.HasSuffix(s, "."):
		return false
	}

	stem, _, _ := strings.Cut(strings.ToUpper(s), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return false
	}
	isDevice := len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '0' && stem[3] <= '9'

	return !isDevice
}
