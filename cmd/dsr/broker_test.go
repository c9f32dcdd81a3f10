package main

import (
	"azureml-dsr/internal/config"
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

func TestTheBrokersLineOpensTheAppsQueues(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	ours, theirs := io.Pipe()
	a := &cli{streams: streams{Out: theirs, Err: io.Discard}, env: config.FromMap(nil), now: time.Now}
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, a, []string{"broker", "--listen", "127.0.0.1:0"}) }()
	line, err := bufio.NewReader(ours).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	c, err := azservicebus.NewClientFromConnectionString(strings.TrimSpace(line), nil)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := c.NewSender("dsr-requests", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.SendMessage(t.Context(), &azservicebus.Message{}, nil); err != nil {
		t.Fatal(err)
	}
	interrupt() // while the client is there
	if code := <-ended; code != exitDone {
		t.Fatalf("code %d", code)
	}
	if err := c.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestABrokerOnAnAddressThatIsInUseNamesTheRemedy(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	code, out, errOut := runIn(t, nil, "broker", "--listen", l.Addr().String())
	if code != exitUsage || out != "" || !strings.Contains(errOut, "is in use; name another port, or 0 for any free one") {
		t.Fatalf("code %d\n%s%s", code, out, errOut)
	}
}
