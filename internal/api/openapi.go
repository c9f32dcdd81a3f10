package api

import (
	_ "embed"
	"net/http"
)

// openAPI is the OpenAPI 3.1 document of the API. A test holds it against the routes and
// their answers.
//
//go:embed openapi.json
var openAPI []byte

// getOpenAPI answers with the description of the API, which is no secret.
func (s *server) getOpenAPI(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(openAPI) // fails only when the caller has gone
	return nil
}
