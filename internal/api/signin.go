package api

import (
	"io"
	"net/http"
)

// codeBody asks for a code.
type codeBody struct {
	Person int `json:"person"` // 1 or 2
}

// postCode makes a one-time code for one of the local people. Whoever has the token may.
func (s *server) postCode(w http.ResponseWriter, r *http.Request) error {
	if s.auth.sessions == nil || !caller(r).byToken {
		return &problem{Status: http.StatusForbidden, Code: "NotLocal", Detail: "codes are for the local stack, and for who has its token"}
	}
	body := codeBody{Person: 1}
	if err := decode(r, &body); err != nil {
		return err
	}
	if body.Person < 1 || body.Person > len(localPeople) {
		return invalidInput("person", "person: want 1 or 2")
	}

	text, expires := s.auth.sessions.newCode(body.Person - 1)

	return write(w, http.StatusCreated, map[string]any{
		"person":    localPeople[body.Person-1].Name,
		"address":   s.address(r, "session?code="+text),
		"expiresAt": expires.UTC(),
	})
}

// Pages of signing in. The cookie is set by an answer of the API's own, and the browser sends
// it with what it asks for next: no redirection, which the Functions host would follow.
const (
	signedInPage = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=ui"><title>Signed in</title></head><body><p>You are signed in. <a href="ui">Go on</a>.</p></body></html>`
	usedCodePage = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Not signed in</title></head><body><p>This address was used already, or is too old. Ask for another one: docs/api.md says how.</p></body></html>`
)

// getSession takes a code and sets the cookie.
func (s *server) getSession(w http.ResponseWriter, r *http.Request) error {
	if s.auth.sessions == nil || !isLocalHost(r.Host) || r.Method != http.MethodGet {
		return &problem{Status: http.StatusNotFound, Code: "NotFound", Detail: "codes are for the local stack"}
	}

	status, page := http.StatusUnauthorized, usedCodePage
	if person, ok := s.auth.sessions.use(r.URL.Query().Get("code")); ok {
		http.SetCookie(w, s.auth.sessions.cookie(person))
		status, page = http.StatusOK, signedInPage
	}

	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, page) // fails only when the caller has gone

	return nil
}
