package main

import (
	"encoding/json"
	"io"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// printVerification prints the result of verifying an attempt.
func printVerification(w io.Writer, v operator.Verification, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(v)
	}

	cli.PrintTotals(w, v.Totals)

	for _, f := range v.Faults {
		cli.PrintFields(w, string(f.Kind), f.Name, f.Detail)
	}

	signature := []string{"signature=" + cli.OrDash(v.Signature)}
	if v.KeyID != "" {
		signature = append(signature, "keyId="+v.KeyID)
	}

	cli.PrintFields(w, append(signature, cli.Count("unlisted", len(v.Unlisted)))...)

	if n := len(v.Faults); n > 0 {
		cli.PrintFields(w, cli.Plural(n, "fault"))
		return nil
	}

	cli.PrintFields(
		w,
		"ok",
		v.RequestID,
		cli.Count("attempt", v.Attempt),
		string(v.Status),
		cli.Count("blobs", v.Blobs),
		cli.Count("documents", v.Documents),
	)

	return nil
}

// encodeRemoved prints the record of a removal as JSON.
func encodeRemoved(w io.Writer, e *operator.RemovedError) error {
	return json.NewEncoder(w).Encode(struct {
		RequestID string        `json:"requestId"`
		Attempt   int           `json:"attempt"`
		OK        bool          `json:"ok"`
		Removed   dsr.Retention `json:"removed"`
	}{e.Attempt.RequestID, e.Attempt.Number, false, e.Removal})
}
