package api_test

import (
	"net/http"
	"testing"

	"azureml-dsr/internal/dsr"
)

// TestWhoeverMayNotDecideOrdersNoMoreThanTheInstallationPutsIn orders copies that have more, less
// and as much as the settings say.
func TestWhoeverMayNotDecideOrdersNoMoreThanTheInstallationPutsIn(t *testing.T) {
	const (
		withFiles = `{"policy":{"files":"include"}}`
		withBoth  = `{"policy":{"files":"include","unattributed":"include"}}`
		without   = `{"policy":{"files":"leave"}}`
	)
	files := dsr.CopyPolicy{Files: dsr.CopyInclude}
	for name, tt := range map[string]struct {
		installed dsr.CopyPolicy
		body      string
		approves  bool
		want      int
		code      string
		has       dsr.CopyPolicy
	}{
		"nothing said":            {body: `{}`, want: http.StatusAccepted, has: dsr.SafePolicy()},
		"less":                    {installed: files, body: without, want: http.StatusAccepted, has: dsr.SafePolicy()},
		"as much":                 {installed: files, body: withFiles, want: http.StatusAccepted, has: files.Or(dsr.SafePolicy())},
		"more":                    {body: withFiles, want: http.StatusForbidden, code: "RoleMissing"},
		"more of another kind":    {installed: files, body: withBoth, want: http.StatusForbidden, code: "RoleMissing"},
		"more, by who may decide": {body: withFiles, approves: true, want: http.StatusAccepted, has: files.Or(dsr.SafePolicy())},
		"another choice":          {body: `{"policy":{"files":"yes"}}`, want: http.StatusBadRequest, code: "InvalidInput"},
		"another kind":            {body: `{"policy":{"logs":"include"}}`, want: http.StatusBadRequest, code: "InvalidInput"},
	} {
		t.Run(name, func(t *testing.T) {
			stored := aboutAda(t)
			stored.Copies = tt.installed
			roles := []string{"DSR.Operate"}
			if tt.approves {
				roles = append(roles, "DSR.Approve")
			}
			w := deployed(t, stored).do(call{method: "POST", path: copyPath, body: tt.body, header: as(bob, roles...)})
			if w.Code != tt.want || w.Header().Get("x-ms-error-code") != tt.code {
				t.Fatalf("%d %s: %s", w.Code, w.Header().Get("x-ms-error-code"), w.Body)
			}
			if got := decodedText[struct{ Policy dsr.CopyPolicy }](t, w.Body.Bytes()); tt.code == "" && got.Policy != tt.has {
				t.Errorf("%+v, want %+v", got.Policy, tt.has)
			}
		})
	}
}
