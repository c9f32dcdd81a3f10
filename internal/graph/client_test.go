package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/graph"
	"azureml-dsr/test/emulator/fakegraph"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	adaID = "11111111-2222-3333-4444-555555555555"
	bobID = "22222222-2222-3333-4444-555555555555"
	eveID = "33333333-2222-3333-4444-555555555555"
)

var people = []fakegraph.Person{
	{ID: adaID, UserPrincipalName: "ada@contoso.example", Mail: "Ada.Lovelace@contoso.example"},
	{ID: bobID, UserPrincipalName: "bob_gmail.example#EXT#@contoso.example", Mail: "bob@gmail.example"},
	{ID: eveID, UserPrincipalName: "o'eve@contoso.example", Mail: "bob@gmail.example"},
}

const token = "token"

// newClient returns a client of a fake directory, or of another handler.
func newClient(t *testing.T, handler http.Handler) *graph.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := graph.New(graph.Options{
		BaseURL:    server.URL,
		Audience:   "https://graph.microsoft.com/.default",
		Credential: azureml.StaticToken(token),
		Module:     "azureml-dsr",
		Version:    "v0.0.0",
		Transport:  server.Client(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestPeopleAreFoundByTheirAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		address string
		want    []dsr.DirectoryMatch
	}{
		"by the principal name":       {"ada@contoso.example", []dsr.DirectoryMatch{{ObjectID: adaID, By: "userPrincipalName"}}},
		"in other case":               {"ADA@Contoso.example", []dsr.DirectoryMatch{{ObjectID: adaID, By: "userPrincipalName"}}},
		"by the mail":                 {"ada.lovelace@contoso.example", []dsr.DirectoryMatch{{ObjectID: adaID, By: "mail"}}},
		"a guest by the name":         {"bob_gmail.example#EXT#@contoso.example", []dsr.DirectoryMatch{{ObjectID: bobID, By: "userPrincipalName"}}},
		"two of one mail":             {"bob@gmail.example", []dsr.DirectoryMatch{{ObjectID: bobID, By: "mail"}, {ObjectID: eveID, By: "mail"}}},
		"with a quote":                {"o'eve@contoso.example", []dsr.DirectoryMatch{{ObjectID: eveID, By: "userPrincipalName"}}},
		"nobody":                      {"nobody@contoso.example", nil},
		"a filter that is not closed": {"x' or mail ne '@contoso.example", nil},
		"an object id is no address":  {adaID, nil},
		"a function of Graph":         {"delta", nil},
		"a path":                      {"../groups@contoso.example/..", nil},
		"a query":                     {"ada@contoso.example?$select=id", nil},
		"other letters":               {"ünal+x@contoso.example", nil},
	} {
		t.Run(name, func(t *testing.T) {
			fake := fakegraph.New(fakegraph.Options{People: people, Token: token})
			got, err := newClient(t, fake).Find(t.Context(), c.address)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, url := range fake.Served() {
				if !strings.HasPrefix(url, "/v1.0/users/") && !strings.HasPrefix(url, "/v1.0/users?$filter=mail%20eq%20%27") {
					t.Errorf("asked for %s", url)
				}
			}
		})
	}
}

// TestAnAnswerThatCannotBeBelievedFindsNobody answers each call with what a directory never
// should.
func TestAnAnswerThatCannotBeBelievedFindsNobody(t *testing.T) {
	const secret = "secret@contoso.example"
	user := func(id, upn string) string {
		return fmt.Sprintf(`{"id":%q,"userPrincipalName":%q,"mail":%q}`, id, upn, upn)
	}
	for name, c := range map[string]struct {
		fault  fakegraph.Fault
		class  dsr.Class
		reason string
	}{
		"somebody else":            {fakegraph.Fault{Status: 200, Body: user(bobID, "bob@contoso.example")}, dsr.Transient, dsr.ReasonMalformedAnswer},
		"an id that is none":       {fakegraph.Fault{Status: 200, Body: user("../../secret", secret)}, dsr.Transient, dsr.ReasonMalformedAnswer},
		"no id":                    {fakegraph.Fault{Status: 200, Body: `{"userPrincipalName":"` + secret + `"}`}, dsr.Transient, dsr.ReasonMalformedAnswer},
		"two ids":                  {fakegraph.Fault{Status: 200, Body: `{"id":"` + adaID + `","id":"` + bobID + `","userPrincipalName":"` + secret + `"}`}, dsr.Transient, dsr.ReasonMalformedAnswer},
		"a list in a user's place": {fakegraph.Fault{Status: 200, Body: `{"value":[` + user(adaID, secret) + `]}`}, dsr.Transient, dsr.ReasonMalformedAnswer},
		"null":                     {fakegraph.Fault{Status: 200, Body: `null`}, dsr.Transient, dsr.ReasonMalformedAnswer},
		"a page of a portal":       {fakegraph.Fault{Status: 200, Body: `<html>secret</html>`}, dsr.Transient, dsr.ReasonMalformedAnswer},
		"a megabyte":               {fakegraph.Fault{Status: 200, Body: `{"id":"` + strings.Repeat("secret", 200_000) + `"}`}, dsr.Transient, dsr.ReasonMalformedAnswer},
		"another 200":              {fakegraph.Fault{Status: 204, Body: " "}, dsr.Permanent, dsr.ReasonMalformedAnswer},
		"a redirect":               {fakegraph.Fault{Status: 302, Header: map[string]string{"Location": "https://secret.example"}}, dsr.Permanent, dsr.ReasonRedirect},
		"a 404 of something else":  {fakegraph.Fault{Status: 404, Body: `<html>secret</html>`}, dsr.Transient, dsr.ReasonMalformedAnswer},
		"a 404 of the gateway":     {fakegraph.Fault{Status: 404, Code: "NotFound"}, dsr.Transient, dsr.ReasonMalformedAnswer},
		"no permission":            {fakegraph.Fault{Status: 403, Code: "Authorization_RequestDenied"}, dsr.Transient, dsr.ReasonForbidden},
		"a token of another app":   {fakegraph.Fault{Status: 401, Code: "InvalidAuthenticationToken"}, dsr.Transient, dsr.ReasonTransient},
		"a query that is refused":  {fakegraph.Fault{Status: 400, Code: "Request_UnsupportedQuery"}, dsr.Permanent, dsr.ReasonRefused},
		"a long pause":             {fakegraph.Fault{Status: 429, Code: "TooManyRequests", Header: map[string]string{"Retry-After": "120"}}, dsr.Throttled, dsr.ReasonThrottled},
	} {
		t.Run(name, func(t *testing.T) {
			fake := fakegraph.New(fakegraph.Options{People: people, Token: token})
			fault := c.fault
			fake.SetFault(&fault)

			found, err := newClient(t, fake).Find(t.Context(), secret)
			if len(found) > 0 || dsr.ClassOf(err) != c.class || dsr.ReasonOf(err) != c.reason {
				t.Fatalf("found %v, %v; want a %s %s", found, err, c.class, c.reason)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%q has an address", err)
			}
			if e, _ := errors.AsType[*dsr.Error](err); c.class == dsr.Throttled && e.RetryAfter < 110*time.Second {
				t.Errorf("pause %s", e.RetryAfter)
			}
		})
	}
}

// TestAListIsBelievedOnlyWhole answers the first call as if nobody had the name, and the
// list in another way.
func TestAListIsBelievedOnlyWhole(t *testing.T) {
	const address = "ada@contoso.example"
	for name, list := range map[string]string{
		"no list":               `{"id":"` + adaID + `"}`,
		"null":                  `{"value":null}`,
		"more pages":            `{"value":[],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=x"}`,
		"somebody else beside":  `{"value":[{"id":"` + adaID + `","mail":"` + address + `"},{"id":"` + bobID + `","mail":"bob@contoso.example"}]}`,
		"somebody without mail": `{"value":[{"id":"` + adaID + `","mail":null}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v1.0/users" {
					w.WriteHeader(http.StatusNotFound)
					_, _ = w.Write([]byte(`{"error":{"code":"Request_ResourceNotFound"}}`))
					return
				}
				_, _ = w.Write([]byte(list))
			}))
			found, err := c.Find(t.Context(), address)
			if len(found) > 0 || dsr.ReasonOf(err) != dsr.ReasonMalformedAnswer {
				t.Errorf("found %v, %v", found, err)
			}
		})
	}
}

func TestTheIdentityMayOrMayNotReadPeople(t *testing.T) {
	fake := fakegraph.New(fakegraph.Options{People: people, Token: token})
	c := newClient(t, fake)
	if err := c.Try(t.Context()); err != nil {
		t.Error(err)
	}
	fake.SetFault(&fakegraph.Fault{Status: 403, Code: "Authorization_RequestDenied"})
	if err := c.Try(t.Context()); dsr.ReasonOf(err) != dsr.ReasonForbidden || !strings.Contains(err.Error(), "User.Read.All") {
		t.Error(err)
	}
}

func TestOnlyABaseURLIsTaken(t *testing.T) {
	for _, base := range []string{"", "graph.microsoft.com", "https://", "https://user:secret@graph.microsoft.com", "\x00"} {
		if _, err := graph.New(graph.Options{BaseURL: base, Credential: azureml.StaticToken(token)}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", base, err)
		}
	}
}

// TestA404SaysThatNobodyIsThereOnlyInGraphsWords has something in between answer for a name
// that it does not know, while the list of mail addresses is good and empty.
func TestA404SaysThatNobodyIsThereOnlyInGraphsWords(t *testing.T) {
	for body, reason := range map[string]string{
		`{"error":{"code":"Request_ResourceNotFound"}}`: "",
		`{"error":{"code":"NotFound"}}`:                 dsr.ReasonMalformedAnswer,
		`<html>`:                                        dsr.ReasonMalformedAnswer,
	} {
		c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v1.0/users" {
				_, _ = w.Write([]byte(`{"value":[]}`))
				return
			}
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(body))
		}))
		found, err := c.Find(t.Context(), "ada@contoso.example")
		if len(found) > 0 || (reason == "") != (err == nil) || (err != nil && dsr.ReasonOf(err) != reason) {
			t.Errorf("%s: %v, %v", body, found, err)
		}
	}
}
