package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// unroutable is an address that leads nowhere: TEST-NET-1 of RFC 5737.
const unroutable = "192.0.2.1"

// unroutableEnv names only services that nobody can reach. A handler that
// connects before it is asked to would wait for them.
func unroutableEnv() []string {
	const key = "bG9jYWwgYnJva2VyLCBubyBzZWNyZXQ="
	endpoint := "https://" + unroutable
	return []string{
		"ServiceBusConnection=Endpoint=sb://" + unroutable + ";SharedAccessKeyName=bench;SharedAccessKey=" + key,
		"ExportStorage=DefaultEndpointsProtocol=https;AccountName=bench;AccountKey=" + key + ";BlobEndpoint=" + endpoint + "/bench;",
		"AZUREML_ARM_ENDPOINT=" + endpoint, "AZUREML_MODELMANAGEMENT_ENDPOINT=" + endpoint, "AZUREML_EXPERIMENTS_ENDPOINT=" + endpoint,
	}
}

// handler is a `dsr handler` without a host.
type handler struct {
	cmd *exec.Cmd
	url string
	// answered is how long the first answer took, from before the start.
	answered time.Duration
}

// startHandler starts a handler and waits for its first answer of any kind.
func (b *bench) startHandler(ctx context.Context, env []string) (*handler, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}

	h := &handler{cmd: exec.CommandContext(ctx, b.bin.dsr, "handler"), url: "http://" + address}
	h.cmd.Env = append(append(os.Environ(), env...), "FUNCTIONS_CUSTOMHANDLER_PORT="+port)
	began := time.Now()
	if err := h.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the handler: %w", err)
	}
	if err := firstAnswer(ctx, address, h.url); err != nil {
		_ = h.stop()
		return nil, err
	}

	h.answered = time.Since(began)

	return h, nil
}

// freeAddress is a loopback address that was free just now.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// firstAnswer connects as soon as something listens and then waits for its
// answer, so that polling takes no time from the handler once it listens.
func firstAnswer(ctx context.Context, address, url string) error {
	const tryEvery, limit = 500 * time.Microsecond, 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	tick := time.NewTicker(tryEvery)
	defer tick.Stop()

	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp4", address)
		if err == nil {
			return askOn(ctx, conn, url)
		}

		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the handler to listen: %w", err)
		}
	}
}

// askOn sends a request on a connection and reads the answer.
func askOn(ctx context.Context, conn net.Conn, url string) error {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}}

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("asking the handler: %w", err)
	}
	defer resp.Body.Close()

	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// stop asks the handler to end and waits until it has.
func (h *handler) stop() error {
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("ending the handler: %w", err)
	}
	const exitRestart = 200 // how the handler ends when it is asked to
	if err := h.cmd.Wait(); h.cmd.ProcessState.ExitCode() != exitRestart {
		return fmt.Errorf("ending the handler: %w", err)
	}
	return nil
}

// dialled reports whether any TCP socket, in any state, leads to an address: in the
// text of /proc/net/tcp, whose third column is the remote end in hexadecimal
// digits, the first byte last.
func dialled(table string, to net.IP) bool {
	const remoteEnd = 2
	ip := to.To4()
	wanted := fmt.Sprintf("%02X%02X%02X%02X:", ip[3], ip[2], ip[1], ip[0])
	for line := range strings.Lines(table) {
		if columns := strings.Fields(line); len(columns) > remoteEnd && strings.HasPrefix(columns[remoteEnd], wanted) {
			return true
		}
	}
	return false
}
