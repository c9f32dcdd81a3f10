package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"azureml-dsr/internal/dsr"
)

const bulkSetting = "BULK_EXPORT_SCOPES"

// bulkScopes reads the scopes of scheduled exports: places, and names of scopes. It checks
// places only as far as a mistake is likely, because the schema checks each request when
// intake receives it. It adds one fault for all that is wrong.
func (r *reader) bulkScopes(names dsr.ScopeNames) []dsr.ScopeEntry {
	text := r.text(bulkSetting, "")
	if text == "" {
		return nil
	}

	var entries []json.RawMessage
	if err := json.Unmarshal([]byte(text), &entries); err != nil || len(entries) == 0 {
		r.bulkFault("")
		return nil
	}

	scopes := make([]dsr.ScopeEntry, 0, len(entries))
	for i, entry := range entries {
		scope, wrong := bulkScope(entry, names, r.faulty(scopesSetting))
		if wrong != "" {
			r.bulkFault(fmt.Sprintf("; entry %d %s", i+1, wrong))
			return nil
		}
		scopes = append(scopes, scope)
	}

	return scopes
}

func (r *reader) bulkFault(detail string) {
	r.fault(bulkSetting, `must be a JSON array of scopes as in a request and of names of %s, like [{"subscriptionId":"…","resourceGroup":"…","machineLearningWorkspaces":["*"]},"research"]%s; leave it out if bulk_export is switched off`, scopesSetting, detail)
}

// bulkScope reads one scope. wrong says what is wrong with it, "" for nothing. A name can't
// be told to be wrong where the names themselves could not be read.
func bulkScope(text json.RawMessage, names dsr.ScopeNames, namesUnknown bool) (scope dsr.ScopeEntry, wrong string) {
	if bytes.HasPrefix(text, []byte{'"'}) {
		err := json.Unmarshal(text, &scope.Name)
		switch {
		case err != nil || names.Places[scope.Name] != nil || namesUnknown:
			return scope, ""
		case len(names.Places) == 0:
			return scope, "is a name, and " + scopesSetting + " has none"
		default:
			return scope, "is no name of " + scopesSetting + ", which has " + strings.Join(names.Names(), ", ")
		}
	}

	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&scope.Place); err != nil || !isPlaced(scope.Place) {
		return scope, "is not as in a request"
	}

	return scope, ""
}

// isPlaced reports whether a scope names its subscription and, with an account, the group
// and the location of that account.
func isPlaced(s dsr.Scope) bool {
	hasAccount := s.ExperimentationAccount != "" || s.ModelManagementAccount != ""
	locatesAccount := s.ResourceGroup != "" && s.Location != ""
	return s.SubscriptionID != "" && (!hasAccount || locatesAccount)
}
