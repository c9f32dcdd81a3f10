package functionshost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/test/emulator/servicebus"
)

// settleAll is a handler as one would write it: every message is completed by
// its lock token, over a connection of its own.
func settleAll() error {
	client, err := azservicebus.NewClientFromConnectionString(os.Getenv("Bus"), nil)
	if err != nil {
		return err
	}
	receiver, err := client.NewReceiverForQueue("q", nil)
	if err != nil {
		return err
	}

	s := customhandler.New(&customhandler.Options{Logger: slog.New(slog.DiscardHandler)})
	s.HandleMessage("settle", "message", func(ctx context.Context, m customhandler.Message) error {
		fmt.Printf("settle %s %s %d %v\n", m.MessageID, m.Body, m.DeliveryCount, m.ApplicationProperties)
		return receiver.CompleteMessage(ctx, &azservicebus.ReceivedMessage{LockToken: m.LockToken}, nil)
	})

	addr, err := customhandler.ListenAddr()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}

	return s.Serve(context.Background(), l)
}

// onQueue is a function.json; more are other members of the binding.
func onQueue(queue, more string) string {
	return fmt.Sprintf(`{"bindings":[{"type":"serviceBusTrigger","name":"message","direction":"in","queueName":%q,"connection":"Bus","dataType":"binary"%s}]}`, queue, more)
}

// startApp runs a broker with a queue q of two deliveries, sends it n messages,
// and runs an app on it.
func startApp(t *testing.T, mode string, n int, functions map[string]string) (*Host, *servicebus.Server, output) {
	t.Helper()
	broker := startBroker(t, `"MaxDeliveryCount":2`)
	sender := newSender(t, broker.ConnectionString())
	for i := range n {
		sender.send(t, fmt.Sprint("m", i+1))
	}
	h, out := startOn(t, broker, options(t, mode, newOutput(), functions))
	return h, broker, out
}

// startBroker runs a broker with a queue q.
func startBroker(t *testing.T, properties string) *servicebus.Server {
	t.Helper()
	return servicebus.Start(t, brokerConfig(t, properties))
}

func brokerConfig(t *testing.T, properties string) servicebus.Config {
	t.Helper()
	cfg, err := servicebus.ParseConfig(strings.NewReader(`{"UserConfig":{"Namespaces":[{"Name":"n","Queues":[{"Name":"q","Properties":{` + properties + `}}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// startOn runs an app whose connection Bus is the broker.
func startOn(t *testing.T, broker *servicebus.Server, opts Options) (*Host, output) {
	t.Helper()
	opts.Env = append(opts.Env, "Bus="+broker.ConnectionString())
	h, err := Start(within(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Stop(); err != nil {
			t.Error(err)
		}
	})
	return h, opts.Stdout.(output)
}

// sender sends to the queue q.
type sender struct{ *azservicebus.Sender }

func newSender(t *testing.T, connection string) sender {
	t.Helper()
	client, err := azservicebus.NewClientFromConnectionString(connection, nil)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		if err := client.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})

	s, err := client.NewSender("q", nil)
	if err != nil {
		t.Fatal(err)
	}

	return sender{s}
}

func (s sender) send(t *testing.T, id string) {
	t.Helper()
	s.sendMessage(t, &azservicebus.Message{MessageID: &id, Body: []byte("body of " + id), ApplicationProperties: map[string]any{"of": id}})
}

func (s sender) sendMessage(t *testing.T, m *azservicebus.Message) {
	t.Helper()
	if err := s.SendMessage(within(t), m, nil); err != nil {
		t.Fatal(err)
	}
}

// awaitCounts polls the broker: settlements come after the handler's answer.
func awaitCounts(t *testing.T, broker *servicebus.Server, want servicebus.Counts) {
	t.Helper()
	awaitQueue(t, broker, func(c servicebus.Counts) bool { return c == want })
}

func awaitQueue(t *testing.T, broker *servicebus.Server, reached func(servicebus.Counts) bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	ctx := within(t)
	for !reached(broker.Counts("q")) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the queue holds %+v", broker.Counts("q"))
		}
	}
}

func TestWhatTheHandlerAnswersForIsCompleted(t *testing.T) {
	_, broker, out := startApp(t, "serve", 40, map[string]string{"ok": onQueue("q", "")})
	for range 40 {
		out.await(t, "ok")
	}
	awaitCounts(t, broker, servicebus.Counts{})
}

func TestWithoutAutoCompleteAMessageStaysLocked(t *testing.T) {
	_, broker, out := startApp(t, "serve", 1, map[string]string{"ok": onQueue("q", `,"autoCompleteMessages":false`)})
	out.await(t, "ok")
	awaitCounts(t, broker, servicebus.Counts{Locked: 1})
}

func TestTheHandlerSettlesByLockToken(t *testing.T) {
	_, broker, out := startApp(t, "settle", 3, map[string]string{"settle": onQueue("q", `,"autoCompleteMessages":false`)})
	seen := map[string]bool{}
	for range 3 {
		seen[out.await(t, "settle")] = true
	}
	for _, want := range []string{"settle m1 body of m1 1 map[of:m1]", "settle m3 body of m3 1 map[of:m3]"} {
		if !seen[want] {
			t.Errorf("got %v, want %q among them", seen, want)
		}
	}
	awaitCounts(t, broker, servicebus.Counts{})
}

func TestAFailureIsAbandonedUntilItIsADeadLetter(t *testing.T) {
	_, broker, out := startApp(t, "serve", 1, map[string]string{"fail": onQueue("q", ""), "ok": onQueue("q/$DeadLetterQueue", "")})
	for _, want := range []string{`"DeliveryCount":"1"`, `"DeliveryCount":"2"`} {
		if line := out.await(t, "fail"); !strings.Contains(line, want) {
			t.Errorf("got %s, want %s", line, want)
		}
	}
	if line := out.await(t, "ok"); !strings.Contains(line, `"DeadLetterReason":"MaxDeliveryCountExceeded"`) {
		t.Errorf("got %s", line)
	}
	awaitCounts(t, broker, servicebus.Counts{})
}

// The handler dies of each message's first delivery. The second may still meet
// the dying handler, and then is the last one; so the next message is sent when
// a new handler runs, which therefore gets it. Those are two of the three errors that
// stop a host.
func TestAHandlersDeathAbandonsWhatItHad(t *testing.T) {
	_, broker, out := startApp(t, "serve", 0, map[string]string{"mortal_1": onQueue("q", "")})
	out.await(t, "serving")
	sender := newSender(t, broker.ConnectionString())
	for _, id := range []string{"m1", "m2"} {
		sender.send(t, id)
		out.await(t, fmt.Sprintf("mortal %q 1", id))
		out.await(t, "serving")
		awaitQueue(t, broker, func(c servicebus.Counts) bool { return c.Active == 0 && c.Locked == 0 })
	}
}

// Without renewal the lock would run out before the handler answers, and the
// message would come again.
func TestALockIsRenewedAtTheBroker(t *testing.T) {
	t.Parallel()
	broker := startBroker(t, `"LockDuration":"PT5S"`)
	newSender(t, broker.ConnectionString()).send(t, "m1")
	_, out := startOn(t, broker, options(t, "serve", newOutput(), map[string]string{"lasts": onQueue("q", "")}))
	out.await(t, "lasts")
	awaitCounts(t, broker, servicebus.Counts{})
	select {
	case line := <-out:
		t.Errorf("it came again: %s", line)
	default:
	}
}

// A message that is still on its way to the host when that stops is not abandoned: it comes
// back when its lock ends.
func TestMessagesAreLockedBeforeTheHandlerIsReady(t *testing.T) {
	broker := startBroker(t, `"LockDuration":"PT5S"`)
	newSender(t, broker.ConnectionString()).send(t, "m1")
	opts := options(t, "deaf", newOutput(), map[string]string{"ok": onQueue("q", "")}, "Bus="+broker.ConnectionString())
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()

	started := make(chan error, 1)
	go func() {
		_, err := Start(ctx, opts)
		started <- err
	}()

	awaitCounts(t, broker, servicebus.Counts{Locked: 1})
	cancel()

	if err := <-started; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}

	awaitCounts(t, broker, servicebus.Counts{Active: 1})
}

func TestStoppingAbandonsWhatIsCutOff(t *testing.T) {
	h, broker, out := startApp(t, "serve", 1, map[string]string{"hang": onQueue("q", "")})
	h.drainTime = 50 * time.Millisecond // read by run only when it stops
	out.await(t, "hang")
	if err := errors.Join(h.Stop(), h.Wait()); err != nil {
		t.Error(err)
	}
	awaitCounts(t, broker, servicebus.Counts{Active: 1})
}

func TestAQueueThatIsNotThereIsTriedAgainWithoutHarm(t *testing.T) {
	_, broker, out := startApp(t, "serve", 1, map[string]string{"ok": onQueue("q", ""), "other": onQueue("nowhere", "")})
	out.await(t, "ok")
	awaitCounts(t, broker, servicebus.Counts{})
}

// A message of the Premium tier reaches its function, which can settle it: else it would be
// delivered again and again, in a dead-letter queue without end.
func TestAMessageOfManyMegabytesIsSettled(t *testing.T) {
	cfg := brokerConfig(t, `"MaxDeliveryCount":2`)
	cfg.MaxMessageSize = 8 << 20
	broker := servicebus.Start(t, cfg)
	id := "long"
	newSender(t, broker.ConnectionString()).sendMessage(t, &azservicebus.Message{MessageID: &id, Body: bytes.Repeat([]byte("x"), 3<<20)})
	startOn(t, broker, options(t, "settle", newOutput(), map[string]string{"settle": onQueue("q", `,"autoCompleteMessages":false`)}))
	awaitCounts(t, broker, servicebus.Counts{})
}
