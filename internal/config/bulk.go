package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"azureml-dsr/internal/dsr"
)

// bulkScopes reads what the scheduled exports are of. The schema has the last
// word, when their requests are received.
func (r *reader) bulkScopes() []dsr.Scope {
	const name = "BULK_EXPORT_SCOPES"
	text := r.text(name, "")
	if text == "" {
		return nil
	}

	var scopes []dsr.Scope
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	err := d.Decode(&scopes)
	_, rest := d.Token()
	ok := err == nil && errors.Is(rest, io.EOF) && len(scopes) > 0
	for _, s := range scopes {
		account := s.ExperimentationAccount != "" || s.ModelManagementAccount != ""
		ok = ok && s.SubscriptionID != "" && (!account || (s.ResourceGroup != "" && s.Location != ""))
	}
	if !ok {
		r.fault(name, `must be a JSON array of scopes as in a request, like [{"subscriptionId":"…","resourceGroup":"…","location":"…","experimentationAccount":"…"}]; leave it out if bulk_export is switched off`)
		return nil
	}

	return scopes
}
