package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/local/servicebus"
)

// hostile makes a body that nobody should send, each kind in its turn.
func hostile(i int, r *rand.Rand, good []byte) (kind string, body []byte) {
	text := string(good)
	id := fmt.Sprintf("hostile-%d", i)
	text = strings.Replace(text, `"good"`, `"`+id+`"`, 1)
	kinds := []struct {
		name string
		body func() string
	}{
		{"truncated", func() string { return text[:1+r.IntN(len(text)-2)] }},
		{"a wrong type", func() string { return strings.Replace(text, `"kind":"export"`, `"kind":7`, 1) }},
		{"a duplicate key", func() string { return strings.Replace(text, `{`, `{"kind":"delete",`, 1) }},
		{"deep", func() string { return strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000) }},
		{"a long string", func() string {
			return strings.Replace(text, `"kind"`, `"source":"`+strings.Repeat("x", 200_000)+`","kind"`, 1)
		}},
		{"invalid UTF-8", func() string { return strings.Replace(text, `"kind"`, "\"source\":\"\xff\xfe\",\"kind\"", 1) }},
		{"a byte order mark", func() string { return "\xef\xbb\xbf" + text }},
		{"an unknown version", func() string { return strings.Replace(text, `"1.0"`, `"9.9"`, 1) }},
		{"a taken id", func() string {
			return strings.Replace(strings.Replace(text, id, "good", 1), `"objectId":"`, `"objectId":"other-`, 1)
		}},
		{"nothing", func() string { return "" }},
		{"random bytes", func() string {
			b := make([]byte, 1+r.IntN(3000))
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			return string(b)
		}},
		{"an array", func() string { return "[" + text + "]" }},
	}
	k := kinds[i%len(kinds)]
	return k.name, []byte(k.body())
}

// TestAHundredHostileMessagesHarmNobody sends them to every queue, some past it
// into the dead-letter queue, with a good request behind them.
func TestAHundredHostileMessagesHarmNobody(t *testing.T) {
	r := newRig(t, options{account: account(8), env: hasty()})
	client, err := azservicebus.NewClientFromConnectionString(servicebus.ConnectionString(r.hosts[0].BrokerAddr()), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close(context.WithoutCancel(t.Context()))
	random := rand.New(rand.NewPCG(*seed, 100))
	good := request("good", r.account)
	r.send(dsr.QueueRequests, good)
	r.await("good", patience)
	queues := []string{dsr.QueueRequests, dsr.QueueExports, dsr.QueueClosings}
	sent := map[string]int{}
	for i := range 100 {
		queue := queues[i%len(queues)]
		_, body := hostile(i/len(queues), random, good.Body)
		if i%10 == 0 {
			bury(t, client, queue, body)
		} else {
			sendRaw(t, client, queue, body)
		}
		sent[queue]++
	}
	r.send(dsr.QueueRequests, request("behind", r.account))
	m := r.await("behind", patience)
	r.checkComplete("behind", m)
	r.awaitSorted()
	dead := r.broker().Counts(dsr.QueueRequests).DeadLetter
	parked := r.count("_poison/dsr-exports/")
	opened := r.opened()
	t.Logf("%v sent; of dsr-requests %d are dead-lettered and %d were requests; of dsr-exports %d are parked", sent, dead, opened, parked)
	if dead+opened != sent[dsr.QueueRequests] {
		t.Errorf("of %d in dsr-requests %d are dead-lettered and %d were opened", sent[dsr.QueueRequests], dead, opened)
	}
	if parked != sent[dsr.QueueExports] {
		t.Errorf("of %d in dsr-exports %d are parked", sent[dsr.QueueExports], parked)
	}
	for d, err := range r.bus.Dead(t.Context(), dsr.QueueRequests) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Reason == "" {
			t.Errorf("a dead letter without a reason: %+v", d)
		}
	}
	if starts := r.hosts[0].starts.Load(); starts != 1 {
		t.Errorf("the handler was started %d times: something ended it", starts)
	}
}

func sendRaw(t *testing.T, client *azservicebus.Client, queue string, body []byte) {
	t.Helper()
	s, err := client.NewSender(queue, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(context.WithoutCancel(t.Context()))
	if err := s.SendMessage(t.Context(), &azservicebus.Message{Body: body}, nil); err != nil {
		t.Fatal(err)
	}
}

// bury sends a message that has expired when it is delivered, so that the queue
// moves it to its dead-letter queue by itself.
func bury(t *testing.T, client *azservicebus.Client, queue string, body []byte) {
	t.Helper()
	s, err := client.NewSender(queue, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(context.WithoutCancel(t.Context()))
	ttl := time.Millisecond
	if err := s.SendMessage(t.Context(), &azservicebus.Message{Body: body, TimeToLive: &ttl}, nil); err != nil {
		t.Fatal(err)
	}
}

// opened counts the hostile ids that are requests by now.
func (r *rig) opened() (n int) {
	seen := map[string]bool{}
	for info, err := range r.audit.Backend().List(r.t.Context(), "hostile-", "") {
		if err != nil {
			r.t.Fatal(err)
		}
		id, _, _ := strings.Cut(info.Name, "/")
		seen[id] = true
	}
	return len(seen)
}

func (r *rig) count(prefix string) (n int) {
	for _, err := range r.exports.Backend().List(r.t.Context(), prefix, "") {
		if err != nil {
			r.t.Fatal(err)
		}
		n++
	}
	return n
}

// awaitSorted waits until nothing waits but the dead letters of requests.
func (r *rig) awaitSorted() {
	r.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		requests, exports := r.broker().Counts(dsr.QueueRequests), r.broker().Counts(dsr.QueueExports)
		if requests.Active+requests.Locked+exports.Active+exports.Locked+exports.Scheduled+exports.DeadLetter == 0 {
			return
		}
		select {
		case <-deadline:
			r.t.Fatalf("left: requests %+v, exports %+v", requests, exports)
		case <-tick.C:
		}
	}
}
