package azureml

import (
	"net/url"
	"regexp"
	"strings"
	"time"
)

// maxLabel is how long a part of a host name may be.
const maxLabel = 63

// accountLabel is the part of a storage host before ".blob."; secondary
// endpoints have a hyphen.
var accountLabel = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// checkContentLink lets a signed link pass to blob storage of the cloud over
// https on port 443, or to loopback where ARM is on loopback. Its errors say
// nothing of the link, which holds a signature.
func (c *Client) checkContentLink(link string) (*url.URL, error) {
	if strings.ContainsAny(link, `\#`) || strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, errForeign
	}
	u, err := url.Parse(link)
	if err != nil || u.User != nil || u.Opaque != "" || u.Host == "" {
		return nil, errForeign
	}
	if c.isBlobHost(u) {
		return u, nil
	}
	if (u.Scheme == "https" || u.Scheme == "http") && baseIsLoopback(c.opts.Endpoints.ARM) && isLoopback(u.Hostname()) {
		return u, nil
	}
	return nil, errForeign
}

func (c *Client) isBlobHost(u *url.URL) bool {
	host := strings.TrimSuffix(strings.ToLower(u.Host), ":443")
	label, ok := strings.CutSuffix(host, ".blob."+c.opts.Cloud.StorageSuffix)
	return ok && u.Scheme == "https" && len(label) <= maxLabel && accountLabel.MatchString(label)
}

// linkExpired says whether a signed link's own end (se) has passed.
func linkExpired(u *url.URL, now time.Time) bool {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if end, err := time.Parse(layout, u.Query().Get("se")); err == nil {
			return end.Before(now)
		}
	}
	return false
}
