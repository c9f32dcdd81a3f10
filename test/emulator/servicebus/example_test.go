package servicebus_test

import (
	"context"
	"fmt"
	"net"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/test/emulator/servicebus"
)

// ExampleServer is a broker on a free port.
func ExampleServer() {
	s, err := servicebus.New(servicebus.Config{Queues: []servicebus.QueueConfig{
		{Name: "greetings", LockDuration: 60e9, MaxDeliveryCount: 10},
	}}, nil)
	if err != nil {
		panic(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}

	served := make(chan error)
	go func() { served <- s.Serve(l) }()
	defer func() { _ = s.Close(); <-served }()

	c, err := azservicebus.NewClientFromConnectionString(servicebus.ConnectionString(l.Addr().String()), nil)
	if err != nil {
		panic(err)
	}
	defer func() { _ = c.Close(context.Background()) }()

	sender, err := c.NewSender("greetings", nil)
	if err != nil {
		panic(err)
	}
	if err := sender.SendMessage(context.Background(), &azservicebus.Message{Body: []byte("hello")}, nil); err != nil {
		panic(err)
	}

	fmt.Println(s.Counts("greetings"))
	// Output: {1 0 0 0 0}
}
