package fanout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/ledger/ledgertest"
)

func hosted(account string) dsr.Scope {
	return dsr.Scope{SubscriptionID: "s", ResourceGroup: "g", Location: "l", ModelManagementAccount: account}
}

func named(def string) dsr.ScopeNames {
	return dsr.ScopeNames{
		Places:  map[string][]dsr.Scope{"research": {hosted("h"), hosted("i")}, "sales": {hosted("k")}},
		Default: def,
	}
}

// scoped is the request with another scope, or with none.
func scoped(scope string) string {
	const place = ` "scope":[{"subscriptionId":"s","resourceGroup":"g","location":"l","modelManagementAccount":"h"}]`
	if scope == "" {
		return strings.Replace(request, ",\n"+place, "", 1)
	}
	return strings.Replace(request, place, `"scope":`+scope, 1)
}

func (f *intakeFixture) acceptNamed(names dsr.ScopeNames, body string) error {
	i := f.intake(directory{})
	i.Validator.Scopes = names
	return i.Accept(f.T.Context(), fanout.Received{Body: []byte(body), EnqueuedTime: f.Time()})
}

func newIntakeFixture(t *testing.T) *intakeFixture {
	t.Helper()
	f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
	f.Step = time.Second
	return f
}

// recorded returns the record of the fixture's request.
func (f *intakeFixture) recorded(t *testing.T) dsr.RequestRecord {
	t.Helper()
	r, found, err := f.Records.Request(t.Context(), "r")
	if err != nil || !found {
		t.Fatalf("request.json: found %t, %v", found, err)
	}
	return r
}

func TestTheRecordSaysWhatNamesStoodFor(t *testing.T) {
	for name, c := range map[string]struct {
		def, scope string
		places     []dsr.Scope
		names      []dsr.NamedScope
	}{
		"a name": {
			scope:  `["research"]`,
			places: []dsr.Scope{hosted("h"), hosted("i")},
			names:  []dsr.NamedScope{{Name: "research", Entries: 2}},
		},
		"names among places": {
			scope:  `["sales",{"subscriptionId":"t"},"research"]`,
			places: []dsr.Scope{hosted("k"), {SubscriptionID: "t"}, hosted("h"), hosted("i")},
			names:  []dsr.NamedScope{{Name: "sales", Entries: 1}, {Name: "research", First: 2, Entries: 2}},
		},
		"the default": {
			def:    "sales",
			places: []dsr.Scope{hosted("k")},
			names:  []dsr.NamedScope{{Name: "sales", Entries: 1, Default: true}},
		},
		"places, and no default": {
			def:    "sales",
			scope:  `[{"subscriptionId":"t"}]`,
			places: []dsr.Scope{{SubscriptionID: "t"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newIntakeFixture(t)
			if err := f.acceptNamed(named(c.def), scoped(c.scope)); err != nil {
				t.Fatal(err)
			}
			r := f.recorded(t)
			if diff := cmp.Diff(c.places, r.Scope); diff != "" {
				t.Errorf("scope (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.names, r.NamedScopes); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARequestIsRefusedWhoseScopeMeansNothingHere(t *testing.T) {
	for name, c := range map[string]struct {
		names       dsr.ScopeNames
		scope, want string
	}{
		"an unknown name":            {named(""), `["research","secret"]`, "/scope/1: no scope has this name: there are research, sales"},
		"two of them":                {named(""), `["secret","secret-2"]`, "/scope/0: no scope has this name: there are research, sales; /scope/1: no scope"},
		"a name in other case":       {named(""), `["Research"]`, "/scope/0: no scope has this name"},
		"a name where there is none": {dsr.ScopeNames{}, `["secret"]`, "/scope/0: no scope has a name here, since DSR_SCOPES is not set"},
		"a name twice":               {named(""), `["sales","sales"]`, "/scope/1: names a scope twice"},
		"what can't be a name":       {named(""), `["secret/.."]`, "/scope/0: want text that matches"},
		"a number":                   {named(""), `[7]`, "/scope/0: want string or object"},
		"a name alone":               {named(""), `"sales"`, "/scope: want array"},
		"no scope, and no default":   {named(""), "", "/: missing scope: DSR_SCOPES names research, sales, and no DSR_DEFAULT_SCOPE is set"},
		"no scope where none is set": {dsr.ScopeNames{}, "", "/: missing scope"},
		"an empty scope":             {named("sales"), `[]`, "/scope: want at least 1"},
		"a record's own member":      {named("sales"), `["sales"],"namedScopes":[]`, "/: has a member that no request has"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newIntakeFixture(t)
			err := f.acceptNamed(c.names, scoped(c.scope))
			if dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != dsr.ReasonInvalidRequest || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%q quotes a value", err)
			}
			if len(f.sent.lines) > 0 {
				t.Errorf("sent %v", f.sent.lines)
			}
		})
	}
}

func TestARefusalSaysWhereInTheSettingAPlaceIs(t *testing.T) {
	f := newIntakeFixture(t)
	i := f.intake(directory{})
	i.Validator.Scopes = named("")
	i.Allowed = fanout.AllowedScopes{hostedID("h"), hostedID("k")}
	err := i.Accept(t.Context(), fanout.Received{Body: []byte(scoped(`["sales","research"]`)), EnqueuedTime: f.Time()})
	if dsr.ReasonOf(err) != dsr.ReasonScopeNotAllowed || !strings.Contains(err.Error(), "DSR_SCOPES/research/1: reaches outside") {
		t.Error(err)
	}

	deletes := strings.NewReplacer(`"export"`, `"delete"`, `"id"`, `"subject":{"objectId":"o"},"submittedBy":"o","confirm":["`+hostedID("h")+`"],"id"`).Replace(scoped(`["research"]`))
	err = f.acceptNamed(named(""), deletes)
	if dsr.ReasonOf(err) != dsr.ReasonConfirmationMissing || !strings.Contains(err.Error(), "those of DSR_SCOPES/research/1/modelManagementAccount") {
		t.Error(err)
	}
}

func hostedID(account string) string {
	return "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningModelManagement/accounts/" + account
}

// TestWhatANameStoodForStays sends requests again after the setting has changed.
func TestWhatANameStoodForStays(t *testing.T) {
	moved := dsr.ScopeNames{Places: map[string][]dsr.Scope{"research": {hosted("elsewhere")}, "other": {hosted("o")}}, Default: "other"}
	for name, c := range map[string]struct {
		first, again string
		now          dsr.ScopeNames
		reason       string
	}{
		"a name that means something else now": {`["research"]`, `["research"]`, moved, ""},
		"a name that is gone":                  {`["sales"]`, `["sales"]`, moved, ""},
		"all names gone":                       {`["research","sales"]`, `["research","sales"]`, dsr.ScopeNames{}, ""},
		"another default":                      {"", "", moved, ""},
		"no default any more":                  {"", "", dsr.ScopeNames{}, ""},
		"another name":                         {`["research"]`, `["sales"]`, named("sales"), dsr.ReasonConflictingRequest},
		"the names in another order":           {`["research","sales"]`, `["sales","research"]`, named("sales"), dsr.ReasonConflictingRequest},
		"the default, written out":             {"", `["sales"]`, named("sales"), dsr.ReasonConflictingRequest},
		"a name, then nothing":                 {`["sales"]`, "", named("sales"), dsr.ReasonConflictingRequest},
		"what the name means, written out":     {`["sales"]`, `[{"subscriptionId":"s","resourceGroup":"g","location":"l","modelManagementAccount":"k"}]`, named("sales"), dsr.ReasonConflictingRequest},
		"an unknown name":                      {`["sales"]`, `["secret"]`, named("sales"), dsr.ReasonConflictingRequest},
	} {
		t.Run(name, func(t *testing.T) {
			f := newIntakeFixture(t)
			if err := f.acceptNamed(named("sales"), scoped(c.first)); err != nil {
				t.Fatal(err)
			}
			before := f.recorded(t)

			err := f.acceptNamed(c.now, scoped(c.again))
			if (c.reason == "" && err != nil) || (c.reason != "" && dsr.ReasonOf(err) != c.reason) {
				t.Errorf("sent again: %v, want %q", err, c.reason)
			}
			if diff := cmp.Diff(before, f.recorded(t)); diff != "" {
				t.Errorf("the record changed:\n%s", diff)
			}
		})
	}
}

// TestAConcurrentDeliveryKeepsWhatTheFirstOneRecorded delivers a request to two workers of
// which one has other settings.
func TestAConcurrentDeliveryKeepsWhatTheFirstOneRecorded(t *testing.T) {
	f := newIntakeFixture(t)
	i := f.intake(directory{})
	i.Validator.Scopes = dsr.ScopeNames{Places: map[string][]dsr.Scope{"research": {hosted("elsewhere")}}}
	first := true
	i.Now = func() time.Time {
		if first { // it has resolved the request, and has not recorded it
			first = false
			if err := f.acceptNamed(named(""), scoped(`["research"]`)); err != nil {
				t.Fatal(err)
			}
		}
		return f.Time()
	}

	if err := i.Accept(t.Context(), fanout.Received{Body: []byte(scoped(`["research"]`)), EnqueuedTime: f.Time()}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]dsr.Scope{hosted("h"), hosted("i")}, f.recorded(t).Scope); diff != "" {
		t.Errorf("(-first +recorded):\n%s", diff)
	}
	for _, line := range f.sent.lines {
		if strings.Contains(line, "elsewhere") {
			t.Errorf("sent %s", line)
		}
	}
}

// TestAStoredRequestIsSentAgainWithItsNames opens a request from the message that retries
// and the reconciler make of its record, after the setting has changed.
func TestAStoredRequestIsSentAgainWithItsNames(t *testing.T) {
	for name, scope := range map[string]string{"a name": `["research"]`, "the default": ""} {
		t.Run(name, func(t *testing.T) {
			f := newIntakeFixture(t)
			about := strings.Replace(scoped(scope), `"id"`, `"subject":{"objectId":"o","userPrincipalName":"ada@example.org"},"id"`, 1)
			if err := f.acceptNamed(named("sales"), about); err != nil {
				t.Fatal(err)
			}

			subject, err := f.Records.Subject(t.Context(), "r")
			if err != nil {
				t.Fatal(err)
			}
			m, err := dsr.ReopenMessage(f.recorded(t), subject, dsr.Attempt{RequestID: "r", Number: 1})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.acceptNamed(dsr.ScopeNames{}, string(m.Body)); err != nil {
				t.Error(err)
			}
		})
	}
}
