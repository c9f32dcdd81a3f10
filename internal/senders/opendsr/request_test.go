package opendsr_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/senders/opendsr"
)

const (
	id     = "a7551968-d5d6-44b2-9831-815ac9017798"
	oid    = "11111111-2222-3333-4444-555555555555"
	domain = "dsr.example"
)

// sent is a request of a controller. Members are replaced by tests.
const sent = `{"api_version":"2.0","regulation":"gdpr","subject_request_id":"` + id + `","subject_request_type":"access",
 "submitted_time":"2026-11-02T15:00:00Z",
 "subject_identities":[{"identity_type":"email","identity_value":"ada@example.org","identity_format":"raw"}]}`

// with replaces a part of the request, which must be there.
func with(old, new string) string {
	if !strings.Contains(sent, old) {
		panic(old + " is not in the request")
	}
	return strings.Replace(sent, old, new, 1)
}

// extended adds our extension, and perhaps those of others.
func extended(kind, ours string) string {
	return strings.Replace(with(`"access"`, `"`+kind+`"`), `{"api`, `{"extensions":{"other.example":{"x":1},"`+domain+`":`+ours+`},"api`, 1)
}

const identities = `{"identity_type":"email","identity_value":"ada@example.org","identity_format":"raw"}`

func newValidator(t testing.TB) *fanout.Validator {
	t.Helper()
	schema, err := os.ReadFile("../../../docs/schema/request.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := fanout.NewValidator(schema, []string{"models"})
	if err != nil {
		t.Fatal(err)
	}
	v.Scopes = dsr.ScopeNames{Places: map[string][]dsr.Scope{"all": {{SubscriptionID: "s"}}}, Default: "all"}
	return v
}

// read reads a controller's request and checks ours as the worker does.
func read(t testing.TB, body string) (fanout.Parsed, error) {
	t.Helper()
	got, request, err := opendsr.Reader{Domain: domain}.Read([]byte(body), "crm [oid 1, tid 2]")
	if err != nil {
		return fanout.Parsed{}, err
	}
	p, err := newValidator(t).Parse(request, time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC))
	if err == nil && p.ID != got {
		t.Errorf("id %s, and %s in the request", got, p.ID)
	}
	return p, err
}

func TestAControllersRequestBecomesOurs(t *testing.T) {
	ada := &dsr.Subject{UserPrincipalName: "ada@example.org"}
	for name, c := range map[string]struct {
		body string
		want dsr.Request
	}{
		"access":                     {sent, dsr.Request{Kind: "export", Subject: ada}},
		"portability":                {with("access", "portability"), dsr.Request{Kind: "export", Subject: ada}},
		"erasure of one's own":       {with("access", "erasure"), dsr.Request{Kind: "delete", What: "subject", Subject: ada}},
		"an id in capitals":          {with(id, strings.ToUpper(id)), dsr.Request{Kind: "export", Subject: ada}},
		"without regulation":         {with(`"regulation":"gdpr",`, ""), dsr.Request{Kind: "export", Subject: ada}},
		"of California":              {with(`"gdpr"`, `"CCPA"`), dsr.Request{Kind: "export", Subject: ada, Regulation: "ccpa"}},
		"without a format":           {with(`,"identity_format":"raw"`, ""), dsr.Request{Kind: "export", Subject: ada}},
		"a member of another sender": {with(`"regulation"`, `"group_id":"g","regulation"`), dsr.Request{Kind: "export", Subject: ada}},
		"an object id": {
			with(identities, `{"identity_type":"controller_customer_id","identity_value":"`+strings.ToUpper(oid)+`","identity_format":"raw"}`),
			dsr.Request{Kind: "export", Subject: &dsr.Subject{ObjectID: oid}},
		},
		"several addresses and an advertising id": {
			with(identities, identities+`,{"identity_type":"email","identity_value":"lovelace@example.org","identity_format":"raw"},
			 {"identity_type":"android_advertising_id","identity_value":"x","identity_format":"sha256"}`),
			dsr.Request{Kind: "export", Subject: &dsr.Subject{UserPrincipalName: "ada@example.org", Mail: []string{"lovelace@example.org"}}},
		},
		"our extension": {
			extended("erasure", `{"objectId":"`+oid+`","tenantId":"t","puid":"1003","scope":["all"],"resourceTypes":["models"],"confirm":["/subscriptions/s"],"hold":["h"],"what":"all","dryRun":true,"acknowledgeOthers":true}`),
			dsr.Request{Kind: "delete", Subject: &dsr.Subject{ObjectID: oid, TenantID: "t", PUID: "1003", UserPrincipalName: "ada@example.org"},
				ResourceTypes: []string{"models"}, Confirm: []string{"/subscriptions/s"}, Hold: []string{"h"}, DryRun: true, AcknowledgeOthers: true,
				NamedScopes: []dsr.NamedScope{{Name: "all"}}},
		},
		"access to only what is theirs": {extended("access", `{"what":"subject"}`), dsr.Request{Kind: "export", What: "subject", Subject: ada}},
		"how the person was identified": {
			extended("access", `{"verification":{"method":"m","verifiedAt":"2026-11-01T15:00:00Z","verifiedBy":"b"}}`),
			dsr.Request{Kind: "export", Subject: ada,
				Verification: &dsr.Verification{Method: "m", VerifiedAt: time.Date(2026, 11, 1, 15, 0, 0, 0, time.UTC), VerifiedBy: "b"}},
		},
		"a copy before an erasure": {extended("erasure", `{"kind":"exportThenDelete"}`), dsr.Request{Kind: "exportThenDelete", What: "subject", Subject: ada}},
		"a subject in our extension alone": {
			strings.Replace(extended("access", `{"mail":["ada@example.org"]}`), identities, "", 1),
			dsr.Request{Kind: "export", Subject: &dsr.Subject{Mail: []string{"ada@example.org"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(t, c.body)
			if err != nil {
				t.Fatal(err)
			}
			c.want.SchemaVersion, c.want.ID, c.want.Source = "1.0", id, "opendsr"
			c.want.SubmittedBy = "crm [oid 1, tid 2]"
			c.want.SubmittedAt = time.Date(2026, 11, 2, 15, 0, 0, 0, time.UTC)
			c.want.DueAt = c.want.SubmittedAt.AddDate(0, 1, 0)
			if c.want.Regulation == "" {
				c.want.Regulation = "gdpr"
			}
			if diff := cmp.Diff(c.want, got.Request); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeMeantIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"no JSON":                      {"{", "not JSON"},
		"a list":                       {"[]", "want an object"},
		"null":                         {"null", "want an object"},
		"a member twice":               {with(`"regulation"`, `"regulation":"ccpa","regulation"`), "stands twice"},
		"a type in other letters":      {with(`"subject_request_type"`, `"Subject_Request_Type"`), "subject_request_type: is missing"},
		"a number for a list":          {with(`"subject_identities":[`+identities+`]`, `"subject_identities":7`), "subject_identities is of another type"},
		"no id":                        {with(id, ""), "subject_request_id: want a UUID"},
		"an id that is a path":         {with(id, "../secret"), "subject_request_id: want a UUID"},
		"another version":              {with(`"2.0"`, `"3.0"`), "api_version"},
		"no type":                      {with(`"access"`, `""`), "subject_request_type: is missing"},
		"a right that nobody has here": {with(`"access"`, `"secret"`), "want access, portability or erasure"},
		"another law":                  {with(`"gdpr"`, `"secret"`), "want gdpr or ccpa"},
		"a hashed address":             {with(`"raw"`, `"sha256"`), "want raw"},
		"no identity":                  {with(identities, ""), "subject_identities: want an e-mail address"},
		"advertising ids alone":        {with(`"email"`, `"ios_advertising_id"`), "subject_identities: want an e-mail address"},
		"an address that is none":      {with("ada@example.org", "secret"), "subject_identities[0]: identity_value: want an e-mail"},
		"a customer number":            {with(`"email"`, `"controller_customer_id"`), "want the person's object id"},
		"two object ids":               {extended("access", `{"objectId":"22222222-2222-3333-4444-555555555555"}`), "another object id"},
		"a misspelt member of ours":    {extended("erasure", `{"holds":["secret"]}`), "extensions: that of this processor"},
		"an extension that is a text":  {extended("access", `"secret"`), "extensions: that of this processor"},
		"a kind of another right":      {extended("access", `{"kind":"delete"}`), "kind does not fit"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "two object ids" {
				c.body = strings.Replace(c.body, identities, `{"identity_type":"controller_customer_id","identity_value":"`+oid+`"}`, 1)
			}
			_, err := read(t, c.body)
			faults, ok := errors.AsType[opendsr.Faults](err)
			if !ok || !strings.Contains(faults.Error(), c.want) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "ada@") {
				t.Errorf("%q quotes a value", err)
			}
		})
	}
}

// TestCallbacksAreHandedOn holds the form in which our requests have callbacks.
func TestCallbacksAreHandedOn(t *testing.T) {
	_, request, err := opendsr.Reader{}.Read([]byte(with(`"regulation"`, `"status_callback_urls":["https://crm.example/a","https://crm.example/b"],"regulation"`)), "crm")
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Callbacks []map[string]string }
	if err := json.Unmarshal(request, &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{{"url": "https://crm.example/a", "format": "opendsr"}, {"url": "https://crm.example/b", "format": "opendsr"}}
	if diff := cmp.Diff(want, got.Callbacks); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sent))
	f.Add([]byte(extended("erasure", `{"what":"all","confirm":["x"],"scope":["all",{"subscriptionId":"s"}]}`)))
	f.Add([]byte(`{"subject_identities":[{}],"extensions":{"` + domain + `":null}}`))
	v := newValidator(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		got, request, err := opendsr.Reader{Domain: domain}.Read(body, "crm")
		if err != nil {
			if _, ok := errors.AsType[opendsr.Faults](err); !ok {
				t.Errorf("%v is no fault", err)
			}
			return
		}
		if !opendsr.ValidID(got) {
			t.Errorf("id %q", got)
		}
		p, err := v.Parse(request, time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC))
		if err == nil && (p.Subject == nil || p.SubmittedBy != "crm" || p.Source != "opendsr") {
			t.Errorf("%s became %s", body, request)
		}
	})
}
