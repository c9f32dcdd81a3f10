package config

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"azureml-dsr/internal/dsr"
)

// bulkScopes reads the scopes of scheduled exports. It checks them only as far as a
// mistake is likely, because the schema checks each request when intake receives it.
func (r *reader) bulkScopes() []dsr.Scope {
	const name = "BULK_EXPORT_SCOPES"
	text := r.text(name, "")
	if text == "" {
		return nil
	}

	scopes, err := decodeScopes(text)
	if err != nil || len(scopes) == 0 || !allPlaced(scopes) {
		r.fault(name, `must be a JSON array of scopes as in a request, like [{"subscriptionId":"…","resourceGroup":"…","location":"…","experimentationAccount":"…"}]; leave it out if bulk_export is switched off`)
		return nil
	}

	return scopes
}

// decodeScopes reads a JSON array of scopes and nothing behind it.
func decodeScopes(text string) ([]dsr.Scope, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	var scopes []dsr.Scope
	if err := d.Decode(&scopes); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return scopes, nil
}

// allPlaced reports whether each scope names its subscription and, with an account, the
// group and the location of that account.
func allPlaced(scopes []dsr.Scope) bool {
	for _, s := range scopes {
		hasAccount := s.ExperimentationAccount != "" || s.ModelManagementAccount != ""
		locatesAccount := s.ResourceGroup != "" && s.Location != ""
		if s.SubscriptionID == "" || (hasAccount && !locatesAccount) {
			return false
		}
	}
	return true
}
