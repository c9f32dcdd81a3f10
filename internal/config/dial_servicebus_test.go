package config

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// TestOnlyAnEmulatorIsSpokenToInTheClear connects to a listener that notes the first byte.
func TestOnlyAnEmulatorIsSpokenToInTheClear(t *testing.T) {
	const tlsHandshake = 0x16
	for name, c := range map[string]struct {
		connection Connection
		first      byte
	}{
		"an emulator":                    {Connection{ConnectionString: busString}, 'A'},
		"a namespace by string":          {Connection{ConnectionString: "Endpoint=sb://127.0.0.1/;SharedAccessKeyName=a;SharedAccessKey=c2VjcmV0"}, tlsHandshake},
		"a namespace by identity":        {Connection{Address: "127.0.0.1"}, tlsHandshake},
		"a string that says no emulator": {Connection{ConnectionString: busString[:len(busString)-len("true")] + "false"}, tlsHandshake},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			first := make(chan byte, 1)
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				b := make([]byte, 1)
				if _, err := io.ReadFull(conn, b); err == nil {
					first <- b[0]
				}
			}()

			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			conn, err := c.connection.dialLegibly(ctx, azservicebus.NewWebSocketConnArgs{Host: "wss://" + l.Addr().String() + "/$servicebus/websocket"})
			if err == nil {
				defer conn.Close()
				if _, err := conn.Write([]byte("AMQP")); err != nil {
					t.Fatal(err)
				}
			}

			select {
			case got := <-first:
				if got != c.first {
					t.Errorf("the first byte is %#x, want %#x", got, c.first)
				}
			case <-ctx.Done():
				t.Error("nothing was sent")
			}
		})
	}
}
