package config

import (
	"maps"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestSourcePolicies(t *testing.T) {
	for text, want := range map[string]dsr.SourcePolicies{
		"": nil,
		`{"portal":{"verification":"required"},"*":{"verification":"required","review":"required"},"desk":{"review":"required","secondPerson":true}}`: {
			"portal": {Verification: true}, "*": {Verification: true, Review: true}, "desk": {Review: true, SecondPerson: true},
		},
	} {
		s, err := Load(FromMap(withBase(sourcePolicies, text)))
		if err != nil || !maps.Equal(s.Policies, want) {
			t.Errorf("%s: %v, %v", text, s.Policies, err)
		}
	}

	for text, want := range map[string]string{
		"geheim":                           "must be a JSON object of sources",
		"{}":                               "must be a JSON object of sources",
		`{"a":{},"a":{}}`:                  "each once",
		`{"geheim":{"verify":"required"}}`: "a member other than verification, review and secondPerson",
		`{"geheim":{"secondPerson":true}}`: "require that, too",
		`{"geheim":{"review":"required","secondPerson":"required"}}`: "secondPerson can only be true",
		`{"geheim":{"review":"optional"}}`:                           "review can only be required",
		`{"geheim":{"verification":true}}`:                           "verification can only be required",
		`{"":{"review":"required"}}`:                                 "a source must be 1 to 200 characters",
		`{"geheim":"verification required"}`:                         "must be a JSON object of sources",
	} {
		_, err := Load(FromMap(withBase(sourcePolicies, text)))
		if err == nil || !strings.Contains(err.Error(), sourcePolicies+": ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
