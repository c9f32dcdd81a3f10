package telemetry

import (
	"net/url"
	"strings"
)

// Insights is an Application Insights that telemetry goes to.
type Insights struct {
	Endpoint string // https://REGION.in.applicationinsights.azure.com/
	// Key is the instrumentation key: it names the resource, and lets nobody in where local
	// authentication is off.
	Key string
	// Identity says that an identity proves who sends, the one with ClientID or else the only
	// one. Audience is what its token is for.
	Identity           bool
	ClientID, Audience string
}

const (
	insightsSetting     = "APPLICATIONINSIGHTS_CONNECTION_STRING"
	insightsAuthSetting = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"
	defaultIngestion    = "https://dc.services.visualstudio.com/"
	defaultAudience     = "https://monitor.azure.com/"
)

// insights reads the settings that the Functions host has for it.
func (r *settingsReader) insights() Insights {
	text := r.get(insightsSetting)
	if text == "" {
		return Insights{}
	}

	i := Insights{
		Key:      field(text, "InstrumentationKey"),
		Endpoint: field(text, "IngestionEndpoint"),
		Audience: field(text, "AADAudience"),
	}
	if i.Endpoint == "" {
		i.Endpoint = defaultIngestion
	}
	u, err := url.Parse(i.Endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "https" && !isLoopback(u.Hostname())) || i.Key == "" {
		r.problem(insightsSetting, "is no connection string of Application Insights; copy it again: InstrumentationKey=…;IngestionEndpoint=https://…")
		return Insights{}
	}
	if i.Audience == "" {
		i.Audience = defaultAudience
	}

	auth := r.get(insightsAuthSetting)
	i.Identity = strings.EqualFold(field(auth, "Authorization"), "AAD")
	i.ClientID = field(auth, "ClientId")
	if auth != "" && !i.Identity {
		r.problem(insightsAuthSetting, "must be Authorization=AAD, with ClientId=… for an identity of the user's own")
		return Insights{}
	}

	return i
}

// field returns the value of a name in name=value pairs with semicolons between them.
func field(text, name string) string {
	for item := range strings.SplitSeq(text, ";") {
		key, value, _ := strings.Cut(item, "=")
		if strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func isLoopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }
