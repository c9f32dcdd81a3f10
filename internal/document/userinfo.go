package document

import (
	"bytes"
	"slices"
)

// maskUserInfo masks the user information before the host of a link in a JSON string. It may
// contain an access token. raw includes the quotes. If there is no user information, it
// returns raw itself. If the link has escapes, it masks the whole string.
func maskUserInfo(raw []byte) []byte {
	from, to := userInfo(textOf(raw))
	switch {
	case from == to:
		return raw
	case bytes.IndexByte(raw, '\\') >= 0:
		return []byte(`"` + Mask + `"`)
	}
	from, to = userInfo(raw[1 : len(raw)-1])
	return slices.Concat(raw[:1+from], []byte(Mask), raw[1+to:])
}

// userInfo returns where the user information of a link begins and ends. Both are equal if
// there is none. The user in an scp address, user@host:path, does not count: it has no
// password.
func userInfo(link []byte) (from, to int) {
	from = bytes.Index(link, []byte("//"))
	if from < 0 {
		return 0, 0
	}

	from += 2
	authority := link[from:]
	if end := bytes.IndexAny(authority, "/?#"); end >= 0 {
		authority = authority[:end]
	}

	at := bytes.LastIndexByte(authority, '@')
	if at < 0 {
		return from, from
	}

	return from, from + at
}
