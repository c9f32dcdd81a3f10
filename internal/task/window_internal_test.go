package task

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// taskQueue is a queue as deploy/servicebus.config.json declares it.
type taskQueue struct {
	Name       string
	Properties map[string]any
}

func declaredQueues(t *testing.T) map[string]taskQueue {
	t.Helper()
	var config struct {
		UserConfig struct {
			Namespaces []struct{ Queues []taskQueue }
		}
	}
	readJSON(t, "../../deploy/servicebus.config.json", &config)
	queues := map[string]taskQueue{}
	for _, q := range config.UserConfig.Namespaces[0].Queues {
		queues[q.Name] = q
	}
	return queues
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	body, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func minutes(t *testing.T, q taskQueue, property string) time.Duration {
	t.Helper()
	text, _ := q.Properties[property].(string)
	d, err := time.ParseDuration(strings.ToLower(strings.TrimPrefix(text, "PT")))
	if err != nil {
		t.Fatalf("%s: %s is %q", q.Name, property, text)
	}
	return d
}

// The queue remembers a message for longer than a task is worked on, so that it accepts
// no copy before the first message has left its records.
func TestATaskIsWorkedWhileItsQueueRemembersIt(t *testing.T) {
	queues := declaredQueues(t)
	var host struct {
		FunctionTimeout string
		Extensions      struct {
			ServiceBus struct{ MaxAutoLockRenewalDuration string }
		}
	}
	readJSON(t, "../../host.json", &host)

	clock := func(text string) time.Duration {
		t.Helper()
		at, err := time.Parse(time.TimeOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return at.Sub(at.Truncate(24 * time.Hour))
	}

	invocation, renewed := clock(host.FunctionTimeout), clock(host.Extensions.ServiceBus.MaxAutoLockRenewalDuration)

	for _, name := range []string{dsr.QueueExports, dsr.QueueDeletes} {
		q := queues[name]
		window := minutes(t, q, "DuplicateDetectionHistoryTimeWindow")

		if detects, _ := q.Properties["RequiresDuplicateDetection"].(bool); !detects {
			t.Errorf("%s detects no duplicates", name)
		}

		for property, value := range q.Properties {
			if strings.Contains(strings.ToLower(property), "partition") && value != false {
				t.Errorf("%s keeps no order: %s is %v", name, property, value)
			}
		}

		if sessions, _ := q.Properties["RequiresSession"].(bool); sessions {
			t.Errorf("%s has sessions", name)
		}
		if workTime > window-2*time.Minute || workTime > invocation-time.Minute || invocation > window {
			t.Errorf("%s: work ends after %s, an invocation after %s, and the queue forgets after %s", name, workTime, invocation, window)
		}
		if youngFor > window-5*time.Minute {
			t.Errorf("%s: a message counts as young for %s of %s", name, youngFor, window)
		}
		if lock := minutes(t, q, "LockDuration"); renewed < invocation || lock < time.Minute {
			t.Errorf("%s: a lock of %s is renewed for %s, and an invocation takes %s", name, lock, renewed, invocation)
		}
	}
}

// A function takes one message at a time from one of the declared queues, without a
// session.
func TestEachFunctionReadsADeclaredQueue(t *testing.T) {
	queues := declaredQueues(t)
	read := map[string]bool{}
	files, err := filepath.Glob("../../functions/*/function.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}

	for _, file := range files {
		var f struct {
			Bindings []struct {
				Type, QueueName, Cardinality string
				IsSessionsEnabled            bool
			}
		}
		readJSON(t, file, &f)

		for _, b := range f.Bindings {
			if b.Type != "serviceBusTrigger" {
				continue
			}
			name := strings.TrimSuffix(b.QueueName, "/$DeadLetterQueue")
			if _, declared := queues[name]; !declared || b.IsSessionsEnabled || (b.Cardinality != "" && b.Cardinality != "one") {
				t.Errorf("%s: %+v", file, b)
			}
			read[b.QueueName] = true
		}
	}

	for name := range queues {
		if !read[name] {
			t.Errorf("no function reads %s", name)
		}
	}
}

// docs/deploy.md creates the queues from the same file, with the properties it names.
func TestThePageOnDeployingMakesTheQueuesAsDeclared(t *testing.T) {
	page, err := os.ReadFile("../../docs/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"servicebus.config.json", "RequiresDuplicateDetection", "DuplicateDetectionHistoryTimeWindow", "LockDuration"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%s is not in it", want)
		}
	}
	if strings.Contains(strings.ToLower(string(page)), "--enable-partitioning true") {
		t.Error("it makes partitioned queues, which keep no order")
	}
}
