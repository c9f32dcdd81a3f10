package api

import "net/http"

// policyOfData forbids an answer that is no page to load or run anything.
const policyOfData = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// secure sets the headers that every answer has: nothing is kept, guessed at or framed.
func (s *server) secure(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policyOfData)
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")

	if s.Auth.Platform {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
