package functionshost

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/google/go-cmp/cmp"
)

// The golden bodies of testdata, as a handler gets them: by way of the broker,
// its client, the host and the handler's process. What varies from run to run is
// replaced by what the golden body has, and must have the form given here.

// vary is a part of a body that differs from run to run.
type vary struct{ form, golden string }

var (
	everyRun = []vary{
		{`"UtcNow":"` + date + `(\.\d{1,7})?Z"`, `"UtcNow":"2026-11-24T10:00:01.1234567Z"`},
		{`"RandGuid":"` + guid + `"`, `"RandGuid":"24ad4c06-24ad-4e5b-8294-3da9714877e9"`},
	}
	everyMessage = append([]vary{
		{`"FullyQualifiedNamespace":"127\.0\.0\.1"`, `"FullyQualifiedNamespace":"dsr.servicebus.windows.net"`},
		{`"Identifier":"127\.0\.0\.1-` + guid + `"`, `"Identifier":"dsr.servicebus.windows.net-3b7c1c0e-8d0c-4f0e-9f59-0b6f2a1d7c11"`},
		{`"ExpiresAtUtc":"` + date + `"`, `"ExpiresAtUtc":"2026-12-08T10:00:00"`},
		{`"ExpiresAt":"` + date + `\+00:00"`, `"ExpiresAt":"2026-12-08T10:00:00+00:00"`},
		{`"EnqueuedTimeUtc":"` + date + `"`, `"EnqueuedTimeUtc":"2026-11-24T10:00:00"`},
		{`"EnqueuedTime":"` + date + `\+00:00"`, `"EnqueuedTime":"2026-11-24T10:00:00+00:00"`},
	}, everyRun...)
)

const (
	date = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`
	guid = `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`
)

// theLockToken and the sequence number are the message's own.
func theMessage(lockToken, sequenceNumber string) []vary {
	return append([]vary{
		{`"LockToken":"\\"` + guid + `\\""`, `"LockToken":"\"` + lockToken + `\""`},
		{`"SequenceNumber":"\d+"`, `"SequenceNumber":"` + sequenceNumber + `"`},
	}, everyMessage...)
}

// compareGolden compares a line of the handler, "function body", with a golden
// body.
func compareGolden(t *testing.T, file, line string, varying []vary) {
	t.Helper()
	_, got, _ := strings.Cut(line, " ")
	for _, v := range varying {
		form := regexp.MustCompile(v.form)
		if n := len(form.FindAllString(got, -1)); n != 1 {
			t.Errorf("%s is %d times in %s", v.form, n, got)
		}
		got = form.ReplaceAllLiteralString(got, v.golden)
	}
	if diff := cmp.Diff(golden(t, file), got); diff != "" {
		t.Error(diff)
	}
}

func TestGoldenMessagesReachTheHandler(t *testing.T) {
	asString := strings.Replace(onQueue("q", ""), `,"dataType":"binary"`, "", 1)
	tests := []struct {
		name, file string
		message    *azservicebus.Message
		varying    []vary
	}{
		{"a JSON object bound as string", "message_text_json.json", &azservicebus.Message{
			MessageID:             to.Ptr("req-1"),
			ContentType:           to.Ptr("application/json"),
			ApplicationProperties: map[string]any{"source": "portal"},
			Body:                  []byte(`{"schemaVersion":"1.0","id":"req-1","kind":"export","subject":{"objectId":"u-42"},"scope":[],"submittedAt":"2026-11-24T10:00:00Z","dryRun":false}`),
		}, theMessage("7ebe3bcf-bae7-455e-99ea-568500a75173", "12")},
		{"plain text bound as string", "message_text_plain.json", &azservicebus.Message{
			MessageID:   to.Ptr("m-2"),
			ContentType: to.Ptr("text/plain"),
			Subject:     to.Ptr("greeting"),
			Body:        []byte(`plain é "x"`),
		}, theMessage("7ebe3bcf-bae7-455e-99ea-568500a75173", "13")},
	}

	broker := startBroker(t, "")
	sender := newSender(t, broker.ConnectionString())
	_, out := startOn(t, broker, options(t, "serve", newOutput(), map[string]string{"dsr_intake": asString}))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sender.sendMessage(t, tt.message)
			compareGolden(t, tt.file, out.await(t, "dsr"), tt.varying)
		})
	}
}

func TestAGoldenDeadLetterReachesTheHandler(t *testing.T) {
	broker := startBroker(t, `"MaxDeliveryCount":10`)
	newSender(t, broker.ConnectionString()).sendMessage(t, &azservicebus.Message{
		MessageID:             to.Ptr("t-9"),
		ContentType:           to.Ptr("application/json"),
		ApplicationProperties: map[string]any{"requestId": "req-1"},
		Body:                  []byte(`{"requestId":"req-1","taskId":"t-9"}`),
	})
	_, out := startOn(t, broker, options(t, "serve", newOutput(), map[string]string{
		"fail": onQueue("q", ""), "dsr_export_redrive": onQueue("q/$DeadLetterQueue", ""),
	}))
	compareGolden(t, "message_binary_deadletter.json", out.await(t, "dsr"), theMessage("0f8fad5b-d9cb-469f-a165-70867728950e", "77"))
}

// The timer's run was missed while no host ran.
func TestAGoldenTimerReachesTheHandler(t *testing.T) {
	missed := time.Now().UTC().Truncate(24 * time.Hour).Add(-22 * time.Hour) // yesterday at two
	ran := missed.Add(-24*time.Hour + 12345600*time.Nanosecond)
	opts := options(t, "serve", newOutput(), map[string]string{"bulk_export": `{"bindings":[{"type":"timerTrigger","name":"timer","schedule":"0 0 2 * * *"}]}`})
	opts.StateDir = t.TempDir()
	if err := statusFileOf(opts.StateDir, "bulk_export").save(scheduleStatus{last: ran, next: missed, updated: ran}); err != nil {
		t.Fatal(err)
	}

	first := runUntilFired(t, opts)
	compareGolden(t, "timer_past_due.json", first, append([]vary{
		{`"Last":"` + regexp.QuoteMeta(ran.Format(layoutPrecise)) + `"`, `"Last":"2026-11-23T02:00:00.0123456+00:00"`},
		{`"Next":"` + regexp.QuoteMeta(missed.Format(layoutPrecise)) + `"`, `"Next":"2026-11-24T02:00:00+00:00"`},
		{`"LastUpdated":"` + regexp.QuoteMeta(ran.Format(layoutPrecise)) + `"`, `"LastUpdated":"2026-11-23T02:00:00.0123456+00:00"`},
	}, everyRun...))
}

// runUntilFired runs a host until its timer has fired, and returns that line.
func runUntilFired(t *testing.T, opts Options) string {
	t.Helper()
	h, err := Start(within(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	line := opts.Stdout.(output).await(t, "bulk")
	if err := h.Stop(); err != nil {
		t.Error(err)
	}
	return line
}

func TestARestartedHostKnowsItsTimers(t *testing.T) {
	opts := options(t, "serve", newOutput(), map[string]string{"bulk_export": startupTimer})
	opts.StateDir = t.TempDir()
	if first := runUntilFired(t, opts); !strings.Contains(first, `"Last":"0001-01-01T00:00:00"`) {
		t.Errorf("the first run was told %s", first)
	}
	if second := runUntilFired(t, opts); strings.Contains(second, `"Last":"0001-01-01T00:00:00"`) {
		t.Errorf("the second run was told %s", second)
	}
}

func TestAGoldenHTTPRequestReachesTheHandler(t *testing.T) {
	h, out := startHTTP(t, map[string]string{"dsr_api": overHTTP("")}, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	const body = `{"kind":"export","scope":[1]}`
	if _, err := fmt.Fprintf(conn, "POST /api/dsr_api?dry=1 HTTP/1.1\r\nHost: localhost:7071\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		t.Fatal(err)
	}

	compareGolden(t, "http_json.json", out.await(t, "dsr"), everyRun)

	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		t.Error(err)
	}
}
