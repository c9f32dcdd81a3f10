package operator

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/config"
)

// namespace answers as the management endpoint of a Service Bus namespace.
type namespace struct {
	status int               // of every answer, if it isn't 200
	lacks  string            // the queue that is not there
	change map[string]string // properties of every queue that are not as configured
	err    error             // there is no answer
	asked  []string
}

func (n *namespace) Do(r *http.Request) (*http.Response, error) {
	queue := strings.Trim(r.URL.Path, "/")
	n.asked = append(n.asked, queue)
	status, body := http.StatusOK, n.entry(queue)
	switch {
	case n.err != nil:
		return nil, n.err
	case n.status != 0:
		status, body = n.status, `<Error><Code>401</Code><Detail>Manage,EntityRead claims required for this operation. secret</Detail></Error>`
	case queue == n.lacks:
		body = `<feed xmlns="http://www.w3.org/2005/Atom"><title>Publicly Listed Services</title></feed>` // no 404 comes
	}
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/atom+xml"}},
		Body:       io.NopCloser(strings.NewReader(body)),
		Request:    r,
	}, nil
}

// entry is the description of a queue, its elements in the order that the service has.
func (n *namespace) entry(queue string) string {
	var text strings.Builder
	for _, q := range configuredQueues() {
		if q.Name != queue {
			continue
		}
		for _, name := range []string{
			"LockDuration", "RequiresDuplicateDetection", "RequiresSession", "DefaultMessageTimeToLive",
			"DeadLetteringOnMessageExpiration", "DuplicateDetectionHistoryTimeWindow", "MaxDeliveryCount",
		} {
			value, ok := q.Properties[name]
			if other, wrong := n.change[name]; wrong {
				value, ok = other, true
			}
			if ok {
				fmt.Fprintf(&text, "<%[1]s>%[2]v</%[1]s>", name, value)
			}
		}
	}
	return `<entry xmlns="http://www.w3.org/2005/Atom"><title>` + queue + `</title><content type="application/xml">` +
		`<QueueDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">` + text.String() +
		`<SizeInBytes>0</SizeInBytes><MessageCount>0</MessageCount><CreatedAt>2026-11-29T00:00:00Z</CreatedAt><UpdatedAt>2026-11-29T00:00:00Z</UpdatedAt><AccessedAt>2026-11-29T00:00:00Z</AccessedAt>` +
		`<CountDetails xmlns:d="http://schemas.microsoft.com/netservices/2011/06/servicebus"><d:ActiveMessageCount>0</d:ActiveMessageCount><d:DeadLetterMessageCount>0</d:DeadLetterMessageCount><d:ScheduledMessageCount>0</d:ScheduledMessageCount></CountDetails>` +
		`</QueueDescription></content></entry>`
}

// countedBy returns what a doctor finds of a namespace's queues.
func countedBy(t *testing.T, n *namespace) []Finding {
	t.Helper()
	d := newDoctor(DoctorOptions{})
	d.settings.ServiceBus = config.Connection{ConnectionString: "Endpoint=sb://sb-dsr.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=c2VjcmV0"}
	properties, err := d.settings.DialQueueProperties(n)
	if err != nil {
		t.Fatal(err)
	}
	d.countEach(t.Context(), properties)
	return d.findings
}

func failures(all []Finding) (out []Finding) {
	for _, f := range all {
		if !f.OK {
			out = append(out, f)
		}
	}
	return out
}

func TestTheDoctorIsSilentWhereThePlatformMayCount(t *testing.T) {
	n := &namespace{}
	all := countedBy(t, n)
	if bad := failures(all); len(bad) > 0 || len(all) != 2*len(configuredQueues()) {
		t.Errorf("%d findings, of which %+v", len(all), bad)
	}
}

// A right duration may be spelled in another way than the configuration has it.
func TestAnotherSpellingOfADurationIsNoDifference(t *testing.T) {
	for a, b := range map[string]string{"PT60S": "PT1M", "P14D": "PT336H", "P1D": "PT24H0M"} {
		if !sameProperty(a, b) || sameProperty(a, "PT59S") {
			t.Errorf("%s and %s", a, b)
		}
	}
	if sameProperty("P10675199DT2H48M5.4775807S", "PT1H") || !sameProperty("", "false") || sameProperty("", "true") || sameProperty("true", "false") {
		t.Error("values that differ are the same, or the other way round")
	}
}

func TestTheDoctorFindsQueuesThatThePlatformCannotCount(t *testing.T) {
	for name, c := range map[string]struct {
		of              *namespace
		failures        int
		detail, command string
	}{
		"without the right to read them": {&namespace{status: 401}, 1, "looks at the first few messages", "DSR Queue Reader"},
		"forbidden":                      {&namespace{status: 403}, 1, "looks at the first few messages", "DSR Queue Reader"},
		"a queue is not there":           {&namespace{lacks: "dsr-callbacks"}, 1, "no such queue", "azd provision"},
		"an answer of another kind":      {&namespace{status: 400}, 1, "unexpected", "namespace list"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := failures(countedBy(t, c.of))
			if len(bad) != c.failures || !strings.Contains(bad[0].Detail, c.detail) || !strings.Contains(bad[0].Command, c.command) || strings.Contains(fmt.Sprint(bad), "secret") {
				t.Errorf("found %+v", bad)
			}
		})
	}
}

func TestTheDoctorFindsQueuesThatWereMadeOtherwise(t *testing.T) {
	for name, c := range map[string]struct {
		property, value string
		command         string
	}{
		"without duplicate detection":      {"RequiresDuplicateDetection", "false", "queue delete"},
		"with sessions":                    {"RequiresSession", "true", "queue delete"},
		"with a short lock":                {"LockDuration", "PT30S", "--lock-duration PT1M"},
		"that give up soon":                {"MaxDeliveryCount", "1", "--max-delivery-count"},
		"that drop what has expired":       {"DeadLetteringOnMessageExpiration", "false", "--enable-dead-lettering-on-message-expiration true"},
		"whose messages live for an hour":  {"DefaultMessageTimeToLive", "PT61M", "--default-message-time-to-live"},
		"that see duplicates for a minute": {"DuplicateDetectionHistoryTimeWindow", "PT1M", "--duplicate-detection-history-time-window"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := failures(countedBy(t, &namespace{change: map[string]string{c.property: c.value}}))
			if len(bad) == 0 {
				t.Fatal("nothing was found")
			}
			for _, f := range bad {
				if !strings.HasPrefix(f.What, "properties of ") || !strings.Contains(f.Detail, c.property) {
					t.Errorf("found %+v", f)
				}
			}
			if !strings.Contains(fmt.Sprint(bad), c.command) {
				t.Errorf("the remedy is not %q: %+v", c.command, bad)
			}
		})
	}
}

// Every property of the configuration is one that the doctor compares and has a flag for.
func TestEveryConfiguredPropertyCanBeSetByACommand(t *testing.T) {
	if !strings.Contains(azuremldsr.QueuesJSON, "LockDuration") {
		t.Fatal("the configuration has no LockDuration")
	}
	for _, q := range configuredQueues() {
		for name := range q.Properties {
			if queueFlags[name] == "" {
				t.Errorf("%s of %s has no flag", name, q.Name)
			}
		}
	}
}

// Commands are read by a shell.
func TestTheCommandsAreOnesOfAShell(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	d := newDoctor(DoctorOptions{})
	for _, command := range []string{
		d.grantRights("dsr-exports"),
		d.grantOnNamespace("DSR Queue Reader (GROUP)", ""),
		d.grantOnContainer("Storage Blob Data Contributor", "dsr-exports"),
		d.sendersOfApprovals(),
		d.unprotect("dsr-index"),
		d.permitDirectory(),
		d.explainArchived("dsr-audit", 1).command,
		d.refusedVersion().command,
		settingCommand("AZURE_CLOUD"),
	} {
		if out, err := exec.CommandContext(t.Context(), bash, "-n", "-c", command).CombinedOutput(); err != nil {
			t.Errorf("%s\n%s", command, out)
		}
	}
}
