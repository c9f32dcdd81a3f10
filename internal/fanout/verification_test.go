package fanout_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/ledger/ledgertest"
)

const identified = `{"method":"passport-seen","verifiedAt":"2026-11-20T10:00:00+01:00","verifiedBy":"desk 4"}`

// sentBy returns a request about a person, from a source and with a verification, "" for none.
func sentBy(source, verification string) string {
	more := `"subject":{"objectId":"o"},`
	if source != "" {
		more += `"source":"` + source + `",`
	}
	if verification != "" {
		more += `"verification":` + verification + `,`
	}
	return strings.Replace(request, `"scope"`, more+`"scope"`, 1)
}

func TestASourceMayBeRequiredToIdentifyThePerson(t *testing.T) {
	portal := dsr.SourcePolicies{"portal": {Verification: true}}
	all := dsr.SourcePolicies{dsr.AnySource: {Verification: true}, "trusted": {}}
	for name, tt := range map[string]struct {
		policies dsr.SourcePolicies
		body     string
		refused  bool
	}{
		"no policy":                              {nil, sentBy("portal", ""), false},
		"required, and missing":                  {portal, sentBy("portal", ""), true},
		"required, and there":                    {portal, sentBy("portal", identified), false},
		"required of another source":             {portal, sentBy("desk", ""), false},
		"required of all, and no source":         {all, sentBy("", ""), true},
		"required of all, and another source":    {all, sentBy("desk", ""), true},
		"required of all but this one":           {all, sentBy("trusted", ""), false},
		"required, and the request names nobody": {all, request, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
			f.Step = time.Second
			i := f.intake(directory{})
			i.Policies = tt.policies
			err := i.Accept(t.Context(), fanout.Received{Body: []byte(tt.body), EnqueuedTime: f.Time()})
			if refused := dsr.ReasonOf(err) == dsr.ReasonVerificationMissing; refused != tt.refused || (!refused && err != nil) {
				t.Errorf("%v", err)
			}
			if _, found, _ := f.Records.Request(t.Context(), "r"); found == tt.refused {
				t.Errorf("recorded: %t", found)
			}
		})
	}
}

// TestARecordedRequestIsNotHeldToANewPolicy has the policy come after the request.
func TestARecordedRequestIsNotHeldToANewPolicy(t *testing.T) {
	f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
	f.Step = time.Second
	for _, policies := range []dsr.SourcePolicies{nil, {dsr.AnySource: {Verification: true, Review: true}}} {
		i := f.intake(directory{})
		i.Policies = policies
		if err := i.Accept(t.Context(), fanout.Received{Body: []byte(sentBy("portal", "")), EnqueuedTime: f.Time()}); err != nil {
			t.Errorf("%+v: %v", policies, err)
		}
	}
	if r, _, err := f.Records.Request(t.Context(), "r"); err != nil || r.Review != "" {
		t.Errorf("review %q, %v", r.Review, err)
	}
}

func TestTheRecordSaysHowThePersonWasIdentifiedAndThatACopyIsReviewed(t *testing.T) {
	f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
	f.Step = time.Second
	i := f.intake(directory{})
	i.Policies = dsr.SourcePolicies{"portal": {Review: true}}
	if err := i.Accept(t.Context(), fanout.Received{Body: []byte(sentBy("portal", identified)), EnqueuedTime: f.Time()}); err != nil {
		t.Fatal(err)
	}

	r, _, err := f.Records.Request(t.Context(), "r")
	want := dsr.Verification{
		Method:     "passport-seen",
		VerifiedAt: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC),
		VerifiedBy: "desk 4",
	}
	if err != nil || r.Verification == nil || *r.Verification != want || r.Review != dsr.ReviewRequired {
		t.Errorf("recorded %+v, review %q, %v", r.Verification, r.Review, err)
	}

	other := strings.Replace(identified, "desk 4", "desk 5", 1)
	err = i.Accept(t.Context(), fanout.Received{Body: []byte(sentBy("portal", other)), EnqueuedTime: f.Time()})
	if dsr.ReasonOf(err) != dsr.ReasonConflictingRequest {
		t.Errorf("the same id with another verification: %v", err)
	}
}

func TestAVerificationIsHeldToTheSchema(t *testing.T) {
	f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
	for verification, want := range map[string]string{
		`{"method":"m","verifiedAt":"2026-11-20T10:00:00Z"}`:                                "/verification: missing verifiedBy",
		`{"method":"m","verifiedAt":"geheim","verifiedBy":"b"}`:                             "/verification/verifiedAt: want a date-time of RFC 3339",
		`{"method":"m","verifiedAt":"2099-11-20T10:00:00Z","verifiedBy":"b"}`:               "/verification/verifiedAt: is in the future; send the time at which it was verified",
		`{"method":"","verifiedAt":"2026-11-20T10:00:00Z","verifiedBy":"b"}`:                "/verification/method: want at least 1 characters",
		`{"method":"m","verifiedAt":"2026-11-20T10:00:00Z","verifiedBy":"b","passport":""}`: "/verification: has a member that no request has",
		`"yes"`: "/verification: want object",
	} {
		err := f.accept(directory{}, sentBy("", verification))
		if dsr.ReasonOf(err) != dsr.ReasonInvalidRequest || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v, want %q", verification, err, want)
		}
	}
}

func TestTheClockStandsStillWhileThePersonIsAskedForProof(t *testing.T) {
	const asked = `{"method":"m","verifiedAt":"2026-02-20T10:00:00Z","verifiedBy":"b","askedAt":"2026-02-02T12:00:00Z","answeredAt":"2026-02-12T13:00:00Z"}`
	for name, tt := range map[string]struct {
		more         string
		verification string
		due          string
		latest       string
		paused       bool
	}{
		"nobody had to ask":               {"", identifiedIn(2026), "2026-02-28T23:59:00Z", "2026-04-30T23:59:59Z", false},
		"ten days and an hour":            {"", asked, "2026-03-11T00:59:00Z", "2026-05-11T23:59:59Z", true},
		"a deadline that is the sender's": {`"dueAt":"2026-03-01T00:00:00Z",`, asked, "2026-03-01T00:00:00Z", "2026-04-30T23:59:59Z", false},
	} {
		t.Run(name, func(t *testing.T) {
			f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
			f.Step = time.Second
			body := strings.Replace(sentBy("", tt.verification), `"dueAt":"2026-12-24T10:00:00Z",`, `"submittedAt":"2026-01-31T23:59:00Z",`+tt.more, 1)
			if err := f.accept(directory{}, body); err != nil {
				t.Fatal(err)
			}
			r, _, err := f.Records.Request(t.Context(), "r")
			if err != nil || r.DueAt.Format(time.RFC3339) != tt.due || r.MaxExtension().Format(time.RFC3339) != tt.latest || (r.Paused() != nil) != tt.paused {
				t.Errorf("due %s, at the latest %s, paused %v, %v", r.DueAt, r.MaxExtension(), r.Paused(), err)
			}
		})
	}
}

// identifiedIn returns a verification of a year, without a question.
func identifiedIn(year int) string {
	return strings.Replace(identified, "2026", strconv.Itoa(year), 1)
}

func TestTheTimesOfAQuestionFollowOneAnother(t *testing.T) {
	f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
	for times, want := range map[string]string{
		`"askedAt":"2026-02-02T12:00:00Z"`:                                     "/verification: askedAt needs answeredAt beside it",
		`"answeredAt":"2026-02-02T12:00:00Z"`:                                  "/verification: answeredAt needs askedAt beside it",
		`"askedAt":"2026-01-30T12:00:00Z","answeredAt":"2026-02-02T12:00:00Z"`: "/verification/askedAt: is before the request was submitted",
		`"askedAt":"2026-02-02T12:00:00Z","answeredAt":"2026-02-01T12:00:00Z"`: "/verification/answeredAt: is before askedAt",
		`"askedAt":"2026-02-02T12:00:00Z","answeredAt":"2026-02-25T12:00:00Z"`: "/verification/verifiedAt: is before answeredAt",
		`"askedAt":"2026-02-02T12:00:00Z","answeredAt":"2099-02-25T12:00:00Z"`: "/verification/answeredAt: is in the future",
		`"askedAt":"2026-02-02T12:00:00Z","answeredAt":"yesterday"`:            "/verification/answeredAt: want a date-time",
	} {
		body := sentBy("", `{"method":"m","verifiedAt":"2026-02-20T10:00:00Z","verifiedBy":"b",`+times+`}`)
		err := f.accept(directory{}, strings.Replace(body, `"scope"`, `"submittedAt":"2026-01-31T23:59:00Z","scope"`, 1))
		if dsr.ReasonOf(err) != dsr.ReasonInvalidRequest || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", times, err, want)
		}
	}
}
