package archive

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// MetaSHA256 is the metadata of every blob that this package writes create-only:
// the SHA-256 of its bytes, in lower-case hex.
const MetaSHA256 = "sha256"

// Metadata of a part.
const (
	MetaDocuments      = "documents"      // entries with a document
	MetaSubjectMatches = "subjectmatches" // strings in them that name the person
)

// maxMetadata is Azure's limit for names and values together.
const maxMetadata = 8 << 10

// withHash checks metadata and adds the hash. A name is lower-case letters and
// digits, because the store ignores case and allows C# identifiers only; values
// are printable ASCII without outer blanks. Empty values are left out: reading
// gives the same.
func withHash(meta map[string]string, sum string) (map[string]string, error) {
	out := make(map[string]string, len(meta)+1)
	maps.Copy(out, meta)
	out[MetaSHA256] = sum
	total := 0
	for k, v := range out {
		if v == "" {
			delete(out, k)
			continue
		}
		if !isMetadataName(k) {
			return nil, fmt.Errorf("the metadata name %q is not lower-case letters and digits", k)
		}
		if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) || strings.TrimSpace(v) != v {
			return nil, fmt.Errorf("the metadata %s is not printable ASCII without outer blanks", k)
		}

		total += len(k) + len(v)
	}
	if total > maxMetadata {
		return nil, errors.New("metadata of more than 8 KB")
	}

	return out, nil
}

func isMetadataName(k string) bool {
	if k == "" || k[0] < 'a' || k[0] > 'z' {
		return false
	}
	for i := range len(k) {
		if c := k[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
