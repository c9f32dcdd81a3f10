package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/cli"
)

func TestTheBrokersLineOpensTheAppsQueues(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()

	ours, theirs := io.Pipe()
	e, _, _ := testEnv()
	e.Out = theirs
	ended := make(chan int, 1)
	go func() { ended <- cli.Run(ctx, e, newRootCmd(e), []string{"broker", "--listen", "127.0.0.1:0"}) }()
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
	if code := <-ended; code != cli.ExitDone {
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
	code, out, errOut := runIn("broker", "--listen", l.Addr().String())
	if code != cli.ExitUsage || out != "" || !strings.Contains(errOut, "is in use; name another port, or 0 for any free one") {
		t.Fatalf("code %d\n%s%s", code, out, errOut)
	}
}
