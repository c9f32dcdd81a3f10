package fanout_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

var enqueued = time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC)

func newValidator(t testing.TB) *fanout.Validator {
	t.Helper()
	schema, err := os.ReadFile("../../docs/schema/request.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := fanout.NewValidator(schema, []string{"runs", "models"})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const valid = `{"schemaVersion":"1.0","id":"r-1","kind":"export",
 "subject":{"objectId":"0f8f","userPrincipalName":"ada@example.org"},
 "scope":[{"subscriptionId":"s-1","resourceGroup":"g","location":"eastus2","experimentationAccount":"team"}]}`

func TestDefaultsAreApplied(t *testing.T) {
	p, err := newValidator(t).Parse([]byte(valid), enqueued)
	if err != nil {
		t.Fatal(err)
	}
	if !p.SubmittedAt.Equal(enqueued) || p.Regulation != "gdpr" {
		t.Errorf("submitted %s, regulation %q", p.SubmittedAt, p.Regulation)
	}
	if want := time.Date(2026, 2, 28, 10, 0, 0, 0, time.UTC); !p.DueAt.Equal(want) || !p.DueDefaulted {
		t.Errorf("due %s, want %s by default", p.DueAt, want)
	}
}

func TestTwoSendingsOfOneRequestHaveTheSameContent(t *testing.T) {
	v := newValidator(t)
	hash := func(body string, at time.Time) string {
		t.Helper()
		p, err := v.Parse([]byte(body), at)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := p.ContentHash(p.DueDefaulted, "")
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}

	first := hash(valid, enqueued)
	same := map[string]string{
		"sent later":            valid,
		"members reordered":     strings.Replace(valid, `"schemaVersion":"1.0","id":"r-1"`, `"id":"r-1","schemaVersion":"1.0"`, 1),
		"another source":        strings.Replace(valid, `"id"`, `"source":"portal","submittedAt":"2026-01-01T00:00:00Z","id"`, 1),
		"all written out":       strings.Replace(valid, `"id"`, `"what":"all","id"`, 1),
		"a default written out": strings.Replace(valid, `"id"`, `"dryRun":false,"regulation":"gdpr","id"`, 1),
	}
	for name, body := range same {
		if hash(body, enqueued.Add(time.Hour)) != first {
			t.Errorf("%s: other content", name)
		}
	}

	other := map[string]string{
		"another person":   strings.Replace(valid, "ada@", "bob@", 1),
		"a deadline":       strings.Replace(valid, `"id"`, `"dueAt":"2026-02-28T10:00:00Z","id"`, 1),
		"another location": strings.Replace(valid, "eastus2", "westus", 1),
	}
	for name, body := range other {
		if hash(body, enqueued) == first {
			t.Errorf("%s: the same content", name)
		}
	}
}

func TestInvalidRequestsNameTheFieldAndNoValue(t *testing.T) {
	swap := func(old, new string) string { return strings.Replace(valid, old, new, 1) }
	tests := []struct{ name, body, want string }{
		{"no JSON", `{"schemaVersion":`, "not JSON"},
		{"two values", valid + valid, "more than one JSON value"},
		{"a member twice", swap(`"id":"r-1"`, `"id":"r-1","id":"r-2"`), "stands twice"},
		{"invalid UTF-8", swap("ada", "\xff"), "UTF-8"},
		{"an array", `[]`, "/: want object"},
		{"no id", swap(`"id":"r-1",`, ""), "missing id"},
		{"an id that is a path", swap("r-1", "../r"), "/id: want text that matches"},
		{"an id that is too long", swap("r-1", strings.Repeat("x", 65)), "/id:"},
		{"an unknown kind", swap(`"export"`, `"secretkind"`), "/kind: want one of"},
		{"an unknown version", swap(`"1.0"`, `"9.9"`), "/schemaVersion: want 1.0 as a text"},
		{"a version that is a number", swap(`"1.0"`, `1.0`), "/schemaVersion: want 1.0 as a text"},
		{"a deadline that in UTC is after the year 9999", swap(`"id"`, `"dueAt":"9999-12-31T23:59:59-05:00","id"`), "/dueAt: is after the year 9999"},
		{"a deadline of the year 1", swap(`"id"`, `"dueAt":"0001-01-01T00:00:00Z","id"`), "/dueAt: is before the year 1990"},
		{"a submission in the year 1", swap(`"id"`, `"submittedAt":"0001-01-01T00:00:00Z","id"`), "/submittedAt: is before the year 1990"},
		{"a submission in 1970", swap(`"id"`, `"submittedAt":"1970-01-01T00:00:00Z","id"`), "/submittedAt: is before the year 1990"},
		{"a submission whose month ends after the year 9999", swap(`"id"`, `"submittedAt":"9999-12-31T00:00:00Z","id"`), "/submittedAt: is in the future"},
		{"a submission in three days", swap(`"id"`, `"submittedAt":"2026-02-03T10:00:01Z","id"`), "/submittedAt: is in the future"},
		{"a leap second", swap(`"id"`, `"dueAt":"2026-12-31T23:59:60Z","id"`), "/dueAt: has second 60"},
		{"a local time", swap(`"id"`, `"dueAt":"2026-12-31T23:59:59","id"`), "/dueAt: want a date-time of RFC 3339"},
		{"a time that is a number", swap(`"id"`, `"dueAt":1798761599,"id"`), "/dueAt: want string"},
		{"two faults of which one is a time", swap(`"id"`, `"dueAt":"secret","kinds":1,"id"`), "/: has a member that no request has; /dueAt: want"},
		{"more than a message holds when it is sent again", swap(`"id"`, `"source":"`+strings.Repeat(" ", 200)+`","id"`) + strings.Repeat(" ", dsr.MaxRequest), "longer than 245760 bytes"},
		{"more than a message holds once it is recorded", swap(`"id"`, `"hold":["`+strings.TrimSuffix(strings.Repeat(strings.Repeat("<", 1990)+`","`, 30), `","`)+`"],"id"`), "longer than 245760 bytes"},
		{"zeros behind", valid + "\x00", "bytes of value 0 follow"},
		{"an unknown member", swap(`"id"`, `"secretmember":1,"id"`), "/: has a member"},
		{"a member in the wrong case", swap(`"kind"`, `"Kind"`), "missing kind"},
		{"the host's own names at the top", swap(`"id"`, `"LockToken":"secret","sys":{},"id"`), "/: has a member"},
		{"no scope", swap(`"scope":[{"subscriptionId":"s-1","resourceGroup":"g","location":"eastus2","experimentationAccount":"team"}]`, `"scope":[]`), "/scope: want at least 1"},
		{"a hostile location", swap("eastus2", "evil.example/"), "/scope/0/location: want text that matches"},
		{"a location in capitals", swap("eastus2", "EastUS2"), "/scope/0/location:"},
		{"an account without its location", swap(`"location":"eastus2",`, ""), "experimentationAccount needs location"},
		{"an account that is a path", swap(`"team"`, `"a/b"`), "/scope/0/experimentationAccount:"},
		{"an account of two dots", swap(`"team"`, `".."`), "/scope/0/experimentationAccount:"},
		{"an unknown type", swap(`"id"`, `"resourceTypes":["secrettype"],"id"`), "/resourceTypes/0: not a resource type"},
		{"a workspace of today without its group", swap(`"resourceGroup":"g","location":"eastus2","experimentationAccount":"team"`, `"machineLearningWorkspaces":["secret"]`), "/scope/0: machineLearningWorkspaces needs resourceGroup"},
		{"a registry without its group", swap(`"resourceGroup":"g","location":"eastus2","experimentationAccount":"team"`, `"registries":["secret"]`), "/scope/0: registries needs resourceGroup"},
		{"all and one", swap(`"location":"eastus2","experimentationAccount":"team"`, `"machineLearningWorkspaces":["*","secret"]`), `/scope/0/machineLearningWorkspaces: "*" means all`},
		{"a part of all", swap(`"id"`, `"what":"secret","id"`), "/what: want one of"},
		{"an export of the subject's, and no subject", swap(`"subject":{"objectId":"0f8f","userPrincipalName":"ada@example.org"}`, `"what":"subject"`), "/what: an export of only what is the subject's needs the subject"},
		{"a date that is none", swap(`"id"`, `"dueAt":"secret","id"`), "/dueAt: want a date-time"},
		{"a deletion that nobody answers for", swap(`"kind":"export"`, `"kind":"delete"`), "missing submittedBy"},
		{"an object id with an address in it", swap("0f8f", "secret@example.org"), "/subject/objectId:"},
		{"a string of 200 KB", swap("ada", strings.Repeat("secret", 34_000)), "/subject/userPrincipalName: want at most 320"},
		{"depth", strings.Repeat("[", 20_000), "not JSON"},
	}

	v := newValidator(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := v.Parse([]byte(tt.body), enqueued)
			if dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != dsr.ReasonInvalidRequest {
				t.Fatalf("error %v, want a permanent %s", err, dsr.ReasonInvalidRequest)
			}

			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q does not say %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "secret") || len(err.Error()) > 2000 {
				t.Errorf("%q quotes a value or is too long", err)
			}
		})
	}
}

func TestWorkspacesOfTodayAreNamedOrAll(t *testing.T) {
	for name, scope := range map[string]string{
		"by name":             `{"subscriptionId":"s","resourceGroup":"g","machineLearningWorkspaces":["a","b"],"registries":["r"]}`,
		"all of a group":      `{"subscriptionId":"s","resourceGroup":"g","machineLearningWorkspaces":["*"]}`,
		"all of subscription": `{"subscriptionId":"s","machineLearningWorkspaces":["*"],"registries":["*"]}`,
	} {
		body := strings.Replace(valid, `{"subscriptionId":"s-1","resourceGroup":"g","location":"eastus2","experimentationAccount":"team"}`, scope, 1)
		if _, err := newValidator(t).Parse([]byte(body), enqueued); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	v := newValidator(f)
	f.Add([]byte(valid))
	f.Add([]byte(`{"LockToken":"x","subject":{"objectId":1},"sys":{}}`))
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := v.Parse(body, enqueued)
		if err != nil {
			if dsr.ClassOf(err) != dsr.Permanent {
				t.Errorf("error %v of class %s", err, dsr.ClassOf(err))
			}
			return
		}

		if !dsr.ValidID(p.ID) || len(p.Scope) == 0 || p.DueAt.IsZero() {
			t.Errorf("%q was taken for a request", body)
		}
	})
}

func TestAllowedScopes(t *testing.T) {
	tests := []struct {
		name    string
		allowed fanout.AllowedScopes
		ok      bool
	}{
		{"nothing set allows all", nil, true},
		{"the subscription", fanout.AllowedScopes{"/subscriptions/S-1"}, true},
		{"the group, in other case and with a slash", fanout.AllowedScopes{"/SUBSCRIPTIONS/s-1/resourcegroups/G/"}, true},
		{"the account itself", fanout.AllowedScopes{"/subscriptions/s-1/resourceGroups/g/providers/Microsoft.MachineLearningExperimentation/accounts/team"}, true},
		{"a part of a segment is no prefix", fanout.AllowedScopes{"/subscriptions/s"}, false},
		{"another group", fanout.AllowedScopes{"/subscriptions/s-1/resourceGroups/other"}, false},
		{"a workspace below is less than the account", fanout.AllowedScopes{"/subscriptions/s-1/resourceGroups/g/providers/Microsoft.MachineLearningExperimentation/accounts/team/workspaces/w"}, false},
	}

	p, err := newValidator(t).Parse([]byte(valid), enqueued)
	if err != nil {
		t.Fatal(err)
	}

	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.allowed.Check(p.Request)
			if (err == nil) != tt.ok || (err != nil && dsr.ReasonOf(err) != dsr.ReasonScopeNotAllowed) {
				t.Errorf("error %v, want allowed=%t", err, tt.ok)
			}
		})
	}
}

func TestComputesAndClustersStayWithinTheAllowedScopes(t *testing.T) {
	const group = "/subscriptions/s/resourceGroups/g"
	const team = group + "/providers/Microsoft.MachineLearningServices/workspaces/team"
	computes := dsr.Scope{SubscriptionID: "s", ResourceGroup: "g", MachineLearningWorkspaces: []string{"team"}}
	clusters := dsr.Scope{SubscriptionID: "s", ResourceGroup: "g", OperationalizationClusters: true}
	all := dsr.Scope{SubscriptionID: "s", ResourceGroup: "g", MachineLearningWorkspaces: []string{"*"}}
	everywhere := dsr.Scope{SubscriptionID: "s", MachineLearningWorkspaces: []string{"*"}}
	registry := dsr.Scope{SubscriptionID: "s", ResourceGroup: "g", Registries: []string{"team"}}
	for name, tt := range map[string]struct {
		allowed string
		scope   dsr.Scope
		ok      bool
	}{
		"computes within their workspace":       {team, computes, true},
		"computes within the group":             {group, computes, true},
		"computes of another workspace":         {team + "-2", computes, false},
		"all workspaces of the group":           {group, all, true},
		"all workspaces are more than one":      {team, all, false},
		"all of a subscription":                 {"/subscriptions/s", everywhere, true},
		"all of a subscription from a group":    {group, everywhere, false},
		"a registry within the group":           {group, registry, true},
		"a registry is no workspace":            {team, registry, false},
		"clusters within the group":             {group, clusters, true},
		"clusters need more than one workspace": {team, clusters, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := fanout.AllowedScopes{tt.allowed}.Check(dsr.Request{Scope: []dsr.Scope{tt.scope}})
			if (err == nil) != tt.ok {
				t.Errorf("error %v, want allowed=%t", err, tt.ok)
			}
		})
	}
}

func TestTimesAreReadAsSendersWriteThem(t *testing.T) {
	v := newValidator(t)
	want := time.Date(2026, 1, 30, 10, 0, 0, 0, time.UTC)
	for name, text := range map[string]string{
		"UTC":                       "2026-01-30T10:00:00Z",
		"small letters":             "2026-01-30t10:00:00z",
		"an offset":                 "2026-01-30T12:00:00+02:00",
		".NET's seven digits":       "2026-01-30T10:00:00.0000000Z",
		"Java's nanoseconds":        "2026-01-30T10:00:00.000000000Z",
		"Python's isoformat in UTC": "2026-01-30T10:00:00+00:00",
	} {
		p, err := v.Parse([]byte(strings.Replace(valid, `"id"`, `"submittedAt":"`+text+`","id"`, 1)), enqueued)
		if err != nil || !p.SubmittedAt.Equal(want) {
			t.Errorf("%s: %s, %v", name, p.SubmittedAt, err)
		}
	}

	p, err := v.Parse([]byte("\ufeff"+strings.Replace(valid, `"id"`, `"dueAt":"9999-12-31T23:59:59Z","id"`, 1)), enqueued)
	if err != nil || p.DueAt.Year() != 9999 || p.ID != "r-1" {
		t.Errorf("the last deadline, after a byte order mark: %s, %v", p.DueAt, err)
	}
}
