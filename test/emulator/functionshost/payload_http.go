package functionshost

import (
	"encoding/base64"
	"mime"
	"strings"
)

// localIdentity is the caller under `func start`, where no keys are asked for.
const localIdentity = `{"AuthenticationType":"WebJobsAuthLevel","IsAuthenticated":true,"Actor":null,"BootstrapContext":null,` +
	`"Claims":[{"Issuer":"LOCAL AUTHORITY","OriginalIssuer":"LOCAL AUTHORITY","Properties":{},` +
	`"Type":"http://schemas.microsoft.com/2017/07/functions/claims/authlevel","Value":"Admin",` +
	`"ValueType":"http://www.w3.org/2001/XMLSchema#string"}],"Label":null,"Name":null,` +
	`"NameClaimType":"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",` +
	`"RoleClaimType":"http://schemas.microsoft.com/ws/2008/06/identity/claims/role"}`

// httpPayload is the invocation of an HTTP trigger that isn't forwarded
// (HttpRequestExtensions.GetRequestAsJObject in azure-functions-host, and
// HttpTriggerAttributeBindingProvider in azure-webjobs-sdk-extensions).
func httpPayload(binding string, r httpRequest, s system) []byte {
	var data members
	data.add("Url", quote("http://"+r.Host+r.URL.EscapedPath()+queryText(r)))
	data.add("Method", quote(r.Method))
	data.add("Query", flat(r.query, field.joined))
	data.add("Headers", lists(r.headers))
	data.add("Params", paramsJSON(r.params))
	data.add("Identities", "["+localIdentity+"]")

	if r.body != nil {
		data.add("Body", bodyText(r))
	}

	meta := httpMetadata(r)
	meta.add("sys", s.json())

	return envelope(binding, data.String(), meta)
}

func queryText(r httpRequest) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return "?" + r.URL.RawQuery
}

// bodyText is the body as a text, or in Base64 when its type says bytes.
func bodyText(r httpRequest) string {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media == "application/octet-stream" || strings.Contains(media, "multipart/") {
		return quote(base64.StdEncoding.EncodeToString(r.body))
	}
	return quote(withoutMark(r.body))
}

// withoutMark is a text without its byte-order mark.
func withoutMark(body []byte) string { return strings.TrimPrefix(string(body), "\uFEFF") }

// httpMetadata are the members of a JSON body, the query and the route values, each over
// those before, and then query and headers as a whole, unless the caller has
// given such names.
func httpMetadata(r httpRequest) *members {
	var meta members
	copyBody(&meta, withoutMark(r.body))

	for _, f := range r.query {
		if !strings.EqualFold(f.name, "code") && !hiddenName(f.name) {
			meta.set(f.name, asText(quote(f.last())))
		}
	}

	for _, p := range r.params {
		if p.value != nil && !hiddenName(p.name) {
			meta.set(p.name, asText(quote(*p.value)))
		}
	}

	if meta.index("Query") < 0 {
		meta.add("Query", flat(r.query, field.last))
	}
	if meta.index("Headers") < 0 {
		meta.add("Headers", flat(r.headers, field.joined))
	}

	return &meta
}

func flat(fields []field, value func(field) string) string {
	var m members
	for _, f := range fields {
		m.add(f.name, quote(value(f)))
	}
	return m.String()
}

func lists(fields []field) string {
	var m members
	for _, f := range fields {
		var quoted []string
		for _, v := range f.values {
			quoted = append(quoted, quote(v))
		}
		m.add(f.name, "["+strings.Join(quoted, ",")+"]")
	}
	return m.String()
}

func paramsJSON(params []param) string {
	var m members
	for _, p := range params {
		value := "null"
		if p.value != nil {
			value = quote(*p.value)
		}
		m.add(p.name, value)
	}
	return m.String()
}
