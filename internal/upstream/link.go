package upstream

import (
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

var errForeign = errors.New("link to another origin")

// OriginOf returns scheme, host and port in one canonical spelling, so that
// https://Host and https://host:443 are the same origin.
func OriginOf(u *url.URL) string {
	scheme := strings.ToLower(u.Scheme)
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[scheme]
	}
	return scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// ResolveLink resolves a link in an answer against the URL that was called. It refuses
// a link to another origin, and whatever could disguise one. The error does not quote
// the link.
func ResolveLink(called *url.URL, link string) (*url.URL, error) {
	if strings.ContainsAny(link, "\\#\t\r\n") {
		return nil, errForeign
	}
	ref, err := url.Parse(link)
	if err != nil {
		return nil, errForeign // its text would quote the link
	}
	u := called.ResolveReference(ref)
	if u.User != nil || u.Opaque != "" || OriginOf(u) != OriginOf(called) {
		return nil, errForeign
	}
	return u, nil
}

// EscapeQuery escapes the bytes that can't stand in a request line, since links come
// with blanks and non-ASCII text. It leaves what is already escaped as it is.
func EscapeQuery(query string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(query) {
		c := query[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>^`{|}", c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}

	return b.String()
}

// IsLoopback reports whether a host is localhost or a loopback address in its usual
// spelling. To netip, other spellings (decimal, octal, short) are no address; one with
// a zone is refused.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == "" && ip.Unmap().IsLoopback()
}

// maxLabel is how long a part of a host name may be.
const maxLabel = 63

// plainLabel is a part of a host name; secondary storage endpoints have a hyphen.
var plainLabel = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// HostBelow returns what stands before a suffix in the host of a URL. ok reports
// whether the host has the suffix, is made of plain labels, and is called over https
// on port 443.
func HostBelow(u *url.URL, suffix string) (labels string, ok bool) {
	host := strings.TrimSuffix(strings.ToLower(u.Host), ":443")
	labels, ok = strings.CutSuffix(host, suffix)
	if !ok || labels == "" || u.Scheme != "https" {
		return "", false
	}

	for label := range strings.SplitSeq(host, ".") {
		if len(label) > maxLabel || !plainLabel.MatchString(label) {
			return "", false
		}
	}
	return labels, true
}
