package servicebus

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"azureml-dsr/test/emulator/servicebus/wire"
)

// putToken answers a token on $cbs. Any token is accepted unless its own expiry has
// passed; only the entity that it is for must exist.
func (c *conn) putToken(operation string, request *wire.Message, properties wire.Map) reply {
	if operation != "put-token" {
		return reply{code: 501, description: "The operation is not implemented.", condition: condNotImplemented}
	}
	audience, err := properties.Get("name").Text()
	if err != nil {
		return reply{code: 400, description: "The request names no audience."}
	}

	kind, _ := properties.Get("type").Text() // without one it is no SAS token
	if token, err := request.Value().Text(); err == nil && strings.HasSuffix(kind, ":sastoken") {
		if until, ok := expiry(token); ok && until.Before(time.Now()) {
			return reply{code: 401, description: "ExpiredToken: The token is expired. Expiration time: " + until.Format(time.RFC3339)}
		}
	}

	at := parseAddress(audience)
	if !at.cbs && at.queue != "" && c.srv.find(at) == nil {
		e := unknownEntity(at)
		return reply{code: 404, description: e.Description, condition: e.Condition}
	}

	return reply{code: 202, description: "Accepted"}
}

// expiry reads se, in seconds since 1970, from a token of the form
// `SharedAccessSignature sr=…&sig=…&se=…&skn=…`.
func expiry(token string) (time.Time, bool) {
	values, err := url.ParseQuery(strings.TrimPrefix(token, "SharedAccessSignature "))
	if err != nil {
		return time.Time{}, false
	}
	se, err := strconv.ParseInt(values.Get("se"), 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(se, 0).UTC(), true
}
