package upstream

import (
	"net/url"
	"strings"
	"time"
)

// checkContentLink parses a signed link and returns an error unless it leads to the
// cloud's blob storage over https on port 443, or to loopback where the options allow
// that. The error does not quote the link, which holds a signature.
func (c *Client) checkContentLink(link string) (*url.URL, error) {
	if strings.ContainsAny(link, `\#`) || strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, errForeign
	}
	u, err := url.Parse(link)
	if err != nil || u.User != nil || u.Opaque != "" || u.Host == "" {
		return nil, errForeign
	}

	web := u.Scheme == "https" || u.Scheme == "http"
	if c.isBlobHost(u) || (c.opts.LoopbackContent && web && IsLoopback(u.Hostname())) {
		return u, nil
	}

	return nil, errForeign
}

func (c *Client) isBlobHost(u *url.URL) bool {
	account, ok := HostBelow(u, ".blob."+c.opts.StorageSuffix)
	return ok && !strings.Contains(account, ".")
}

// linkExpired reports whether the expiry in a signed link (se) has passed.
func linkExpired(u *url.URL, now time.Time) bool {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if end, err := time.Parse(layout, u.Query().Get("se")); err == nil {
			return end.Before(now)
		}
	}
	return false
}
