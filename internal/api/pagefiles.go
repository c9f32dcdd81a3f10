package api

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strconv"
)

// policyOfPage lets the page load what is its own, and nothing else.
const policyOfPage = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// indexFile is the page itself.
const indexFile = "index.html"

// pageTypes are the types of the page's files. Any other file is not served.
var pageTypes = map[string]string{
	".html":        "text/html; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".mjs":         "text/javascript; charset=utf-8",
	".json":        "application/json",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".ico":         "image/x-icon",
	".woff2":       "font/woff2",
	".txt":         "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json",
}

// getPage answers with a file of the page. The files hold no data, so nobody has to sign in.
func (s *server) getPage(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	if name == "" {
		name = indexFile
	}

	media, known := pageTypes[path.Ext(name)]
	if s.Page == nil || !known || !fs.ValidPath(name) {
		return noFile(name)
	}
	body, err := fs.ReadFile(s.Page, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return noFile(name)
	}
	if err != nil {
		return err
	}

	w.Header().Set("Content-Security-Policy", policyOfPage)
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // fails only when the caller has gone

	return nil
}

func noFile(name string) *problem {
	return &problem{Status: http.StatusNotFound, Code: "NotFound", Detail: "the page has no file " + strconv.Quote(name)}
}
