package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/operator/operatortest"
)

func TestVerifySaysThatTheDocumentsWereRemoved(t *testing.T) {
	s := operatortest.Closed(t)
	before := t.TempDir()
	o, _ := s.Operator(operatortest.Time)
	_, err := o.Download(t.Context(), "req-1", before, nil)
	s.Must(err)
	a := dsr.Attempt{RequestID: "req-1", Number: 1}
	expired := ledger.Expired{Attempt: a, Index: a.Expires(operatortest.Time)}
	soon := time.Now().Add(patience)
	_, err = s.Ledger.RecordRetention(t.Context(), expired, dsr.Retention{
		RequestID:     "req-1",
		Attempt:       1,
		ClosedAt:      operatortest.Time,
		RetentionDays: 30,
		BeganAt:       time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
	}, soon)
	s.Must(err)
	if r, err := s.Ledger.RemoveDocuments(t.Context(), expired, soon); err != nil || !r.Done {
		t.Fatal(r, err)
	}

	s.Must(s.Ledger.RemoveSubject(t.Context(), "req-1"))

	e, out, _ := testEnv(t, nil)
	err = verifyStored(t.Context(), &verification{Env: e}, o, verifyOptions{what: "req-1"})
	if cli.ExitCode(err) != cli.ExitFailed || out.Len() > 0 {
		t.Fatalf("exit code %d, printed %q", cli.ExitCode(err), out)
	}

	for _, want := range []string{"req-1", "removed from 2026-11-24T10:00:00Z on", "30 days", "3 documents", "req-1/1/retention.json"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it says %q, want %q in it", err, want)
		}
	}

	err = verifyStored(t.Context(), &verification{Env: e, json: true}, o, verifyOptions{what: "req-1"})
	const answer = `{"requestId":"req-1","attempt":1,"ok":false,"removed":{"schemaVersion":"1.0","requestId":"req-1","attempt":1,"closedAt":"2026-11-23T10:00:00Z",` +
		`"retentionDays":30,"blobs":3,"documents":3,"bytes":BYTES,"beganAt":"2026-11-24T10:00:00Z"}}` + "\n"
	if got := regexp.MustCompile(`"bytes":[1-9][0-9]*`).ReplaceAllString(out.String(), `"bytes":BYTES`); cli.ExitCode(err) != cli.ExitFailed || got != answer {
		t.Errorf("as JSON: %v, printed %s", err, got)
	}

	out.Reset()
	if err := runVerify(t.Context(), e, verifyOptions{what: before}); err != nil {
		t.Errorf("a copy from before: %v", err)
	}
}

func TestVerifyDoesNotMistakeAnotherBlobForARemoval(t *testing.T) {
	s := operatortest.Closed(t)
	s.Put(s.Audit, "req-1/1/retention.json", "no JSON")
	e, out, _ := testEnv(t, nil)
	o, _ := s.Operator(operatortest.Time)
	err := verifyStored(t.Context(), &verification{Env: e}, o, verifyOptions{what: "req-1"})
	if cli.ExitCode(err) != cli.ExitNotGood || !strings.Contains(out.String(), "malformed  req-1/1/retention.json  ") {
		t.Errorf("%v, printed\n%s", err, out)
	}
}
