package dsr

import (
	"regexp"
	"strings"
)

// withheld stands for a name that a log does not have.
const withheld = "…"

// What may have a name in it that a person or an organisation has chosen.
var (
	// documentPath is the name of a blob below data/, which has the names of account,
	// workspace, project, run and artifact in it.
	documentPath = regexp.MustCompile("\\bdata/([a-z0-9-]+)/[^\\s\"'<>:;,]+")
	// armID is an ARM id, quoted or not. What it names may have spaces only within quotes.
	armID = regexp.MustCompile("(?i)\"/subscriptions/[^\"]*\"|'/subscriptions/[^']*'|/subscriptions/[^\\s\"'<>:;,]+")
	anURL = regexp.MustCompile("(?i)\\bhttps?://[^\\s\"'<>]+")
	mail  = regexp.MustCompile("[^\\s\"'<>@,;:()]+@[^\\s\"'<>@,;:()]+")

	recordFile = regexp.MustCompile(`^(?:part|page)-[0-9-]+(?:~[0-9]+)?\.json$`)
)

// WithoutNames returns a text without the names that resources and persons have: of ARM ids,
// of the blobs of documents, of URLs and of mail addresses only the ids and the kinds are left.
// Logs and the descriptions of dead letters have no other text of an error.
func WithoutNames(text string) string {
	text = anURL.ReplaceAllStringFunc(text, bareURL)
	text = armID.ReplaceAllStringFunc(text, bareARM)
	text = documentPath.ReplaceAllStringFunc(text, bareDocument)
	return mail.ReplaceAllString(text, withheld)
}

// bareURL keeps scheme and host, but not a storage account's name.
func bareURL(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	host, path, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	host, _, _ = strings.Cut(host, "?")
	if _, kind, ok := strings.Cut(host, "."); ok && storageHost(kind) {
		host = withheld + "." + kind
	}
	if path == "" {
		return scheme + "://" + host
	}
	return scheme + "://" + host + "/" + withheld
}

func storageHost(kind string) bool {
	service, _, _ := strings.Cut(strings.ToLower(kind), ".")
	return service == "blob" || service == "dfs" || service == "file" || service == "vault" || service == "servicebus"
}

// bareARM keeps the subscription, the provider and the kinds of resource.
func bareARM(id string) string {
	quote := ""
	if id[0] != '/' {
		quote, id = id[:1], id[1:len(id)-1]
	}

	segments := strings.Split(id, "/") // the first is empty
	for i := 4; i < len(segments); i++ {
		if strings.EqualFold(segments[i-1], "providers") {
			continue
		}
		if isName(segments, i) {
			segments[i] = withheld
		}
	}

	return quote + strings.Join(segments, "/") + quote
}

// isName reports whether a segment of an ARM id is a name. Names and kinds take turns, with
// the provider between them.
func isName(segments []string, i int) bool {
	for p := i - 1; p > 0; p-- {
		if strings.EqualFold(segments[p], "providers") && p%2 == 1 {
			return (i-p)%2 == 1
		}
	}
	return i%2 == 0
}

// bareDocument keeps the type, and the file where its name is a number.
func bareDocument(path string) string {
	segments := strings.Split(path, "/")
	bare := strings.Join(segments[:2], "/") + "/" + withheld
	if last := segments[len(segments)-1]; recordFile.MatchString(last) {
		return bare + "/" + last
	}
	return bare
}
