package config

import (
	"slices"
	"strings"
)

// Connection is how to reach a service: by a connection string, or by its address and an
// identity.
type Connection struct {
	ConnectionString string

	Address         string // a namespace's host name or a blob service's URL
	ManagedIdentity bool   // asked for; else the platform decides
	// ClientID, ResourceID or ObjectID name a user-assigned identity, each by itself; all
	// empty mean the system's.
	ClientID, ResourceID, ObjectID string
	// TenantID and ClientSecret belong to the application ClientID.
	TenantID, ClientSecret string
}

// namesIdentity reports whether the connection names the identity to use.
func (c Connection) namesIdentity() bool {
	return c.ClientID != "" || c.ResourceID != "" || c.ObjectID != ""
}

// unheeded returns what the Functions host reads of a connection and this worker does not.
// Left in silence it would connect with another identity than the host.
func unheeded() []string {
	return []string{"clientCertificate", "certificate", "clientCertificateStoreName", "tokenFilePath", "username", "password"}
}

// connection reads a setting, and those with its name as their prefix, as the Functions
// host does: a connection string takes precedence.
func (r *reader) connection(name, address string) Connection {
	part := func(part string) string { return r.text(name+"__"+part, "") }
	c := Connection{
		ConnectionString: r.text(name, ""),
		Address:          part(address),
		ClientID:         part("clientId"),
		ResourceID:       part("managedIdentityResourceId"),
		ObjectID:         part("managedIdentityObjectId"),
		TenantID:         part("tenantId"),
		ClientSecret:     part("clientSecret"),
	}

	switch credential := part("credential"); {
	case strings.EqualFold(credential, "managedidentity"):
		c.ManagedIdentity = true
	case credential != "":
		r.fault(name+"__credential", "must be managedidentity; leave it out for the default identity")
	}

	r.checkIdentity(name, c)
	if c.ConnectionString == "" && c.Address == "" && !r.faulty(name) && !r.faulty(name+"__"+address) {
		r.fault(name, "is not set; set it to a connection string, or %s__%s to an address for an identity", name, address)
	}

	return c
}

// checkIdentity refuses settings that name no identity or more than one.
func (r *reader) checkIdentity(name string, c Connection) {
	for _, part := range unheeded() {
		if r.text(name+"__"+part, "") != "" {
			r.fault(name+"__"+part, "is not read here; use a managed identity, or __tenantId, __clientId and __clientSecret")
		}
	}

	named := slices.DeleteFunc([]string{c.ClientID, c.ResourceID, c.ObjectID}, func(s string) bool { return s == "" })
	switch {
	case len(named) > 1:
		r.fault(name+"__clientId", "names an identity beside __managedIdentityResourceId or __managedIdentityObjectId; set one of the three")
	case (c.TenantID == "") != (c.ClientSecret == ""):
		r.fault(name+"__tenantId", "belongs to __clientSecret; set both, or neither for a managed identity")
	case c.ClientSecret != "" && c.ClientID == "":
		r.fault(name+"__clientId", "is missing; __clientSecret is the secret of an application, which it names")
	case c.ClientSecret != "" && c.ManagedIdentity:
		r.fault(name+"__credential", "asks for a managed identity, which has no __clientSecret; set one of the two")
	}
}

// inString returns the value of a key in a connection string of Service Bus, "" for none.
func inString(connectionString, key string) string {
	for pair := range strings.SplitSeq(connectionString, ";") {
		name, value, _ := strings.Cut(pair, "=")
		if strings.EqualFold(strings.TrimSpace(name), key) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
