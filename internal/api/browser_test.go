package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/operator/operatortest"
)

// signIn uses a one-time code and returns the cookie.
func signIn(t *testing.T, s site, person string) *http.Cookie {
	t.Helper()
	address := decoded[struct{ Address string }](t, s.post("/api/session/codes", `{"person":`+person+`}`)).Address
	w := s.do(call{method: http.MethodGet, path: strings.TrimPrefix(address, "http://127.0.0.1:7071"), without: []string{"Authorization"}})
	want(t, w, http.StatusOK, "")
	return w.Result().Cookies()[0]
}

func TestACodeIsUsedOnceAndBecomesASession(t *testing.T) {
	s := local(t, operatortest.New(t))
	made := s.post("/api/session/codes", `{"person":2}`)
	want(t, made, http.StatusCreated, "")
	path := strings.TrimPrefix(decoded[struct{ Address string }](t, made).Address, "http://127.0.0.1:7071")

	head := s.do(call{method: http.MethodHead, path: path, without: []string{"Authorization"}})
	if len(head.Result().Cookies()) > 0 {
		t.Error("a look ahead has used the code")
	}

	first := s.do(call{method: http.MethodGet, path: path, without: []string{"Authorization"}})
	want(t, first, http.StatusOK, "")
	cookie := first.Result().Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/api" {
		t.Errorf("the cookie is %+v", cookie)
	}

	second := s.do(call{method: http.MethodGet, path: path, without: []string{"Authorization"}})
	if second.Code != http.StatusUnauthorized || len(second.Result().Cookies()) > 0 {
		t.Errorf("the code was taken twice: %d", second.Code)
	}

	me := s.do(call{method: http.MethodGet, path: "/api/me", without: []string{"Authorization"}, header: map[string]string{"Cookie": cookie.String()}})
	if got := decoded[struct{ Name string }](t, me); got.Name != "second.person@local" {
		t.Errorf("signed in as %q", got.Name)
	}
}

func TestCodesAndSessionsEnd(t *testing.T) {
	now := operatortest.Time
	s := newSite(t, operatortest.New(t), api.Options{Auth: api.Auth{Token: token}, Now: func() time.Time { return now }})
	cookie := signIn(t, s, "1")
	path := strings.TrimPrefix(decoded[struct{ Address string }](t, s.post("/api/session/codes", "")).Address, "http://127.0.0.1:7071")

	now = now.Add(time.Hour)
	if w := s.do(call{method: http.MethodGet, path: path}); w.Code != http.StatusUnauthorized {
		t.Errorf("an old code was taken: %d", w.Code)
	}

	with := call{method: http.MethodGet, path: "/api/me", without: []string{"Authorization"}, header: map[string]string{"Cookie": cookie.Name + "=" + cookie.Value}}
	want(t, s.do(with), http.StatusOK, "")
	now = now.Add(12 * time.Hour)
	want(t, s.do(with), http.StatusUnauthorized, "SignInRequired")
}

func TestOnlyTheTokenMakesCodes(t *testing.T) {
	s := local(t, operatortest.New(t))
	cookie := signIn(t, s, "1")
	w := s.do(call{method: http.MethodPost, path: "/api/session/codes", body: `{"person":2}`, without: []string{"Authorization"},
		header: map[string]string{"Cookie": cookie.Name + "=" + cookie.Value, "X-DSR-Client": "page"}})
	want(t, w, http.StatusForbidden, "NotLocal")

	w = deployed(t, operatortest.New(t)).do(call{method: http.MethodPost, path: "/api/session/codes", body: `{}`, header: as(ada, "DSR.Read", "DSR.Operate", "DSR.Approve")})
	want(t, w, http.StatusForbidden, "NotLocal")
	w = deployed(t, operatortest.New(t)).do(call{method: http.MethodGet, path: "/api/session?code=x"})
	want(t, w, http.StatusNotFound, "NotFound")
}

func TestAnotherSiteCannotMakeABrowserOrderAnything(t *testing.T) {
	page := map[string]string{"X-DSR-Client": "page"}
	with := func(pairs ...string) map[string]string {
		out := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			out[pairs[i]] = pairs[i+1]
		}
		return out
	}
	for name, tt := range map[string]struct {
		header map[string]string
		status int
		code   string
	}{
		"the page":                         {page, 202, ""},
		"the page, as browsers say it":     {with("X-DSR-Client", "page", "Origin", "http://127.0.0.1:7071", "Sec-Fetch-Site", "same-origin"), 202, ""},
		"without the header":               {nil, 403, "CrossSite"},
		"the header with another value":    {with("X-DSR-Client", "x"), 403, "CrossSite"},
		"another site with the header":     {with("X-DSR-Client", "page", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"), 403, "CrossSite"},
		"another port of this machine":     {with("X-DSR-Client", "page", "Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:9999"), 403, "CrossSite"},
		"another origin of an old browser": {with("X-DSR-Client", "page", "Origin", "https://evil.example"), 403, "CrossSite"},
		"no origin, as of a sandbox":       {with("X-DSR-Client", "page", "Origin", "null"), 403, "CrossSite"},
		"a form":                           {with("X-DSR-Client", "page", "Content-Type", "application/x-www-form-urlencoded"), 415, "NotJSON"},
		"text that is JSON":                {with("X-DSR-Client", "page", "Content-Type", "text/plain"), 415, "NotJSON"},
		"a type that names JSON beside":    {with("X-DSR-Client", "page", "Content-Type", "text/plain; application/json"), 415, "NotJSON"},
	} {
		t.Run(name, func(t *testing.T) {
			s := local(t, operatortest.New(t))
			cookie := signIn(t, s, "1")
			c := call{method: http.MethodPost, path: "/api/requests", body: exportRequest, without: []string{"Authorization"}, header: with("Cookie", cookie.Name+"="+cookie.Value)}
			for k, v := range tt.header {
				c.header[k] = v
			}

			want(t, s.do(c), tt.status, tt.code)
			if sent := len(s.queues.Messages); (sent == 1) != (tt.status == 202) {
				t.Errorf("%d messages were sent", sent)
			}
		})
	}
}

// A program has no cookie and no origin, and needs no header.
func TestAProgramNeedsNoHeaderOfThePage(t *testing.T) {
	want(t, local(t, operatortest.New(t)).post("/api/requests", exportRequest), http.StatusAccepted, "")
}

func TestASignedInBrowserOfThePlatformNeedsTheHeaderToo(t *testing.T) {
	s := deployed(t, operatortest.New(t))
	c := call{method: http.MethodPost, path: "/api/requests", body: exportRequest, header: as(ada, "DSR.Operate")}
	c.header["Cookie"] = "AppServiceAuthSession=x"
	want(t, s.do(c), http.StatusForbidden, "CrossSite")
	c.header["X-DSR-Client"] = "page"
	want(t, s.do(c), http.StatusAccepted, "")
}
