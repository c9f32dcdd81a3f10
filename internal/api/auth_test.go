package api_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/operator/operatortest"
)

func TestWhoCallsIsBelievedOnlyOfThePlatform(t *testing.T) {
	read := principalOf(ada, tenant, "DSR.Read")
	encoded := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	on := api.Auth{Platform: true, TenantID: tenant}

	for name, tt := range map[string]struct {
		auth   api.Auth
		header []string
		status int
		code   string
		says   string
	}{
		"a reader":                          {on, []string{read}, 200, "", ""},
		"a reader of another case":          {api.Auth{Platform: true, TenantID: strings.ToUpper(tenant)}, []string{read}, 200, "", ""},
		"no principal":                      {on, nil, 401, "SignInRequired", "sign in with Microsoft Entra"},
		"a principal where it is off":       {api.Auth{TenantID: tenant}, []string{read}, 503, "AuthenticationOff", "turn on App Service Authentication"},
		"nothing where it is off":           {api.Auth{}, nil, 503, "AuthenticationOff", "turn on App Service Authentication"},
		"a principal on the local stack":    {api.Auth{Token: token}, []string{read}, 401, "SignInRequired", "DSR_API_TOKEN"},
		"no tenant is set":                  {api.Auth{Platform: true}, []string{read}, 503, "AuthenticationOff", "DSR_TENANT_ID"},
		"another tenant":                    {on, []string{principalOf(ada, "11111111-86f1-41af-91ab-2d7cd011db47", "DSR.Read")}, 403, "OtherTenant", "directory"},
		"no tenant of its own":              {on, []string{principalOf(ada, "", "DSR.Read")}, 401, "SignInRequired", ""},
		"no role":                           {on, []string{principalOf(ada, tenant)}, 403, "RoleMissing", "DSR.Read"},
		"another role":                      {on, []string{principalOf(ada, tenant, "DSR.Operate", "DSR.Approve")}, 403, "RoleMissing", "DSR.Read"},
		"a role of another spelling":        {on, []string{principalOf(ada, tenant, "dsr.read")}, 403, "RoleMissing", ""},
		"two principals":                    {on, []string{read, principalOf(bob, tenant, "DSR.Read")}, 401, "SignInRequired", ""},
		"another provider":                  {on, []string{encoded(`{"auth_typ":"google","claims":[{"typ":"oid","val":"` + ada + `"},{"typ":"tid","val":"` + tenant + `"},{"typ":"roles","val":"DSR.Read"}]}`)}, 401, "SignInRequired", ""},
		"two object ids":                    {on, []string{encoded(`{"auth_typ":"aad","claims":[{"typ":"oid","val":"` + ada + `"},{"typ":"oid","val":"` + bob + `"},{"typ":"tid","val":"` + tenant + `"},{"typ":"roles","val":"DSR.Read"}]}`)}, 401, "SignInRequired", ""},
		"an object id with more than an id": {on, []string{encoded(`{"auth_typ":"aad","claims":[{"typ":"oid","val":"a], tid b]"},{"typ":"tid","val":"` + tenant + `"},{"typ":"roles","val":"DSR.Read"}]}`)}, 401, "SignInRequired", ""},
		"no Base64":                         {on, []string{"{}"}, 401, "SignInRequired", ""},
		"no JSON":                           {on, []string{encoded("x")}, 401, "SignInRequired", ""},
		"an endless one":                    {on, []string{encoded(`{"auth_typ":"aad","claims":[` + strings.Repeat(" ", 100<<10) + `]}`)}, 401, "SignInRequired", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, operatortest.Closed(t), api.Options{Auth: tt.auth})
			r := call{method: http.MethodGet, path: "/api/requests/req-1", without: []string{"Authorization"}}.request()
			for _, h := range tt.header {
				r.Header.Add("X-Ms-Client-Principal", h)
			}

			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			want(t, w, tt.status, tt.code)
			if !strings.Contains(w.Body.String(), tt.says) {
				t.Errorf("it does not say %q: %s", tt.says, w.Body)
			}
			if tt.status != 200 && strings.Contains(w.Body.String(), "succeeded") {
				t.Error("the refusal tells of the request")
			}
		})
	}
}

// Anybody of a directory may sign in, unless an assignment is required.
func TestWhoHasNoRoleIsToldOfNoScope(t *testing.T) {
	for name, tt := range map[string]struct {
		roles []string
		want  int
	}{"no role": {nil, 0}, "a role": {[]string{"DSR.Operate"}, 1}} {
		s := newSite(t, operatortest.New(t), api.Options{Auth: api.Auth{Platform: true, TenantID: tenant}, Scopes: []string{"research"}})
		w := s.do(call{method: http.MethodGet, path: "/api/me", header: as(ada, tt.roles...)})
		if got := decoded[struct{ Scopes []string }](t, w); got.Scopes == nil || len(got.Scopes) != tt.want {
			t.Errorf("%s: told %s", name, w.Body)
		}
	}
}

func TestEachRoleAllowsItsOwnOperations(t *testing.T) {
	operations := []struct{ method, path, role string }{
		{"GET", "/api/overview", "DSR.Read"},
		{"GET", "/api/requests", "DSR.Read"},
		{"GET", "/api/requests/req-1/manifest", "DSR.Read"},
		{"GET", "/api/holds", "DSR.Read"},
		{"GET", "/api/deadletters", "DSR.Read"},
		{"POST", "/api/requests", "DSR.Operate"},
		{"PUT", "/api/requests/req-1", "DSR.Operate"},
		{"DELETE", "/api/requests/req-1", "DSR.Operate"},
		{"POST", "/api/requests/req-1/retry", "DSR.Operate"},
		{"POST", "/api/requests/req-1/extend", "DSR.Operate"},
		{"POST", "/api/requests/req-1/verify", "DSR.Operate"},
		{"POST", "/api/holds", "DSR.Operate"},
		{"DELETE", "/api/holds/h-1", "DSR.Operate"},
		{"POST", "/api/deadletters/dsr-requests/1/purge", "DSR.Operate"},
		{"POST", "/api/requests/req-1/approve", "DSR.Approve"},
		{"POST", "/api/requests/req-1/refuse", "DSR.Approve"},
		{"GET", "/api/requests/req-1/review", "DSR.Read"},
		{"POST", "/api/requests/req-1/review", "DSR.Approve"},
		{"POST", "/api/requests/req-1/review/release", "DSR.Approve"},
	}
	for _, o := range operations {
		for _, given := range []string{"DSR.Read", "DSR.Operate", "DSR.Approve"} {
			w := deployed(t, operatortest.Closed(t)).do(call{method: o.method, path: o.path, body: "{}", header: as(ada, given)})
			if missing := w.Header().Get("x-ms-error-code") == "RoleMissing"; missing == (given == o.role) {
				t.Errorf("%s %s as %s: %d %s", o.method, o.path, given, w.Code, w.Body)
			}
		}
	}
}

func TestTheLocalTokenIsTakenOnThisMachineOnly(t *testing.T) {
	for name, tt := range map[string]struct {
		call
		status int
		code   string
	}{
		"the token":                          {call{}, 200, ""},
		"the token under localhost":          {call{host: "localhost:7071"}, 200, ""},
		"the token under IPv6":               {call{host: "[::1]:7071"}, 200, ""},
		"a name that leads here":             {call{host: "evil.example:7071"}, 421, "NotThisHost"},
		"a name that begins like an address": {call{host: "127.0.0.1.evil.example"}, 421, "NotThisHost"},
		"another token":                      {call{header: map[string]string{"Authorization": "Bearer " + strings.Repeat("x", 32)}}, 401, "SignInRequired"},
		"the beginning of the token":         {call{header: map[string]string{"Authorization": "Bearer " + token[:31]}}, 401, "SignInRequired"},
		"no token":                           {call{without: []string{"Authorization"}}, 401, "SignInRequired"},
		"a cookie that somebody made":        {call{without: []string{"Authorization"}, header: map[string]string{"Cookie": "dsr_session=0.9999999999.00"}}, 401, "SignInRequired"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.method, tt.path = http.MethodGet, "/api/me"
			want(t, local(t, operatortest.New(t)).do(tt.call), tt.status, tt.code)
		})
	}
}

func TestEveryAnswerForbidsToKeepAndToFrameIt(t *testing.T) {
	s := local(t, operatortest.Closed(t))
	for _, path := range []string{"/api/health", "/api/requests/req-1", "/api/requests/none", "/api/nothing", "/api/ui", "/api/session?code=x"} {
		h := s.get(path).Header()
		if h.Get("Cache-Control") != "no-store" || h.Get("X-Frame-Options") != "DENY" || h.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", path, h)
		}
	}
}
