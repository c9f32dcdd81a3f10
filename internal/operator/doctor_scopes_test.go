package operator

import (
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestTheDoctorFindsNamedScopesThatAreNotAllowed(t *testing.T) {
	names := dsr.ScopeNames{
		Places:  map[string][]dsr.Scope{"research": {{SubscriptionID: "a"}}, "sales": {{SubscriptionID: "a"}, {SubscriptionID: "b"}}},
		Default: "research",
	}
	for name, c := range map[string]struct {
		names   dsr.ScopeNames
		allowed []string
		ok      bool
		want    string
	}{
		"all are allowed":                 {names, nil, true, "2: research, sales; a request without a scope has research"},
		"one that reaches outside":        {names, []string{"/subscriptions/a"}, false, "does not allow all of sales"},
		"nothing where no scope is named": {dsr.ScopeNames{}, nil, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoctor(DoctorOptions{})
			d.settings.Scopes, d.settings.AllowedScopes = c.names, c.allowed
			d.checkScopes()
			if c.want == "" {
				if len(d.findings) > 0 {
					t.Errorf("found %+v", d.findings)
				}
				return
			}
			if f := onlyFinding(t, d); f.OK != c.ok || !strings.Contains(f.Detail, c.want) || (f.Remedy == "") != c.ok {
				t.Errorf("found %+v", f)
			}
		})
	}
}
