package fakegraph

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestItAnswersAsMicrosoftGraphDoes(t *testing.T) {
	s := New(Options{Token: "t", People: []Person{
		{ID: "1", UserPrincipalName: "ada@x.example", Mail: "ada.l@x.example", DisplayName: "Ada"},
		{ID: "2", UserPrincipalName: "o'bob@x.example"},
	}})
	for name, c := range map[string]struct {
		url, token string
		status     int
		ids        []string // of the answer
		code       string
	}{
		"by the name":                {"/v1.0/users/ADA@x.example", "t", 200, []string{"1"}, ""},
		"by the id":                  {"/v1.0/users/2", "t", 200, []string{"2"}, ""},
		"nobody":                     {"/v1.0/users/eve@x.example", "t", 404, nil, "Request_ResourceNotFound"},
		"by the mail":                {"/v1.0/users?$filter=mail%20eq%20%27ada.l@x.example%27", "t", 200, []string{"1"}, ""},
		"a quote":                    {"/v1.0/users?$filter=userPrincipalName+eq+%27o%27%27bob@x.example%27", "t", 200, []string{"2"}, ""},
		"nobody has an empty mail":   {"/v1.0/users?$filter=mail%20eq%20%27%27", "t", 200, nil, ""},
		"one of all":                 {"/v1.0/users?$top=1&$select=id", "t", 200, []string{"1"}, ""},
		"a filter that is not there": {"/v1.0/users?$filter=startswith(mail,%27a%27)", "t", 400, nil, "Request_UnsupportedQuery"},
		"a quote that is not closed": {"/v1.0/users?$filter=mail%20eq%20%27a%27%20or%20%27", "t", 400, nil, "Request_UnsupportedQuery"},
		"no token":                   {"/v1.0/users", "", 401, nil, "InvalidAuthenticationToken"},
		"another token":              {"/v1.0/users", "x", 401, nil, "InvalidAuthenticationToken"},
		"another path":               {"/beta/users", "t", 400, nil, "BadRequest"},
	} {
		r := httptest.NewRequest(http.MethodGet, c.url, http.NoBody)
		if c.token != "" {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)

		var body struct {
			ID    string
			Value []struct{ ID string }
			Error struct{ Code string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var ids []string
		if body.ID != "" {
			ids = append(ids, body.ID)
		}
		for _, v := range body.Value {
			ids = append(ids, v.ID)
		}
		if w.Code != c.status || body.Error.Code != c.code || !cmp.Equal(ids, c.ids) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if strings.Contains(c.url, "$select=id") && strings.Contains(w.Body.String(), "ada@") {
			t.Errorf("%s: more than is selected: %s", name, w.Body)
		}
	}
}

func TestAFaultIsAnsweredSoOften(t *testing.T) {
	s := New(Options{})
	s.SetFault(&Fault{Status: http.StatusTooManyRequests, Code: "TooManyRequests", Times: 1})
	s.SetPeople(Person{ID: "1", UserPrincipalName: "ada@x.example"})
	var got []int
	for range 2 {
		r := httptest.NewRequest(http.MethodGet, "/v1.0/users/ada@x.example", http.NoBody)
		r.Header.Set("Authorization", "Bearer t")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		got = append(got, w.Code)
	}
	if !cmp.Equal(got, []int{429, 200}) || len(s.Served()) != 2 {
		t.Errorf("answered %v, served %v", got, s.Served())
	}
}
