package config

import (
	"regexp"
	"strings"
)

// API says how callers by HTTP are recognised.
type API struct {
	// Platform means that the platform signs callers in before a request comes.
	Platform bool
	// TenantID is the directory whose people and applications may call; "" for none.
	TenantID string
	// Token is the bearer token of the local stack; "" for none.
	Token string
	// Host is the app's host name on the platform; "" where it is not known.
	Host string
}

// platformMarks are settings that only the platform makes.
var platformMarks = []string{"WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "WEBSITE_POD_NAME"}

// minAPIToken is the least number of characters of DSR_API_TOKEN.
const minAPIToken = 32

// tenantID is a directory's id; a domain's name is none, for tokens have ids.
var tenantID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

func (r *reader) api() API {
	a := API{
		Platform: strings.EqualFold(r.text("WEBSITE_AUTH_ENABLED", ""), "true"),
		TenantID: r.text("DSR_TENANT_ID", r.text("AZURE_TENANT_ID", "")),
		Token:    r.text("DSR_API_TOKEN", ""),
		Host:     r.text("WEBSITE_HOSTNAME", ""),
	}

	if a.TenantID != "" && !tenantID.MatchString(a.TenantID) {
		r.fault("DSR_TENANT_ID", "must be the id of a directory, like 72f988bf-86f1-41af-91ab-2d7cd011db47; without it AZURE_TENANT_ID is read")
	}

	onPlatform := a.Platform
	for _, mark := range platformMarks {
		onPlatform = onPlatform || r.text(mark, "") != ""
	}
	switch {
	case a.Token == "":
	case onPlatform:
		r.fault("DSR_API_TOKEN", "is for the local stack alone; remove it, and turn on App Service Authentication")
	case len(a.Token) < minAPIToken:
		r.fault("DSR_API_TOKEN", "must have at least %d characters, by chance, as `openssl rand -hex 32` prints", minAPIToken)
	}

	return a
}
