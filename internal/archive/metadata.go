package archive

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// MetaSHA256 is the name of the metadata with the SHA-256 of a blob's bytes, in lower-case
// hex. Every blob that this package creates has it.
const MetaSHA256 = "sha256"

// Names of the metadata of a part.
const (
	MetaDocuments      = "documents"      // number of entries with a document
	MetaSubjectMatches = "subjectmatches" // number of strings in them that name the person
)

// maxMetadata is Azure's limit for all names and values together, in bytes.
const maxMetadata = 8 << 10

// withHash checks metadata and adds the hash. Names must be lower-case letters and digits,
// because the store ignores case and allows only C# identifiers. Values must be printable
// ASCII without outer blanks. Empty values are left out, which reads the same.
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
