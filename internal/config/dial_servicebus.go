package config

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/bus/legible"
)

// Ports of AMQP.
const (
	amqpPort  = "5672"
	amqpsPort = "5671"
)

// dialLegibly connects to Service Bus by AMQP, as azservicebus does by itself. Its hook for
// WebSockets is the only way to read its connections: so a message that the library can't
// decode hides no other.
func (c Connection) dialLegibly(ctx context.Context, args azservicebus.NewWebSocketConnArgs) (net.Conn, error) {
	u, err := url.Parse(args.Host)
	if err != nil {
		return nil, fmt.Errorf("reading the address of Service Bus: %w", err)
	}

	conn, err := c.dialAMQP(ctx, u)
	if err != nil {
		return nil, fmt.Errorf("connecting to Service Bus: %w", err)
	}
	return legible.Conn(conn), nil
}

func (c Connection) dialAMQP(ctx context.Context, u *url.URL) (net.Conn, error) {
	port := u.Port()
	if c.IsEmulator() {
		if port == "" {
			port = amqpPort
		}
		return new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	}

	if port == "" {
		port = amqpsPort
	}
	d := tls.Dialer{Config: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}}
	return d.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
}

// IsEmulator reports whether the connection string names an emulator, which speaks AMQP
// without TLS.
func (c Connection) IsEmulator() bool {
	emulator, err := strconv.ParseBool(inString(c.ConnectionString, "UseDevelopmentEmulator"))
	return err == nil && emulator
}
