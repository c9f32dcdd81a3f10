package api

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// Auth says how callers are recognised. Exactly one way counts: the platform's, or, on one's
// own machine, the token's.
type Auth struct {
	// Platform means that the platform signs callers in before a request comes, and that
	// the headers that name them are its own.
	Platform bool
	// TenantID is the directory whose people and applications may call.
	TenantID string
	// Token is the bearer token of the local stack; "" for none.
	Token string
}

const codeAuthenticationOff = "AuthenticationOff"

// Whom the local stack knows. Two people can try how one approves what the other asks for.
var (
	tokenHolder = principal{
		SignedIn: dsr.SignedIn{Name: "token@local", ObjectID: "local-token", TenantID: "local"},
		Roles:    allRoles(),
		byToken:  true,
	}
	localPeople = []principal{
		{SignedIn: dsr.SignedIn{Name: "first.person@local", ObjectID: "local-person-1", TenantID: "local"}, Roles: allRoles()},
		{SignedIn: dsr.SignedIn{Name: "second.person@local", ObjectID: "local-person-2", TenantID: "local"}, Roles: allRoles()},
	}
)

// authenticator finds out who calls.
type authenticator struct {
	Auth
	sessions *sessions // nil: there are none
}

func newAuthenticator(a Auth, now func() time.Time) *authenticator {
	out := &authenticator{Auth: a}
	if a.Token != "" {
		out.sessions = newSessions(a.Token, now)
	}
	return out
}

// authenticate returns who calls, or why that can't be told.
func (a *authenticator) authenticate(r *http.Request) (principal, error) {
	switch {
	case a.Platform:
		return a.byPlatform(r)
	case a.Token != "":
		return a.byToken(r)
	default:
		return principal{}, &problem{
			Status: http.StatusServiceUnavailable,
			Code:   codeAuthenticationOff,
			Detail: "nobody can be recognised: turn on App Service Authentication with Microsoft Entra for this function app (docs/api.md); what a caller says of itself is not believed",
		}
	}
}

// byPlatform returns whom the platform has signed in.
func (a *authenticator) byPlatform(r *http.Request) (principal, error) {
	values := r.Header.Values(headerPrincipal)
	if len(values) == 0 {
		return principal{}, unauthorized("sign in with Microsoft Entra: no principal came with the request")
	}
	p, ok := parsePrincipal(values)
	if !ok {
		return principal{}, unauthorized("sign in with Microsoft Entra: the principal names no object id and tenant of its directory")
	}

	switch {
	case a.TenantID == "":
		return principal{}, &problem{
			Status: http.StatusServiceUnavailable,
			Code:   codeAuthenticationOff,
			Detail: "the setting DSR_TENANT_ID is missing: set it to the id of the directory whose people and applications may call",
		}
	case !strings.EqualFold(p.TenantID, a.TenantID):
		return p, &problem{
			Status: http.StatusForbidden,
			Code:   "OtherTenant",
			Detail: "your directory is not the one that may call; sign in with an account of that one",
		}
	}

	return p, nil
}

// byToken returns who has shown the local token, or signed in with a code.
func (a *authenticator) byToken(r *http.Request) (principal, error) {
	if !isLocalHost(r.Host) {
		return principal{}, &problem{
			Status: http.StatusMisdirectedRequest,
			Code:   "NotThisHost",
			Detail: "the local stack answers under 127.0.0.1, ::1 and localhost only",
		}
	}

	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		if subtle.ConstantTimeCompare([]byte(token), []byte(a.Token)) == 1 {
			return tokenHolder, nil
		}
		return principal{}, unauthorized("this is not the token in .dsr/local.env")
	}
	if p, ok := a.sessions.principal(r); ok {
		return p, nil
	}

	return principal{}, unauthorized("send the token DSR_API_TOKEN of .dsr/local.env as a bearer token, or open the address that `dsr local` has printed")
}

func unauthorized(detail string) *problem {
	return &problem{Status: http.StatusUnauthorized, Code: "SignInRequired", Detail: detail}
}
