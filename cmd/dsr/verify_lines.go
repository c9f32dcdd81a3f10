package main

import (
	"encoding/json"
	"fmt"
	"io"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// maxUnlisted is how many unlisted blobs are named in lines.
const maxUnlisted = 100

// printVerification prints the result of verifying an attempt.
func printVerification(s cli.Streams, v operator.Verification, asJSON bool) error {
	w := s.Out
	if asJSON {
		return json.NewEncoder(w).Encode(v)
	}

	cli.PrintTotals(s, v.Totals)

	for _, f := range v.Faults {
		cli.PrintFields(w, string(f.Kind), f.Name, f.Detail)
	}

	for _, name := range v.Unlisted[:min(len(v.Unlisted), maxUnlisted)] {
		cli.PrintFields(w, "unlisted", name)
	}
	if n := len(v.Unlisted) - maxUnlisted; n > 0 {
		cli.PrintFields(w, "unlisted", fmt.Sprintf("and %d more, which --json names", n))
	}

	cli.PrintExported(w, v.Exported)
	printEnding(w, v)

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

// printEnding says how an attempt ended whose evidence has no fault, unless it succeeded.
func printEnding(w io.Writer, v operator.Verification) {
	if !v.OK || v.Status == dsr.StatusSucceeded {
		return
	}

	word := "something failed"
	switch v.Status {
	case dsr.StatusFailed:
		word = "everything failed"
	case dsr.StatusCanceled:
		word = "it was canceled"
	case dsr.StatusRejected:
		word = "it was refused"
	}
	cli.PrintFields(w, "ended", string(v.Status), "the evidence is complete and unchanged, and it says that "+word+": `dsr status "+v.RequestID+"` shows more")
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
