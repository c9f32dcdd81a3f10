package api

import (
	"net/http"
)

// meBody says who calls.
type meBody struct {
	Name     string   `json:"name"`
	ObjectID string   `json:"objectId"`
	TenantID string   `json:"tenantId"`
	Roles    []role   `json:"roles"`
	Scopes   []string `json:"scopes"` // names that a request can use
}

// getMe answers who calls, and what they may do.
func (s *server) getMe(w http.ResponseWriter, r *http.Request) error {
	p := caller(r)
	scopes := []string{}
	if len(p.Roles) > 0 { // of a directory anybody may sign in
		scopes = append(scopes, s.Scopes...)
	}

	return write(w, http.StatusOK, meBody{
		Name:     p.Name,
		ObjectID: p.ObjectID,
		TenantID: p.TenantID,
		Roles:    append([]role{}, p.Roles...),
		Scopes:   scopes,
	})
}
