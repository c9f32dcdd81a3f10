package callback

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/opendsr"
	"azureml-dsr/internal/opendsr/opendsrtest"
	"azureml-dsr/internal/webhook"
)

// told is a scene whose receiver is owed the first change.
func told(t *testing.T, r *receiver, format string) *scene {
	t.Helper()
	s := newScene(t, dsr.Callback{URL: r.URL + "/hook?key=1", Format: format})
	s.deliver.Hosts = r.hosts(t)
	s.note(nil)
	return s
}

// run delivers messages, each at its time, until none is left or one is not taken. It
// returns the pauses before each, and the error of the last.
func (s *scene) run() (pauses []time.Duration, err error) {
	s.t.Helper()
	for len(s.queue.messages) > 0 {
		m := s.queue.take()[0]
		pause := max(m.NotBefore.Sub(s.now), 0)
		s.now = s.now.Add(pause)
		pauses = append(pauses, pause)
		if err := s.deliver.Accept(s.t.Context(), m.Body); err != nil {
			s.queue.dead = append(s.queue.dead, m)
			return pauses, err
		}
	}
	return pauses, nil
}

func TestAnAnswerDecidesWhatComesNext(t *testing.T) {
	const m, h = time.Minute, time.Hour
	for name, tt := range map[string]struct {
		answers  []func(http.ResponseWriter)
		pauses   []time.Duration
		outcomes []string
		reason   string // of the dead letter
		why      string
	}{
		"taken":                       {[]func(http.ResponseWriter){status(202)}, []time.Duration{0}, []string{"delivered"}, "", ""},
		"taken with nothing":          {[]func(http.ResponseWriter){status(204)}, []time.Duration{0}, []string{"delivered"}, "", ""},
		"taken at length":             {[]func(http.ResponseWriter){long}, []time.Duration{0}, []string{"delivered"}, "", ""},
		"twice 500, then taken":       {[]func(http.ResponseWriter){status(500), status(500), status(202)}, []time.Duration{0, m, 5 * m}, []string{"delivered"}, "", ""},
		"gone":                        {[]func(http.ResponseWriter){status(410)}, []time.Duration{0}, []string{"stopped"}, "", ""},
		"a redirect":                  {[]func(http.ResponseWriter){status(302, "Location", "/elsewhere")}, []time.Duration{0, m, 5 * m, 30 * m, 2 * h, 12 * h}, []string{"dead"}, dsr.ReasonCallbackFailed, "it answered 302; redirects are not followed"},
		"a redirect that keeps POST":  {[]func(http.ResponseWriter){status(307, "Location", "/elsewhere"), status(200)}, []time.Duration{0, m}, []string{"delivered"}, "", ""},
		"refused":                     {[]func(http.ResponseWriter){status(401)}, []time.Duration{0, m, 5 * m, 30 * m, 2 * h, 12 * h}, []string{"dead"}, dsr.ReasonCallbackFailed, "127.0.0.1 did not take change 1 of the request: it answered 401"},
		"cut off":                     {[]func(http.ResponseWriter){cut, status(200)}, []time.Duration{0, m}, []string{"delivered"}, "", ""},
		"429 with a pause":            {[]func(http.ResponseWriter){status(429, "Retry-After", "7"), status(200)}, []time.Duration{0, 7 * time.Second}, []string{"delivered"}, "", ""},
		"503 with a date":             {[]func(http.ResponseWriter){status(503, "Retry-After", "Tue, 24 Nov 2026 11:00:00 GMT"), status(200)}, []time.Duration{0, h}, []string{"delivered"}, "", ""},
		"503 without a pause":         {[]func(http.ResponseWriter){status(503), status(200)}, []time.Duration{0, m}, []string{"delivered"}, "", ""},
		"503 with a pause of nothing": {[]func(http.ResponseWriter){status(503, "Retry-After", "0"), status(200)}, []time.Duration{0, time.Second}, []string{"delivered"}, "", ""},
		"a pause spends no delay":     {[]func(http.ResponseWriter){status(500), status(429, "Retry-After", "7"), status(500), status(200)}, []time.Duration{0, m, 7 * time.Second, 5 * m}, []string{"delivered"}, "", ""},
		"500 asks for no pause":       {[]func(http.ResponseWriter){status(500, "Retry-After", "7"), status(200)}, []time.Duration{0, m}, []string{"delivered"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, tt.answers...)
			s := told(t, r, dsr.FormatCloudEvents)

			pauses, err := s.run()

			if diff := cmp.Diff(tt.pauses, pauses); diff != "" {
				t.Errorf("pauses (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.outcomes, s.outcomes()); diff != "" {
				t.Errorf("recorded (-want +got):\n%s", diff)
			}
			if (err == nil) != (tt.reason == "") || (err != nil && (dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != tt.reason || !strings.Contains(err.Error(), tt.why))) {
				t.Errorf("ended with %v, want %s: %s", err, tt.reason, tt.why)
			}
			checkRepeats(t, r.taken())
		})
	}
}

// checkRepeats wants all calls to be the same but for the time.
func checkRepeats(t *testing.T, calls []received) {
	t.Helper()
	for _, c := range calls {
		if c.path != "/hook?key=1" {
			t.Errorf("%s was called", c.path)
		}
		if c.body != calls[0].body || c.header.Get("webhook-id") != "r~1" {
			t.Errorf("the id is %s, the body %s", c.header.Get("webhook-id"), c.body)
		}
	}
}

func TestAReceiverThatAlwaysAsksForAPauseIsGivenUp(t *testing.T) {
	r := newReceiver(t, status(429, "Retry-After", "3600"))
	s := told(t, r, dsr.FormatCloudEvents)

	pauses, err := s.run()

	if dsr.ReasonOf(err) != dsr.ReasonCallbackFailed || len(pauses) != 1+maxThrottled+5 {
		t.Errorf("%d tries, then %v", len(pauses), err)
	}
	if longest := pauses[len(pauses)-1]; longest != 12*time.Hour || pauses[maxThrottled+1] != time.Hour {
		t.Errorf("pauses %v: want none shorter than asked for", pauses)
	}
}

// TestADeadNotificationCanBeSentOnceMore sends it as `dsr dlq resubmit` does.
func TestADeadNotificationCanBeSentOnceMore(t *testing.T) {
	six := []func(http.ResponseWriter){status(500), status(500), status(500), status(500), status(500), status(500)}
	r := newReceiver(t, append(append(six, status(500)), status(200))...)
	s := told(t, r, dsr.FormatCloudEvents)
	_, err := s.run()
	if err == nil || len(s.queue.dead) != 1 {
		t.Fatalf("it is not dead: %v", err)
	}

	for _, want := range []bool{false, true} {
		s.queue.messages, s.queue.dead = s.queue.dead, nil
		if _, err := s.run(); (err == nil) != want {
			t.Errorf("resubmitted: %v", err)
		}
	}

	if diff := cmp.Diff([]string{"dead", "delivered"}, s.outcomes()); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	checkRepeats(t, r.taken())
}

// TestACrashBetweenTheCallAndItsRecordRepeatsTheCall kills the process when the receiver has
// answered, and delivers the message again.
func TestACrashBetweenTheCallAndItsRecordRepeatsTheCall(t *testing.T) {
	r := newReceiver(t, status(202))
	s := told(t, r, dsr.FormatCloudEvents)
	m := s.queue.take()[0]

	s.store.dies = "delivered"
	if err := s.deliver.Accept(t.Context(), m.Body); !errors.Is(err, errDead) {
		t.Fatalf("it did not die: %v", err)
	}
	s.store.dies = ""
	for range 2 { // the second finds the record
		s.must(s.deliver.Accept(t.Context(), m.Body))
	}

	if calls := r.taken(); len(calls) != 2 {
		t.Errorf("%d calls, want one from before the crash and one from after it", len(calls))
	} else {
		checkRepeats(t, calls)
	}
}

func TestAReceiverThatIsGoneHearsNothingMore(t *testing.T) {
	r := newReceiver(t, status(410))
	s := told(t, r, dsr.FormatCloudEvents)
	if _, err := s.run(); err != nil {
		t.Fatal(err)
	}

	s.note(&dsr.Manifest{Status: dsr.StatusSucceeded})
	if len(s.queue.messages) != 1 {
		t.Fatalf("sent %v", s.sent())
	}
	if _, err := s.run(); err != nil {
		t.Fatal(err)
	}

	if n := len(r.taken()); n != 1 {
		t.Errorf("%d calls", n)
	}
}

func TestWhatStorageFailsToRecordIsToldAgainLater(t *testing.T) {
	r := newReceiver(t, status(202))
	s := told(t, r, dsr.FormatCloudEvents)
	s.store.err = dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "storage is away")

	s.must(s.deliver.Accept(t.Context(), s.queue.take()[0].Body))

	s.store.err = nil
	pauses, err := s.run()
	if diff := cmp.Diff([]time.Duration{30 * time.Second}, pauses); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	checkRepeats(t, r.taken())
}

func TestWhatNoRecordNamesIsNotCalled(t *testing.T) {
	r := newReceiver(t, status(202))
	s := told(t, r, dsr.FormatCloudEvents)
	for name, body := range map[string]string{
		"nothing":            `no JSON`,
		"another request":    `{"schemaVersion":"1.0","requestId":"other","sequence":1,"callback":1}`,
		"another event":      `{"schemaVersion":"1.0","requestId":"r","sequence":2,"callback":1}`,
		"another callback":   `{"schemaVersion":"1.0","requestId":"r","sequence":1,"callback":2}`,
		"a path":             `{"schemaVersion":"1.0","requestId":"../r","sequence":1,"callback":1}`,
		"numbers below zero": `{"schemaVersion":"1.0","requestId":"r","sequence":1,"callback":1,"failed":-1}`,
		"a task":             `{"schemaVersion":"1.0","requestId":"r","attempt":1,"node":"00001","generation":1,"page":1,"chunk":0,"type":"runs","hop":0}`,
	} {
		if err := s.deliver.Accept(t.Context(), []byte(body)); dsr.ClassOf(err) != dsr.NoTask {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(r.taken()); n > 0 {
		t.Errorf("%d calls", n)
	}
}

func TestAHostThatIsNoLongerAllowedIsNotCalled(t *testing.T) {
	r := newReceiver(t, status(202))
	s := told(t, r, dsr.FormatCloudEvents)
	for name, tt := range map[string]struct {
		hosts  Hosts
		format string
		want   string
	}{
		"switched off":  {nil, dsr.FormatCloudEvents, "switched off"},
		"another host":  {Hosts{{name: "hooks.example.org"}}, dsr.FormatCloudEvents, "CALLBACK_HOSTS"},
		"without a key": {r.hosts(t), dsr.FormatOpenDSR, "DSR_SIGNING_KEY"},
	} {
		s.deliver.Hosts = tt.hosts
		_, err := s.deliver.newCall(dsr.Event{}, s.request, dsr.Callback{URL: r.URL, Format: tt.format})
		if dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != dsr.ReasonCallbackNotAllowed || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACallIsSigned(t *testing.T) {
	id := opendsrtest.New(t, opendsrtest.Options{})
	signer, err := opendsr.NewSigner(opendsrtest.Domain, id.Key, id.Chain)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("for OpenDSR", func(t *testing.T) {
		r := newReceiver(t, status(202))
		s := told(t, r, dsr.FormatOpenDSR)
		s.deliver.Signer, s.deliver.Domain = signer, opendsrtest.Domain
		if _, err := s.run(); err != nil {
			t.Fatal(err)
		}

		call := r.taken()[0]
		if err := opendsrtest.Check(call.header, []byte(call.body), id.Chain, opendsrtest.Domain, id.Roots); err != nil {
			t.Error(err)
		}
		if got := call.header.Get("webhook-id"); got != "r~1" {
			t.Errorf("the id is %q", got)
		}
	})

	t.Run("for Standard Webhooks", func(t *testing.T) {
		secrets, err := webhook.ParseSecrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
		if err != nil {
			t.Fatal(err)
		}
		r := newReceiver(t, status(202))
		s := told(t, r, dsr.FormatCloudEvents)
		s.deliver.Secrets = map[string]webhook.Secrets{"127.0.0.1": secrets}
		if _, err := s.run(); err != nil {
			t.Fatal(err)
		}

		call := r.taken()[0]
		want := http.Header{}
		secrets.Sign(want, "r~1", s.now, []byte(call.body))
		if got := call.header.Get("webhook-signature"); got == "" || got != want.Get("webhook-signature") || call.header.Get("webhook-timestamp") != want.Get("webhook-timestamp") {
			t.Errorf("the headers are %v", call.header)
		}
	})
}

func TestBodiesAreThin(t *testing.T) {
	id := opendsrtest.New(t, opendsrtest.Options{})
	signer, err := opendsr.NewSigner(opendsrtest.Domain, id.Key, id.Chain)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 10, 41, 2, 0, time.UTC)
	d := &Deliverer{Settings: Settings{Domain: opendsrtest.Domain, Signer: signer}}
	e := dsr.Event{RequestID: "r", Sequence: 3, Change: dsr.ChangeCompleted, Attempt: 1, Kind: dsr.KindExport, State: "succeeded", DueAt: at, At: at, Documents: 5}
	r := dsr.RequestRecord{Request: dsr.Request{Subject: &dsr.Subject{ObjectID: "person", TenantID: "tenant"}}}

	for name, tt := range map[string]struct {
		body func() ([]byte, error)
		want string
	}{
		"CloudEvents": {func() ([]byte, error) { return d.cloudEventBody(e) }, `{"specversion":"1.0","id":"r~3","source":"https://dsr.test","type":"dsr.request.completed.v1","subject":"r","time":"2026-11-24T10:41:02Z","sequence":"000003","datacontenttype":"application/json","data":{"requestId":"r","sequence":3,"attempt":1,"kind":"export","state":"succeeded","dueAt":"2026-11-24T10:41:02Z","documents":5,"failures":0,"resultsUrl":"https://dsr.test/api/requests/r/results"}}`},
		"OpenDSR":     {func() ([]byte, error) { return d.openDSRBody(e, r, "https://hooks.example.org") }, `{"controller_id":"tenant","expected_completion_time":"2026-11-24T10:41:02Z","status_callback_url":"https://hooks.example.org","subject_request_id":"r","request_status":"completed","results_url":"https://dsr.test/api/requests/r/results","results_count":5,"extensions":{"dsr.test":{"sequence":3,"change":"completed","attempt":1,"state":"succeeded","failures":0}}}`},
	} {
		body, err := tt.body()
		if err != nil || string(body) != tt.want || !json.Valid(body) {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(tt.want, string(body)))
		}
	}
}

func TestOpenDSRNeverClaimsMoreThanIsDone(t *testing.T) {
	for name, tt := range map[string]struct {
		event dsr.Event
		want  string
	}{
		"received":              {dsr.Event{State: "received"}, "pending"},
		"late before its plan":  {dsr.Event{Change: dsr.ChangeLate, State: "received"}, "pending"},
		"running":               {dsr.Event{State: "running"}, "in_progress"},
		"waits for an approval": {dsr.Event{State: "awaitingApproval"}, "in_progress"},
		"succeeded":             {dsr.Event{State: "succeeded", Kind: dsr.KindExport}, "completed"},
		"deleted":               {dsr.Event{State: "succeeded", Kind: dsr.KindDelete}, "completed"},
		"a dry run":             {dsr.Event{State: "succeeded", Kind: dsr.KindDelete, DryRun: true}, "in_progress"},
		"with parts missing":    {dsr.Event{State: "partiallyFailed"}, "in_progress"},
		"failed":                {dsr.Event{State: "failed"}, "in_progress"},
		"canceled":              {dsr.Event{State: "canceled"}, "cancelled"},
		"refused":               {dsr.Event{State: "rejected"}, "cancelled"},
	} {
		if got := requestStatus(tt.event); got != tt.want {
			t.Errorf("%s is %s, want %s", name, got, tt.want)
		}
	}
}

// TestACertificateThatIsNotTrustedEndsTheCall has two receivers with TLS.
func TestACertificateThatIsNotTrustedEndsTheCall(t *testing.T) {
	calls := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls++ }))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	d := &Deliverer{Now: time.Now}
	c := call{url: server.URL, header: http.Header{}}

	d.Client = NewClient(nil)
	if a := d.send(t.Context(), c); a.status != 0 || a.why != "its certificate is not valid" {
		t.Errorf("not trusted: %+v", a)
	}
	d.Client = NewClient(roots)
	if a := d.send(t.Context(), c); a.status != 200 || calls != 1 {
		t.Errorf("trusted: %+v, %d calls", a, calls)
	}
	d.Client = NewClient(roots)
	d.Client.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS11
	if a := d.send(t.Context(), c); a.status != 0 {
		t.Errorf("with an old TLS: %+v", a)
	}
}
