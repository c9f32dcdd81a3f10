// Package azurite runs Azurite, Microsoft's storage emulator, as a child process:
// the store of a laptop and of tests.
package azurite

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	account = "devstoreaccount1"
	// startTimeout is how long the first answer may take on a busy machine.
	startTimeout = 60 * time.Second
	// stopTimeout is how long saving and ending may take before the process is killed.
	stopTimeout = 20 * time.Second
	pollEvery   = 50 * time.Millisecond
	// starts is how often another port is tried when one was taken meanwhile.
	starts = 3
)

// Options says what to start.
type Options struct {
	// Home is the folder that holds node_modules/azurite, or that package's own
	// folder; "" for what FindHome finds.
	Home string
	// Location is the folder that keeps the blobs; "" keeps them in memory.
	Location string
	// Key is the account's key in Base64, for a process that goes on with what an
	// earlier one kept; "" makes a new one.
	Key string
	// Stderr takes what the process writes; nil drops it.
	Stderr io.Writer
}

// Process is a running Azurite that listens on a loopback port and knows one
// account with a key of its own.
type Process struct {
	cmd  *exec.Cmd
	port int
	key  string
	done chan struct{} // closed when the process has ended
	err  error         // how, once done is closed
}

// Start starts Azurite and returns when it answers. ctx bounds the start only:
// Stop ends the process.
func Start(ctx context.Context, opts Options) (*Process, error) {
	script, err := findScript(opts.Home)
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("starting Azurite needs Node.js: %w", err)
	}

	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	for n := 1; ; n++ {
		p, err := launch(ctx, node, script, opts)
		if err == nil || n == starts || ctx.Err() != nil {
			return p, err
		}
	}
}

func launch(ctx context.Context, node, script string, opts Options) (*Process, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}

	args := []string{
		script, "--blobHost", "127.0.0.1", "--blobPort", strconv.Itoa(port),
		"--silent", "--disableTelemetry", "--skipApiVersionCheck",
	}

	if opts.Location == "" {
		args = append(args, "--inMemoryPersistence")
	} else {
		args = append(args, "--location", opts.Location)
	}

	if opts.Key == "" {
		opts.Key = newKey()
	}

	p := &Process{port: port, key: opts.Key, done: make(chan struct{})}
	p.cmd = exec.Command(node, args...)
	p.cmd.Env = append(os.Environ(), "AZURITE_ACCOUNTS="+account+":"+p.key)
	p.cmd.Stdout, p.cmd.Stderr = opts.Stderr, opts.Stderr
	p.cmd.SysProcAttr = ownGroup()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting Azurite: %w", err)
	}

	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	if err := p.awaitAnswer(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}

	return p, nil
}

func newKey() string {
	raw := make([]byte, 64)
	_, _ = rand.Read(raw) // never fails
	return base64.StdEncoding.EncodeToString(raw)
}

// freePort asks the system for a port; another process may take it before
// Azurite does, hence the tries.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// awaitAnswer polls until the process answers anything at all.
func (p *Process) awaitAnswer(ctx context.Context) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()

	for {
		if p.answers(ctx, client) {
			return nil
		}

		select {
		case <-tick.C:
		case <-p.done:
			return errors.New("starting Azurite: it ended before it answered")
		case <-ctx.Done():
			return fmt.Errorf("starting Azurite: no answer: %w", ctx.Err())
		}
	}
}

func (p *Process) answers(ctx context.Context, client *http.Client) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Endpoint(), http.NoBody)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil
}

// Key is the account's key in Base64.
func (p *Process) Key() string { return p.key }

// Endpoint is the URL of the account.
func (p *Process) Endpoint() string { return p.origin() + "/" + account }

func (p *Process) origin() string { return "http://127.0.0.1:" + strconv.Itoa(p.port) }

// ConnectionString is for azblob and for the ExportStorage setting.
func (p *Process) ConnectionString() string { return p.ConnectionStringAt(p.origin()) }

// ConnectionStringAt is a connection string for those who come through a proxy at
// an origin, such as http://127.0.0.1:10000.
func (p *Process) ConnectionStringAt(origin string) string {
	return "DefaultEndpointsProtocol=http;AccountName=" + account + ";AccountKey=" + p.key +
		";BlobEndpoint=" + origin + "/" + account + ";"
}

// Stop ends the process with SIGTERM, at which it saves names and metadata, and
// waits for it. A second Stop does nothing more.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("ending Azurite: %w", err)
	}

	timeout := time.NewTimer(stopTimeout)
	defer timeout.Stop()

	select {
	case <-p.done:
		return nil // ended by our signal, or before: there is nothing left to save
	case <-timeout.C:
		err := p.cmd.Process.Kill()
		<-p.done
		return errors.Join(errors.New("ending Azurite: it had to be killed, and may have lost the last seconds"), err)
	}
}

// findScript returns the program of the blob service.
func findScript(home string) (string, error) {
	if home == "" {
		found, err := FindHome()
		if err != nil {
			return "", err
		}
		home = found
	}

	script := filepath.Join("dist", "src", "blob", "main.js")
	for _, dir := range []string{home, filepath.Join(home, "node_modules", "azurite")} {
		path := filepath.Join(dir, script)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}

	return "", fmt.Errorf("no Azurite in %s: run `make tools`", home)
}
