package azureml

import (
	"net/url"
	"strings"
)

// originOf gives scheme, host and port in one canonical spelling, so that
// https://Host and https://host:443 are the same origin.
func originOf(u *url.URL) string {
	scheme := strings.ToLower(u.Scheme)
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[scheme]
	}
	return scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}
