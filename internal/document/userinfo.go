package document

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// maskUserInfo masks what stands before the host of a link in a JSON string (with
// its quotes): a user's name, and often an access token. It returns raw itself
// where there is nothing. What is written with escapes is masked as a whole.
func maskUserInfo(raw []byte) []byte {
	text, _ := jsontext.AppendUnquote(nil, raw) // invalid UTF-8 is replaced, which hides nothing
	from, to := userInfo(text)
	switch {
	case from == to:
		return raw
	case bytes.IndexByte(raw, '\\') >= 0:
		return []byte(`"` + Mask + `"`)
	}
	from, to = userInfo(raw[1 : len(raw)-1])
	return slices.Concat(raw[:1+from], []byte(Mask), raw[1+to:])
}

// userInfo returns where the user information of a link begins and ends, equal when
// there is none. A link without a scheme may begin with it, as scp writes them:
// that is a user of the host, and stays.
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
