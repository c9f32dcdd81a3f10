package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

func TestVerifySaysThatTheDocumentsWereRemoved(t *testing.T) {
	s := closedRequest(t)
	before := t.TempDir()
	if err := download(t.Context(), s.Connections, "req-1", before); err != nil {
		t.Fatal(err)
	}
	a := dsr.Attempt{RequestID: "req-1", Number: 1}
	e := ledger.Expired{Attempt: a, Index: a.Expires(storedTime)}
	soon := time.Now().Add(patience)
	_, err := s.Ledger.RecordRetention(t.Context(), e, dsr.Retention{
		RequestID: "req-1", Attempt: 1, ClosedAt: storedTime, RetentionDays: 30, BeganAt: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
	}, soon)
	s.must(err)
	if r, err := s.Ledger.RemoveDocuments(t.Context(), e, soon); err != nil || !r.Done {
		t.Fatal(r, err)
	}
	s.must(s.Ledger.RemoveSubject(t.Context(), "req-1"))

	app, out, _ := testApp(t, nil)
	err = verifyStored(t.Context(), app, s.Connections, verifyOptions{what: "req-1"}, nil)
	if exitCode(err) != exitFailed || out.Len() > 0 {
		t.Fatalf("exit code %d, printed %q", exitCode(err), out)
	}
	for _, want := range []string{"req-1", "removed from 2026-11-24T10:00:00Z on", "30 days", "3 documents", "req-1/1/retention.json"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it says %q, want %q in it", err, want)
		}
	}
	err = verifyStored(t.Context(), app, s.Connections, verifyOptions{what: "req-1", json: true}, nil)
	const answer = `{"requestId":"req-1","attempt":1,"ok":false,"removed":{"schemaVersion":"1.0","requestId":"req-1","attempt":1,"closedAt":"2026-11-23T10:00:00Z",` +
		`"retentionDays":30,"blobs":3,"documents":3,"bytes":BYTES,"beganAt":"2026-11-24T10:00:00Z"}}` + "\n"
	if got := regexp.MustCompile(`"bytes":[1-9][0-9]*`).ReplaceAllString(out.String(), `"bytes":BYTES`); exitCode(err) != exitFailed || got != answer {
		t.Errorf("as JSON: %v, printed %s", err, got)
	}
	out.Reset()
	if err := runVerify(t.Context(), app, verifyOptions{what: before}); err != nil {
		t.Errorf("a copy from before: %v", err)
	}
}

func TestVerifyDoesNotTakeAnyBlobForARemoval(t *testing.T) {
	s := closedRequest(t)
	s.put(s.Audit, "req-1/1/retention.json", "no JSON")
	app, _, _ := testApp(t, nil)
	err := verifyStored(t.Context(), app, s.Connections, verifyOptions{what: "req-1"}, nil)
	if err == nil || !strings.HasSuffix(err.Error(), "req-1/1/retention.json is not what was written") {
		t.Errorf("%v", err)
	}
}
