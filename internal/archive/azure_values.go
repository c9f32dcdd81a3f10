package archive

import (
	"encoding/base64"
	"strings"
	"time"
)

func encodeID(id BlockID) string { return base64.StdEncoding.EncodeToString(id[:]) }

func decodeID(s string) (id BlockID, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(s)
	return id, err == nil && copy(id[:], raw) == len(id) && len(raw) == len(id)
}

func pointers(meta map[string]string) map[string]*string {
	out := make(map[string]*string, len(meta))
	for k, v := range meta {
		out[k] = &v
	}
	return out
}

// values returns metadata with its keys in lower case. A listing returns keys as they were
// sent, Stat and Open in the canonical form of Go's headers.
func values(meta map[string]*string) map[string]string {
	out := make(map[string]string, len(meta))
	for k, v := range meta {
		out[strings.ToLower(k)] = value(v)
	}
	return out
}

func value[T ~string | int64 | time.Time](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}
