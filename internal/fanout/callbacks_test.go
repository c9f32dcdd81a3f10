package fanout_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/ledger/ledgertest"
)

// withCallbacks returns a request that names one.
func withCallbacks(r string) string {
	return strings.Replace(r, `"scope"`, `"callbacks":[{"url":"https://hooks.example.org/","format":"cloudevents"}],"scope"`, 1)
}

// TestCallbacksAreCheckedOnlyOfANewRequest has the rules change when a request is recorded.
func TestCallbacksAreCheckedOnlyOfANewRequest(t *testing.T) {
	f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
	f.Step = time.Second
	refusal := dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "/callbacks/0/url: no")
	accept := func(rule error) error {
		i := f.intake(directory{})
		i.Callbacks = func(dsr.Request) error { return rule }
		return i.Accept(t.Context(), fanout.Received{Body: []byte(withCallbacks(request)), EnqueuedTime: f.Time()})
	}

	if err := accept(refusal); !errors.Is(err, refusal) {
		t.Errorf("a new request with a callback that may not be called: %v", err)
	}
	if _, found, err := f.Records.Request(t.Context(), "r"); found || err != nil {
		t.Errorf("the refused request is recorded: %t, %v", found, err)
	}

	for _, rule := range []error{nil, error(refusal)} {
		if err := accept(rule); err != nil {
			t.Errorf("a request that is allowed, and again when it is recorded: %v", err)
		}
	}

	owed := 0
	for a, err := range f.Records.ListOwed(t.Context(), "") {
		if err != nil || a != (dsr.Attempt{RequestID: "r", Number: 1}) {
			t.Errorf("on the index: %v, %v", a, err)
		}
		owed++
	}
	if owed != 1 {
		t.Errorf("%d attempts may be owed something", owed)
	}
}

func TestARequestWithoutCallbacksIsNotOnTheirIndex(t *testing.T) {
	f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
	f.Step = time.Second
	f.mustAccept(t, request)
	for a := range f.Records.ListOwed(t.Context(), "") {
		t.Errorf("on the index: %v", a)
	}
}

func TestCallbacksAreHeldToTheSchema(t *testing.T) {
	f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
	for callbacks, want := range map[string]string{
		`[{"url":"https://a.example.org/"}]`:                                                           "/callbacks/0: missing format",
		`[{"format":"opendsr"}]`:                                                                       "/callbacks/0: missing url",
		`[{"url":"https://a.example.org/","format":"xml"}]`:                                            "/callbacks/0/format: want one of [opendsr cloudevents]",
		`[{"url":"https://a.example.org/","format":"opendsr","secret":"x"}]`:                           "/callbacks/0: has a member that no request has",
		`[{"url":"a","format":"opendsr"},{"url":"a","format":"opendsr"}]`:                              "/callbacks: names something twice",
		`[` + strings.Repeat(`{"url":"a","format":"opendsr"},`, 5) + `{"url":"b","format":"opendsr"}]`: "/callbacks: want at most 5",
		`"https://a.example.org/"`:                                                                     "/callbacks: want array",
	} {
		err := f.accept(directory{}, strings.Replace(request, `"scope"`, `"callbacks":`+callbacks+`,"scope"`, 1))
		if dsr.ReasonOf(err) != dsr.ReasonInvalidRequest || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "a.example") {
			t.Errorf("%s: %v, want %q", callbacks, err, want)
		}
	}
}
