package api_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/operator/operatortest"
)

func TestThePagesFilesAreServedToAnybodyAndNothingElse(t *testing.T) {
	s := newSite(t, operatortest.New(t), api.Options{Auth: api.Auth{Token: token}, Page: fstest.MapFS{
		"index.html": {Data: []byte("<!DOCTYPE html>")},
		"js/app.js":  {Data: []byte("export {}")},
		"notes.go":   {Data: []byte("package page")},
	}})
	for path, tt := range map[string]struct {
		status int
		media  string
	}{
		"/api/ui":                    {200, "text/html; charset=utf-8"},
		"/api/ui/":                   {200, "text/html; charset=utf-8"},
		"/api/ui/index.html":         {200, "text/html; charset=utf-8"},
		"/api/ui/js/app.js":          {200, "text/javascript; charset=utf-8"},
		"/api/ui/js":                 {404, "application/problem+json"},
		"/api/ui/notes.go":           {404, "application/problem+json"},
		"/api/ui/none.js":            {404, "application/problem+json"},
		"/api/ui/js/..%2findex.html": {404, "application/problem+json"},
		"/api/ui//index.html":        {404, "application/problem+json"},
	} {
		w := s.do(call{method: http.MethodGet, path: path, without: []string{"Authorization"}})
		if w.Code != tt.status {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if w.Code == 200 && (w.Header().Get("Content-Type") != tt.media || !strings.Contains(w.Header().Get("Content-Security-Policy"), "script-src 'self'")) {
			t.Errorf("%s: %v", path, w.Header())
		}
		if w.Code == 200 && strings.Contains(w.Header().Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%s: %v", path, w.Header())
		}
	}

	want(t, local(t, operatortest.New(t)).get("/api/ui"), http.StatusNotFound, "NotFound")
}
