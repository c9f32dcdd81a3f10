package api

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// headerClient is what the page sends with everything that changes something. No other site
// can make a browser send it without asking first, and is refused then.
const (
	headerClient = "X-Dsr-Client"
	clientPage   = "page"
)

// checkOrigin refuses what another site makes a browser send. Programs need none of it: their
// requests have neither cookies nor an origin.
func (s *server) checkOrigin(r *http.Request, media []string) error {
	if !isWrite(r.Method) {
		return nil
	}
	if err := s.origins.Check(r); err != nil {
		return crossSite("another site has sent this")
	}
	if isBrowser(r) && r.Header.Get(headerClient) != clientPage {
		return crossSite("a browser has sent this without the header X-DSR-Client: page")
	}

	return checkContentType(r, media)
}

// ownOrigins returns the check for requests of other origins than the app's own: that of the
// Host header, and the public one where the platform tells it.
func ownOrigins(publicHost string) *http.CrossOriginProtection {
	c := http.NewCrossOriginProtection()
	if publicHost != "" {
		_ = c.AddTrustedOrigin("https://" + publicHost) // what is no host name is not trusted
	}
	return c
}

func crossSite(detail string) *problem {
	return &problem{Status: http.StatusForbidden, Code: "CrossSite", Detail: detail}
}

// isBrowser reports whether a request shows what only browsers send.
func isBrowser(r *http.Request) bool {
	for _, name := range []string{"Cookie", "Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

// checkContentType refuses a body that is no JSON by its type: a form of another site can
// send any other. allowed are the types that a route takes; empty means plain JSON.
func checkContentType(r *http.Request, allowed []string) error {
	if len(allowed) == 0 {
		allowed = []string{"application/json"}
	}
	given := r.Header.Get("Content-Type")
	if r.ContentLength == 0 && given == "" {
		return nil
	}
	if media, _, err := mime.ParseMediaType(given); err != nil || !slices.Contains(allowed, media) {
		return &problem{Status: http.StatusUnsupportedMediaType, Code: "NotJSON", Detail: "send the body as " + strings.Join(allowed, " or ")}
	}
	return nil
}
