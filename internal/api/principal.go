package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// role is an app role of the API's registration in the directory.
type role string

// App roles. None includes another.
const (
	RoleRead    role = "DSR.Read"
	RoleOperate role = "DSR.Operate"
	RoleApprove role = "DSR.Approve"

	anybody  role = ""         // nobody has to sign in
	signedIn role = "signedIn" // whoever has signed in
)

func allRoles() []role { return []role{RoleRead, RoleOperate, RoleApprove} }

// principal is who calls.
type principal struct {
	dsr.SignedIn
	Roles []role
	// byToken means that a program has shown the token of the local stack.
	byToken bool
}

func (p principal) has(r role) bool { return slices.Contains(p.Roles, r) }

type principalKey struct{}

func withPrincipal(ctx context.Context, p principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

func caller(r *http.Request) principal {
	p, _ := r.Context().Value(principalKey{}).(principal)
	return p
}

// mayCall returns why somebody may not call a route of a role, nil when they may.
func mayCall(p principal, needs role) error {
	if needs == anybody || needs == signedIn || p.has(needs) {
		return nil
	}
	return &problem{
		Status: http.StatusForbidden,
		Code:   "RoleMissing",
		Detail: "this needs the app role " + string(needs) + ", which " + p.ObjectID + " has not: assign it to you in the API's enterprise application, and sign in again",
	}
}

// headerPrincipal is what the platform tells of who has signed in.
const headerPrincipal = "X-Ms-Client-Principal"

// maxPrincipal bounds that header in bytes.
const maxPrincipal = 64 << 10

// Claims of Entra ID, by the names of both versions of its tokens.
var (
	claimsObjectID = []string{"oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"}
	claimsTenantID = []string{"tid", "http://schemas.microsoft.com/identity/claims/tenantid"}
	claimsRole     = []string{"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"}
	claimsName     = []string{"preferred_username", "upn", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"}
	claimsApp      = []string{"azp", "appid"}
)

// clientPrincipal is the decoded header.
type clientPrincipal struct {
	Type   string `json:"auth_typ"`
	Claims []struct {
		Type  string `json:"typ"`
		Value string `json:"val"`
	} `json:"claims"`
}

// parsePrincipal reads who has signed in. ok is false where the header is not what the
// platform writes, or leaves open who it is.
func parsePrincipal(values []string) (p principal, ok bool) {
	if len(values) != 1 || len(values[0]) > maxPrincipal {
		return principal{}, false
	}
	text, err := base64.StdEncoding.DecodeString(values[0])
	if err != nil {
		return principal{}, false
	}
	var c clientPrincipal
	if json.Unmarshal(text, &c) != nil || !strings.EqualFold(c.Type, "aad") {
		return principal{}, false
	}

	p.ObjectID, ok = c.only(claimsObjectID)
	tenant, one := c.only(claimsTenantID)
	if !ok || !one {
		return principal{}, false
	}
	p.TenantID, p.Name = tenant, c.name(p.ObjectID)

	for _, r := range allRoles() {
		if slices.Contains(c.all(claimsRole), string(r)) {
			p.Roles = append(p.Roles, r)
		}
	}

	return p, dsr.IsDirectoryID(p.ObjectID) && dsr.IsDirectoryID(p.TenantID)
}

// all returns the values of a claim.
func (c clientPrincipal) all(names []string) (values []string) {
	for _, claim := range c.Claims {
		if slices.Contains(names, claim.Type) {
			values = append(values, claim.Value)
		}
	}
	return values
}

// only returns the value of a claim that has one. Two that differ leave open which counts.
func (c clientPrincipal) only(names []string) (value string, ok bool) {
	values := c.all(names)
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) != 1 {
		return "", false
	}
	return values[0], true
}

// name returns what people know somebody by.
func (c clientPrincipal) name(unset string) string {
	for _, name := range claimsName {
		if values := c.all([]string{name}); len(values) > 0 && strings.TrimSpace(values[0]) != "" {
			return values[0]
		}
	}
	if app, ok := c.only(claimsApp); ok {
		return "application " + app
	}
	return unset
}
