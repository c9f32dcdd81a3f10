package servicebus_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/test/emulator/servicebus"
)

func file(queues string) string {
	return `{"UserConfig": {"Namespaces": [{"Name": "n", "Queues": [` + queues + `], "Topics": []}], "Logging": {"Type": "File"}}}`
}

func TestAConfigurationOfTheEmulatorIsRead(t *testing.T) {
	got, err := servicebus.ParseConfig(strings.NewReader(file(`
		{"Name": "all", "Properties": {"LockDuration": "PT1M30S", "MaxDeliveryCount": 5, "DefaultMessageTimeToLive": "P14D",
			"DeadLetteringOnMessageExpiration": true, "RequiresDuplicateDetection": true, "DuplicateDetectionHistoryTimeWindow": "PT10M",
			"RequiresSession": false, "ForwardTo": "", "ForwardDeadLetteredMessagesTo": ""}},
		{"Name": "defaults"},
		{"Name": "front", "Properties": {"ForwardTo": "ALL", "ForwardDeadLetteredMessagesTo": "defaults"}},
		{"Name": "endless", "Properties": {"DefaultMessageTimeToLive": "P10675199DT2H48M5.4775807S", "DuplicateDetectionHistoryTimeWindow": "PT1H"}}`)))

	check(t, err)
	want := servicebus.Config{Queues: []servicebus.QueueConfig{
		{Name: "all", LockDuration: 90 * time.Second, MaxDeliveryCount: 5, DefaultMessageTimeToLive: 14 * 24 * time.Hour,
			DeadLetteringOnMessageExpiration: true, DuplicateDetectionWindow: 10 * time.Minute},
		{Name: "defaults", LockDuration: time.Minute, MaxDeliveryCount: 10},
		{Name: "front", LockDuration: time.Minute, MaxDeliveryCount: 10, ForwardTo: "ALL", ForwardDeadLetteredMessagesTo: "defaults"},
		{Name: "endless", LockDuration: time.Minute, MaxDeliveryCount: 10},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

func TestAWrongConfigurationIsRefusedByQueueAndField(t *testing.T) {
	queue := func(properties string) string { return file(`{"Name": "q", "Properties": {` + properties + `}}`) }
	for name, tt := range map[string]struct{ file, says string }{
		"sessions":              {queue(`"RequiresSession": true`), `queue "q": RequiresSession: sessions are not implemented`},
		"forwarding to nowhere": {queue(`"ForwardTo": "x"`), `queue "q": ForwardTo: there is no queue "x"; name one`},
		"dead letters likewise": {queue(`"ForwardDeadLetteredMessagesTo": "x"`), `queue "q": ForwardDeadLetteredMessagesTo: there is no queue "x"`},
		"forwarding to itself":  {queue(`"ForwardTo": "Q"`), `queue "q": ForwardTo: messages would be forwarded more than 4 times`},
		"a ring over the dead": {file(`{"Name": "a", "Properties": {"ForwardTo": "b"}}, {"Name": "b", "Properties": {"ForwardDeadLetteredMessagesTo": "a"}}`),
			`queue "a": ForwardTo: messages would be forwarded more than 4 times; shorten the chain`},
		"a misspelt member":      {queue(`"LokDuration": "PT1M"`), `queue "q": Properties: json: unknown field "LokDuration"`},
		"a wrong type":           {queue(`"MaxDeliveryCount": "5"`), `queue "q": Properties: `},
		"no duration":            {queue(`"LockDuration": "1m"`), `queue "q": LockDuration: "1m" is no duration`},
		"a lock too long":        {queue(`"LockDuration": "PT6M"`), `queue "q": LockDuration: `},
		"no delivery at all":     {queue(`"MaxDeliveryCount": 0`), `queue "q": MaxDeliveryCount: `},
		"a window too short":     {queue(`"RequiresDuplicateDetection": true, "DuplicateDetectionHistoryTimeWindow": "PT1S"`), `queue "q": DuplicateDetectionHistoryTimeWindow: `},
		"a queue twice":          {file(`{"Name": "q"}, {"Name": "Q"}`), `queue "Q": Name: there is another`},
		"a queue without a name": {file(`{"Name": ""}`), `queue "": Name: `},
		"topics":                 {strings.Replace(file(""), `"Topics": []`, `"Topics": [{}]`, 1), `namespace "n": Topics: topics are not implemented`},
		"no namespace":           {`{"UserConfig": {"Namespaces": []}}`, `UserConfig.Namespaces: there must be one`},
		"something behind":       {file("") + "{}", "there is more after the JSON value"},
		"no JSON":                {"queues", "reading the broker's configuration: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := servicebus.ParseConfig(strings.NewReader(tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("error %v, want %q", err, tt.says)
			}
		})
	}
}

func TestFourHopsAreForwardedAndNotFive(t *testing.T) {
	chain := func(hops int) string {
		queues := `{"Name": "q0"}`
		for i := range hops {
			queues += fmt.Sprintf(`, {"Name": "q%d", "Properties": {"ForwardTo": "q%d"}}`, i+1, i)
		}
		return file(queues)
	}

	_, err := servicebus.ParseConfig(strings.NewReader(chain(4)))
	check(t, err)
	_, err = servicebus.ParseConfig(strings.NewReader(chain(5)))
	if err == nil || !strings.HasPrefix(err.Error(), `queue "q5": ForwardTo: messages would be forwarded more than 4 times`) {
		t.Fatalf("error %v", err)
	}
}
