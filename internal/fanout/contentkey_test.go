package fanout_test

import (
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/ledger/ledgertest"
)

// TestARequestIsTheSameUnderAnySecret sends a request about a person twice, while the secret
// that keys the hash of its content is set, replaced or removed, and once with other content.
func TestARequestIsTheSameUnderAnySecret(t *testing.T) {
	const first, second = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
	about := strings.Replace(request, `"id"`, `"subject":{"objectId":"o","userPrincipalName":"ada@example.org"},"id"`, 1)
	other := strings.Replace(about, `"l"`, `"elsewhere"`, 1)

	for name, c := range map[string]struct{ before, then string }{
		"without one":           {"", ""},
		"with one":              {first, first},
		"when it is set":        {"", first},
		"when it is replaced":   {first, second},
		"when it is taken away": {first, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
			f.Step = time.Second
			accept := func(secret, body string) error {
				i := f.intake(directory{})
				i.ContentSecret = secret
				return i.Accept(t.Context(), fanout.Received{Body: []byte(body), EnqueuedTime: f.Time()})
			}

			if err := accept(c.before, about); err != nil {
				t.Fatal(err)
			}
			record, _, err := f.Records.Request(t.Context(), "r")
			if err != nil {
				t.Fatal(err)
			}
			if keyed := record.ContentKeyID != ""; keyed != (c.before != "") {
				t.Errorf("keyed: %t", keyed)
			}

			if err := accept(c.then, about); err != nil {
				t.Errorf("the same request: %v", err)
			}
			if err := accept(c.then, other); dsr.ReasonOf(err) != dsr.ReasonConflictingRequest {
				t.Errorf("another request: %v", err)
			}
		})
	}
}

// TestTheHashOfAContentCannotBeGuessed tries what somebody can who knows the person and has the
// evidence, but neither subject.json nor the secret.
func TestTheHashOfAContentCannotBeGuessed(t *testing.T) {
	about := strings.Replace(request, `"id"`, `"subject":{"objectId":"o","userPrincipalName":"ada@example.org"},"id"`, 1)
	f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
	f.Step = time.Second
	i := f.intake(directory{})
	i.ContentSecret = "0123456789abcdef0123456789abcdef"
	if err := i.Accept(t.Context(), fanout.Received{Body: []byte(about), EnqueuedTime: f.Time()}); err != nil {
		t.Fatal(err)
	}

	record, _, err := f.Records.Request(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	guess := record.Restore(&dsr.Subject{ObjectID: "o", UserPrincipalName: "ada@example.org"})
	for _, key := range []dsr.ContentKey{"", dsr.ContentKey(record.ContentKeyID), dsr.NewContentKey("another secret", "r")} {
		if sum, err := guess.ContentHash(record.DueDefaulted, key); err != nil || sum == record.ContentSHA256 {
			t.Errorf("with %q the guess is right (%v)", key, err)
		}
	}

	// Who has subject.json can check it.
	subject, _, err := f.Records.SubjectRecord(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	if sum, err := guess.ContentHash(record.DueDefaulted, subject.ContentKey); err != nil || sum != record.ContentSHA256 {
		t.Errorf("by the key beside the subject the hash is another (%v)", err)
	}
}
