package document

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// shortestSecret is how long a string is at least that may hold a secret beside its
// name, in bytes.
const shortestSecret = 6

// maskText masks what is secret within a JSON string (with its quotes), wherever the
// string stands: a value behind a secret's name, the user information of a link, and
// tokens of the forms that issuers have published. It returns raw itself where there is
// nothing.
func maskText(raw []byte) []byte {
	if len(raw) < shortestSecret || !mayHoldSecret(raw) {
		return raw
	}

	text := raw[1 : len(raw)-1]
	escaped := bytes.IndexByte(raw, '\\') >= 0
	if escaped {
		text, _ = jsontext.AppendUnquote(nil, raw) // invalid UTF-8 is replaced, which hides nothing
	}

	spans := secretsIn(text)
	if len(spans) == 0 {
		return raw
	}

	masked := replaceSpans(text, spans)
	if escaped {
		quoted, err := jsontext.AppendQuote(nil, masked)
		if err != nil {
			return []byte(`"` + Mask + `"`)
		}
		return quoted
	}

	return slices.Concat([]byte{'"'}, masked, []byte{'"'})
}

// mayHoldSecret passes quickly over what holds no secret: every form has one of these
// characters.
func mayHoldSecret(raw []byte) bool {
	for _, c := range raw {
		if secretSigns[c] {
			return true
		}
	}
	return bytes.Contains(raw, []byte("eyJ")) || bytes.Contains(raw, []byte("dapi"))
}

// secretSigns are the characters that mayHoldSecret looks for.
var secretSigns = [256]bool{'=': true, ':': true, '_': true, '@': true, '~': true, '-': true}

// span is a part of a text.
type span struct{ from, to int }

// secretsIn returns the parts of a text that are secrets, in order.
func secretsIn(text []byte) []span {
	var spans []span
	for i := 0; i < len(text); i++ {
		if !beginsSecret[text[i]] {
			continue
		}

		found := span{}
		switch c := text[i]; {
		case c == '=' || c == ':':
			found = behindName(text, i)
		case c == '-' && hasPrefix(text[i:], "-----BEGIN "):
			found = privateKey(text, i)
		case c == '-' && hasPrefix(text[i:], "--"):
			found = behindFlag(text, i)
		case c == '~':
			found = clientSecret(text, i)
		case issuedBy[c] != nil && (i == 0 || !isWord(text[i-1])):
			found = issuedToken(text, i)
		}

		if found.to > found.from {
			spans = append(spans, found)
			i = max(i, found.to-1)
		}
	}
	return spans
}

func replaceSpans(text []byte, spans []span) []byte {
	var out []byte
	at := 0
	for _, s := range spans {
		if s.from < at {
			continue
		}
		out = append(append(out, text[at:s.from]...), Mask...)
		at = s.to
	}
	return append(out, text[at:]...)
}

func isWord(c byte) bool {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
}

// behindName returns the value behind a secret's name and the sign at i, or the user
// information of a link whose "://" begins there.
func behindName(text []byte, i int) span {
	if hasPrefix(text[i:], "://") {
		return userInfoIn(text, i+len("://"))
	}

	end := i
	for end > 0 && strings.IndexByte(" \t\"'`\\", text[end-1]) >= 0 {
		end--
	}
	begin := end
	for begin > 0 && (isWord(text[begin-1]) || text[begin-1] == '-' || text[begin-1] == '.') {
		begin--
	}
	if begin == end || !secretName(bytes.TrimLeft(text[begin:end], "-.")) {
		return span{}
	}

	return valueAt(text, i+1, text[i] == '=')
}

// behindFlag returns the value of an option of a command line that is parted by a blank.
func behindFlag(text []byte, i int) span {
	begin := i + len("--")
	end := begin
	for end < len(text) && (isWord(text[end]) || text[end] == '-') {
		end++
	}
	if end == begin || end == len(text) || text[end] != ' ' || !secretName(text[begin:end]) {
		return span{}
	}
	return valueAt(text, end, true)
}

// valueAt returns the value that begins at i, without quotes around it and without a
// scheme of authorization before it. inQuery says that an ampersand ends it.
func valueAt(text []byte, i int, inQuery bool) span {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t') {
		i++
	}

	quote := quoteAt(text[i:])
	i += len(quote)
	for _, scheme := range []string{"Bearer ", "bearer ", "Basic ", "basic "} {
		if hasPrefix(text[i:], scheme) {
			i += len(scheme)
		}
	}

	length := 0
	switch {
	case len(quote) > 0:
		length = quotedLength(text[i:], quote)
	case inQuery:
		length = lengthUntil(text[i:], " \t\r\n,;\"'`<>)]}|\\&#")
	default:
		length = lengthUntil(text[i:], " \t\r\n,;\"'`<>)]}|\\")
	}

	value := text[i : i+length]
	switch string(value) {
	case "", "null", "true", "false":
		return span{}
	}
	if hasPrefix(text[i:], Mask) || hasPrefix(value, "//") {
		return span{}
	}
	return span{i, i + length}
}

// quoteAt returns the quotation mark that a text begins with, and the backslashes before
// it where JSON stands within JSON; nothing where there is none.
func quoteAt(text []byte) []byte {
	n := 0
	for n < len(text) && text[n] == '\\' {
		n++
	}
	if n == len(text) || strings.IndexByte("\"'`", text[n]) < 0 {
		return nil
	}
	return text[:n+1]
}

// quotedLength returns how long a quoted value is, up to the mark that closes it.
func quotedLength(text, quote []byte) int {
	for at := 0; at < len(text); at++ {
		if text[at] == '\\' && len(quote) == 1 {
			at++ // it escapes what follows
			continue
		}
		if bytes.HasPrefix(text[at:], quote) && (at == 0 || text[at-1] != '\\') {
			return at
		}
	}
	return len(text)
}

func lengthUntil(text []byte, ends string) int {
	if n := bytes.IndexAny(text, ends); n >= 0 {
		return n
	}
	return len(text)
}

func hasPrefix(text []byte, prefix string) bool {
	return len(text) >= len(prefix) && string(text[:len(prefix)]) == prefix
}

// userInfoIn returns what stands before the host of a link whose authority begins at i.
func userInfoIn(text []byte, i int) span {
	authority := text[i:]
	authority = authority[:lengthUntil(authority, "/?# \t\r\n\"'`<>,;")]
	at := bytes.LastIndexByte(authority, '@')
	if at <= 0 || string(authority[:at]) == Mask {
		return span{}
	}
	return span{i, i + at}
}

// privateKey returns a key in PEM, to the end of the text where it has none of its own.
func privateKey(text []byte, i int) span {
	line, _, _ := bytes.Cut(text[i+len("-----BEGIN "):], []byte("-----"))
	if !bytes.HasSuffix(line, []byte("PRIVATE KEY")) {
		return span{}
	}
	end := bytes.Index(text[i:], []byte("-----END "))
	if end < 0 {
		return span{i, len(text)}
	}
	closing := bytes.Index(text[i+end+len("-----END "):], []byte("-----"))
	if closing < 0 {
		return span{i, len(text)}
	}
	return span{i, i + end + len("-----END ") + closing + len("-----")}
}

// clientSecret returns a client secret of Microsoft Entra ID, of which the tilde at i
// is the sixth character: three, a digit, "Q~" and 34 more.
func clientSecret(text []byte, i int) span {
	const before, after, least = 5, 1, 30
	begin := i - before
	if begin < 0 || text[i-1] != 'Q' || text[i-2] < '0' || text[i-2] > '9' {
		return span{}
	}
	end := i + after
	for end < len(text) && (isWord(text[end]) || strings.IndexByte("-.~", text[end]) >= 0) {
		end++
	}
	if end-i < least {
		return span{}
	}
	return span{begin, end}
}

// issuedForm is how a token begins, and how many more characters follow at least.
type issuedForm struct {
	prefix string
	least  int
}

// issued are the forms of tokens, as their issuers publish them.
var issued = []issuedForm{
	{"ghp_", 30}, {"gho_", 30}, {"ghu_", 30}, {"ghs_", 30}, {"ghr_", 30}, {"github_pat_", 30}, // GitHub
	{"glpat-", 16},                                                            // GitLab
	{"xoxb-", 10}, {"xoxp-", 10}, {"xoxa-", 10}, {"xoxr-", 10}, {"xoxs-", 10}, // Slack
	{"dapi", 32},                  // Databricks
	{"hf_", 20},                   // Hugging Face
	{"sk-", 20}, {"sk_live_", 16}, // OpenAI, Stripe
	{"npm_", 30}, {"pypi-", 30}, // package registries
	{"AIza", 30}, // Google
	{"eyJ", 40},  // a JSON Web Token
}

// issuedBy are the forms of tokens by the letter that they begin with.
var issuedBy = func() (forms [256][]issuedForm) {
	for _, form := range issued {
		first := form.prefix[0]
		forms[first] = append(forms[first], form)
	}
	return forms
}()

// beginsSecret are the characters at which secretsIn looks closer.
var beginsSecret = func() (begins [256]bool) {
	for _, form := range issued {
		begins[form.prefix[0]] = true
	}
	for _, c := range []byte("=:-~") {
		begins[c] = true
	}
	return begins
}()

// issuedToken returns a token that begins at i. A JSON Web Token has two dots.
func issuedToken(text []byte, i int) span {
	for _, t := range issuedBy[text[i]] {
		if !hasPrefix(text[i:], t.prefix) {
			continue
		}
		end := i + len(t.prefix)
		for end < len(text) && (isWord(text[end]) || text[end] == '-' || (text[end] == '.' && t.prefix == "eyJ")) {
			end++
		}
		if end-i-len(t.prefix) < t.least || (t.prefix == "eyJ" && bytes.Count(text[i:end], []byte(".")) < 2) {
			continue
		}
		return span{i, end}
	}
	return span{}
}
