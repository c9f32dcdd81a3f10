package faults

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus"
)

// TestHostileMessagesHarmNobody sends each kind to every queue and, by letting it
// expire, to the dead-letter queue, and then a good request.
func TestHostileMessagesHarmNobody(t *testing.T) {
	r := newHarness(t, options{account: account(8), env: append(hasty(), "WATCH_SCHEDULE=*/2 * * * * *")})
	client, err := azservicebus.NewClientFromConnectionString(servicebus.ConnectionString(r.stack.BrokerAddr()), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close(context.WithoutCancel(t.Context()))

	random := rand.New(rand.NewPCG(*seed, 100))
	good := request("good", r.account)
	r.send(dsr.QueueRequests, good)
	r.await("good", patience)
	sent, n := map[string]int{}, 0
	for _, queue := range queues {
		s, err := client.NewSender(queue, nil)
		if err != nil {
			t.Fatal(err)
		}

		send := func(k hostileKind, ttl *time.Duration) {
			m := &azservicebus.AMQPAnnotatedMessage{Body: k.make(n, random, good.Body)}
			if ttl != nil {
				m.Header = &azservicebus.AMQPAnnotatedMessageHeader{TTL: *ttl}
			}

			if err := s.SendAMQPAnnotatedMessage(t.Context(), m, nil); err != nil {
				t.Fatalf("%s to %s: %v", k.name, queue, err)
			}

			sent[queue]++
			n++
		}

		expired := time.Millisecond // over before the delivery, so that the queue dead-letters it
		for _, k := range hostileKinds() {
			send(k, nil)
			if queue != dsr.QueueClosings { // which drops what expires
				send(k, &expired)
			}
		}

		must(t, s.Close(t.Context()))
	}

	r.send(dsr.QueueRequests, request("behind", r.account))
	m := r.await("behind", patience)
	r.checkComplete("behind", m)
	r.awaitSorted()
	opened := r.opened()
	t.Logf("%v sent; %d became requests", sent, opened)

	for _, queue := range []string{dsr.QueueRequests, dsr.QueueApprovals} { // people decide about these, by the reason
		want := sent[queue]
		if queue == dsr.QueueRequests {
			want -= opened
		}
		if dead := r.broker().Counts(queue).DeadLetter; dead != want {
			t.Errorf("of %d in %s %d are dead-lettered, want %d", sent[queue], queue, dead, want)
		}

		for d, err := range r.bus.Dead(t.Context(), queue) {
			if err != nil {
				t.Fatal(err)
			}
			if d.Reason == "" {
				t.Errorf("a dead letter without a reason: %+v", d)
			}
		}
	}

	for _, queue := range []string{dsr.QueueExports, dsr.QueueDeletes, dsr.QueueClosings} {
		if parked := r.count(dsr.PoisonPrefix + queue + "/"); parked != sent[queue] {
			t.Errorf("of %d in %s %d are parked", sent[queue], queue, parked)
		}
	}

	if starts := r.handlers[0].starts.Load(); starts != 1 {
		t.Errorf("the handler was started %d times: something ended it", starts)
	}
}

// queues are those that messages come from.
var queues = []string{dsr.QueueRequests, dsr.QueueExports, dsr.QueueDeletes, dsr.QueueClosings, dsr.QueueApprovals}

// opened returns how many hostile ids have become requests.
func (r *harness) opened() (n int) {
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

func (r *harness) count(prefix string) (n int) {
	for _, err := range r.index.Backend().List(r.t.Context(), prefix, "") {
		if err != nil {
			r.t.Fatal(err)
		}
		n++
	}
	return n
}

// awaitSorted waits until the queues hold only dead letters for people to decide
// about, and scheduled wake-ups.
func (r *harness) awaitSorted() {
	r.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()

	for {
		waiting := 0
		for _, queue := range queues {
			c := r.broker().Counts(queue)
			waiting += c.Active + c.Locked
			if queue == dsr.QueueExports || queue == dsr.QueueDeletes {
				waiting += c.Scheduled
			}
			if queue != dsr.QueueRequests && queue != dsr.QueueApprovals {
				waiting += c.DeadLetter
			}
		}
		if waiting == 0 {
			return
		}

		select {
		case <-deadline:
			for _, queue := range queues {
				r.t.Logf("%s: %+v", queue, r.broker().Counts(queue))
			}
			r.t.Fatal("something is left in the queues")
		case <-tick.C:
		}
	}
}
